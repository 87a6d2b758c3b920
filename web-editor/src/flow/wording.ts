/** The wording of a flow as rows that can be typed into: which texts are plain, and which rows a filter leaves. */
import type { Json, TextRow, TextState } from "../engine/protocol";

/** What stands in a cell: words, or what is made of parts, as JSON. */
export function wordsOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  // Phrases and keys are lists of words, one on a line.
  if (Array.isArray(value) && value.every((one) => typeof one === "string")) return value.join("\n");
  return JSON.stringify(value, null, 2);
}

/** What was typed, in the form of the original; nothing where it is not JSON and must be. */
export function valueOf(typed: string, original: Json): Json | undefined {
  if (Array.isArray(original) && original.every((one) => typeof one === "string")) return typed.split("\n").map((one) => one.trim()).filter((one) => one !== "");
  if (typeof original === "object" && original !== null) {
    try {
      return JSON.parse(typed) as Json;
    } catch {
      return undefined;
    }
  }
  return typed;
}

/** Whether a text is edited as JSON. */
export const isMade = (value: Json): boolean => typeof value === "object" && value !== null && !(Array.isArray(value) && value.every((one) => typeof one === "string"));

/** How a row stands as a whole: as its worst translation. */
export function worst(row: TextRow): TextState {
  const all = Object.values(row.locales).map(({ state }) => state);
  return (["missing", "stale", "translated"] as const).find((state) => all.includes(state)) ?? "optional";
}

/** The rows that have all the words, in any language, and stand as wished. */
export function narrowed(rows: readonly TextRow[], words: string, wish: "all" | "missing" | "stale"): TextRow[] {
  const wanted = words.toLowerCase().split(/\s+/u).filter(Boolean);
  return rows.filter((row) => {
    if (wish !== "all" && !Object.values(row.locales).some(({ state }) => state === wish)) return false;
    const all = [row.key, wordsOf(row.text), ...Object.values(row.locales).map(({ text }) => wordsOf(text))].join(" ").toLowerCase();
    return wanted.every((word) => all.includes(word));
  });
}
