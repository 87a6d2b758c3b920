/**
 * Colours for a YAML document, line by line, for reading only: no document is understood here, and a line that is read
 * wrongly only has the wrong colour.
 */

/** What a piece of a line looks like. */
export type Look = "plain" | "key" | "string" | "value" | "comment" | "mark";

/** A piece of a line. */
export interface Piece {
  text: string;
  look: Look;
}

const KEY = /^((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w$./-][^:#"'{}[\],]*?)\s*)(:)(?=\s|$)/u;
const SCALAR = /^(?:true|false|null|~|[-+]?\d[\d_]*(?:\.\d+)?(?:ms|s|m|h|d)?)(?=$|[\s,\]}])/u;
const QUOTED = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')/u;
const MARK = /^(?:[{}[\],&*|>]|-(?=\s|$))/u;
const WORD = /^[^\s{}[\],"'#]+/u;
const BLOCK = /[|>][-+0-9]*\s*(?:#.*)?$/u;

/** The lines of `document` in pieces; joined, a line's pieces are the line again. */
export function colour(document: string): Piece[][] {
  let block: number | null = null;
  return document.split("\n").map((line) => {
    const indent = line.search(/\S/u);
    if (block !== null && (indent < 0 || indent > block)) return [{ text: line, look: "string" }];
    const pieces = pieceLine(line);
    block = BLOCK.test(line) && pieces.some(({ look }) => look === "key" || look === "mark") ? indent : null;
    return pieces;
  });
}

function pieceLine(line: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = line;
  let flow = 0;
  let keyMayStand = true;
  const take = (length: number, look: Look): void => {
    const last = pieces.at(-1);
    const text = rest.slice(0, length);
    if (last?.look === look) last.text += text;
    else pieces.push({ text, look });
    rest = rest.slice(length);
  };
  while (rest !== "") {
    const space = /^\s+/u.exec(rest);
    if (space) {
      take(space[0].length, "plain");
      continue;
    }
    if (rest.startsWith("#") && (pieces.length === 0 || pieces.at(-1)?.text.endsWith(" "))) {
      take(rest.length, "comment");
      continue;
    }
    const key = keyMayStand ? KEY.exec(rest) : null;
    if (key) {
      take(key[1]?.length ?? 0, "key");
      take(1, "mark");
      keyMayStand = false;
      continue;
    }
    const mark = MARK.exec(rest)?.[0];
    if (mark !== undefined && (flow > 0 || keyMayStand || !"],}".includes(mark))) {
      if (mark === "{" || mark === "[") flow += 1;
      if (mark === "}" || mark === "]") flow -= 1;
      keyMayStand = mark === "-" || mark === "{" || mark === "," || mark === "[";
      take(1, "mark");
      continue;
    }
    keyMayStand = false;
    const quoted = QUOTED.exec(rest);
    const scalar = SCALAR.exec(rest);
    if (quoted) take(quoted[0].length, "string");
    else if (scalar) take(scalar[0].length, "value");
    else take(WORD.exec(rest)?.[0].length ?? 1, "plain");
  }
  return pieces;
}
