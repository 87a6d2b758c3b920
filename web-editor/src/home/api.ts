/**
 * What the page asks the server: the flows it serves, one flow's source, and how to call it. Reads only.
 */

/** A flow as the server lists it. */
export interface Flow {
  id: string;
  title: string;
  description: string;
  kind: string;
  channels: string[];
  locales: string[];
  version: number;
  /** Whether the server starts chats with it. */
  chat: boolean;
  /** Numbers that reach it by telephone. */
  numbers: string[];
  /** How many mistakes the newest file has; the last good version is what runs. */
  diagnostics: number;
}

/** What the server says about itself. */
export interface Status {
  version: string;
  sip: { address: string; transports: string[] } | null;
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const number = (value: unknown): number => (typeof value === "number" ? value : 0);
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);

/** Reads the list of flows; entries without an id are left out. */
export function readFlows(body: unknown): Flow[] {
  const flows = object(body).flows;
  return (Array.isArray(flows) ? (flows as unknown[]) : [])
    .map(object)
    .filter((flow) => text(flow.id) !== "")
    .map((flow) => ({
      id: text(flow.id),
      title: text(flow.title) || text(flow.id),
      description: text(flow.description),
      kind: text(flow.kind),
      channels: texts(flow.channels),
      locales: texts(flow.locales),
      version: number(flow.version),
      chat: flow.chat === true,
      numbers: texts(flow.numbers),
      diagnostics: number(flow.diagnostics),
    }));
}

/** Reads the server's status; a server without a telephone has no `sip`. */
export function readStatus(body: unknown): Status {
  const status = object(body);
  const sip = object(status.sip);
  const address = text(sip.address);
  return { version: text(status.version), sip: address ? { address, transports: texts(sip.transports) } : null };
}

/** Where the tab keeps the API token, on servers that want one. */
const TOKEN = "offhook-api-token";

/** The server wants its API token, or another than it was given. */
export class TokenWanted extends Error {}

/** Keeps the API token for as long as this tab is open. */
export function keepToken(token: string): void {
  sessionStorage.setItem(TOKEN, token);
}

async function get(path: string): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN);
  const response = await fetch(path, { credentials: "same-origin", headers: token === null ? {} : { authorization: `Bearer ${token}` } });
  if (response.status === 401) throw new TokenWanted();
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** The flows, by title. */
export async function flows(): Promise<Flow[]> {
  const list = readFlows(await (await get("/api/v1/flows")).json());
  return list.sort((a, b) => a.title.localeCompare(b.title));
}

/** The server's status. */
export async function status(): Promise<Status> {
  return readStatus(await (await get("/api/v1/status")).json());
}

/** The flow's document, as its author wrote it. */
export async function source(id: string): Promise<string> {
  return (await get(`/api/v1/flows/${encodeURIComponent(id)}/source`)).text();
}

/** The flow's picture as an address that an image takes: an image sends no token by itself. */
export async function graphAddress({ id }: Flow): Promise<string> {
  const svg = await (await get(`/api/v1/flows/${encodeURIComponent(id)}/graph.svg`)).text();
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
