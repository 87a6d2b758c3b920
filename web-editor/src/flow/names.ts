/** Ids of nodes, and file names. */

/** An id that is free: the wish itself, or with the first number that makes it so. */
export function freeId(wish: string, taken: ReadonlySet<string>): string {
  const ends = new Set(["end", "hangup", "return"]);
  const used = (id: string): boolean => taken.has(id) || ends.has(id);
  if (!used(wish)) return wish;
  for (let number = 2; ; number += 1) {
    const id = `${wish}-${number}`;
    if (!used(id)) return id;
  }
}

/** What somebody typed, as an id: letters, digits and `-`. */
export function idOf(words: string): string {
  const plain = words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  return plain.replace(/[^a-z0-9]+/gu, "-").replace(/^-+|-+$/gu, "").slice(0, 40);
}

/** A step of a JSON pointer (RFC 6901). */
export const escaped = (step: string): string => step.replaceAll("~", "~0").replaceAll("/", "~1");

/** The JSON pointer of a node. */
export const pointerOf = (id: string): string => `/nodes/${escaped(id)}`;

/** `reception.yaml` and `layout` make `reception.layout.yaml`. */
export function beside(flow: string, part: string): string {
  const dot = flow.lastIndexOf(".");
  return dot < 0 ? `${flow}.${part}.yaml` : `${flow.slice(0, dot)}.${part}${flow.slice(dot)}`;
}
