/**
 * Finds web addresses in plain text, so that the view can make links of exactly those and text of all the rest.
 * Only `http:` and `https:`; no markup is read or made.
 */

/** A run of text; `href` only where it is an address. */
export interface Run {
  text: string;
  href?: string;
}

const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^]+/giu;
/** Signs that end a sentence rather than an address. */
const TRAILING = /[.,:;!?…'"»”’。、]+$/u;

/** `text` cut into plain runs and links; the runs joined are `text` again. */
export function linkRuns(text: string): Run[] {
  const runs: Run[] = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trimmed(match[0]);
    const href = safe(address);
    if (href === null) continue;
    if (match.index > done) runs.push({ text: text.slice(done, match.index) });
    runs.push({ text: address, href });
    done = match.index + address.length;
  }
  if (done < text.length) runs.push({ text: text.slice(done) });
  return runs;
}

/** Without the punctuation after it, and without a bracket that was opened before it. */
function trimmed(address: string): string {
  for (;;) {
    const shorter = address.replace(TRAILING, "");
    const last = shorter.at(-1);
    const opener = last === ")" ? "(" : last === "]" ? "[" : null;
    const unpaired = opener !== null && shorter.split(opener).length < shorter.split(last ?? "").length;
    const next = unpaired ? shorter.slice(0, -1) : shorter;
    if (next === address) return address;
    address = next;
  }
}

function safe(address: string): string | null {
  try {
    const url = new URL(address);
    // An address with a user name is a classic disguise: https://bank.example@evil.example
    return url.hostname !== "" && url.username === "" ? url.href : null;
  } catch {
    return null;
  }
}
