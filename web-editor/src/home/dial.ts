/** How a softphone reaches a number of this server. */

/** `address` as a caller can use it: a server that listens everywhere is reached by the page's own host name. */
export function reachable(address: string, pageHost: string): string {
  const at = address.lastIndexOf(":");
  if (at < 0) return address;
  const [host, port] = [address.slice(0, at), address.slice(at + 1)];
  return host === "0.0.0.0" || host === "[::]" || host === "::" ? `${pageHost}:${port}` : address;
}

/** The SIP URI to dial (RFC 3261 §19.1); the default port is left out, as phones do. */
export function sipUri(number: string, address: string): string {
  return `sip:${encodeURIComponent(number).replace(/%2B/giu, "+").replace(/%2A/giu, "*")}@${address.replace(/:5060$/u, "")}`;
}
