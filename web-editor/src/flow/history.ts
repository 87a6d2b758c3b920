/**
 * The texts of a flow and everything that was done to them: one history for gestures, forms and typing. Each step knows its way back to the
 * byte. Plain data; nothing here knows what the texts mean.
 */
import type { FileChange, TextEdit } from "../engine/protocol";
import { MERGE_MS, UNDO_STEPS } from "./limits";

/** Texts by file name. */
export type Texts = Readonly<Record<string, string>>;

/** A change of a file that may also remove it. */
export interface Change extends FileChange {
  removed?: boolean;
}

/** One step back and forth. */
export interface Step {
  /** Steps of one key that follow each other quickly are one: typing, a slider. */
  key: string | null;
  at: number;
  forward: Change[][];
  back: Change[][];
}

export interface History {
  texts: Texts;
  past: readonly Step[];
  future: readonly Step[];
}

/** A text with edits applied. The edits are sorted and do not overlap. */
export function edited(text: string, edits: readonly TextEdit[]): string {
  let out = "";
  let at = 0;
  for (const { from, to, insert } of edits) {
    if (from < at || to < from || to > text.length) throw new RangeError(`an edit of ${from} to ${to} in ${text.length}`);
    out += text.slice(at, from) + insert;
    at = to;
  }
  return out + text.slice(at);
}

/** The edits that undo edits of a text. */
export function inverted(text: string, edits: readonly TextEdit[]): TextEdit[] {
  let shift = 0;
  return edits.map(({ from, to, insert }) => {
    const start = from + shift;
    shift += insert.length - (to - from);
    return { from: start, to: start + insert.length, insert: text.slice(from, to) };
  });
}

/** The smallest single edit between two texts; none where they are the same. */
export function between(before: string, after: string): TextEdit[] {
  if (before === after) return [];
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before.charCodeAt(head) === after.charCodeAt(head)) head += 1;
  let tail = 0;
  while (tail < most - head && before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)) tail += 1;
  return [{ from: head, to: before.length - tail, insert: after.slice(head, after.length - tail) }];
}

/** Applies changes: the texts afterwards, and the changes that lead back. */
export function apply(texts: Texts, changes: readonly Change[]): { texts: Texts; back: Change[] } {
  const next: Record<string, string> = { ...texts };
  const back: Change[] = [];
  for (const change of changes) {
    const before = next[change.name];
    if (change.removed) {
      if (before === undefined) continue;
      back.push({ name: change.name, created: true, edits: [{ from: 0, to: 0, insert: before }] });
      Reflect.deleteProperty(next, change.name);
      continue;
    }
    next[change.name] = edited(before ?? "", change.edits);
    back.push(
      before === undefined
        ? { name: change.name, created: false, removed: true, edits: [] }
        : { name: change.name, created: false, edits: inverted(before, change.edits) },
    );
  }
  return { texts: next, back: back.reverse() };
}

export function begin(texts: Texts): History {
  return { texts, past: [], future: [] };
}

/** Does something; what was undone before can no longer be done again. */
export function perform(history: History, changes: readonly Change[], now: number, key: string | null = null): History {
  const real = changes.filter((change) => change.removed === true || change.created || change.edits.length > 0);
  if (real.length === 0) return history;
  const { texts, back } = apply(history.texts, real);
  const last = history.past.at(-1);
  if (key !== null && last?.key === key && now - last.at < MERGE_MS && history.future.length === 0) {
    const merged = { key, at: now, forward: [...last.forward, real], back: [back, ...last.back] };
    return { texts, past: [...history.past.slice(0, -1), merged], future: [] };
  }
  const past = [...history.past.slice(-(UNDO_STEPS - 1)), { key, at: now, forward: [real], back: [back] }];
  return { texts, past, future: [] };
}

function replay(texts: Texts, batches: readonly Change[][]): Texts {
  return batches.reduce((current, changes) => apply(current, changes).texts, texts);
}

export function undo(history: History): History {
  const last = history.past.at(-1);
  if (!last) return history;
  return { texts: replay(history.texts, last.back), past: history.past.slice(0, -1), future: [last, ...history.future] };
}

export function redo(history: History): History {
  const [next, ...rest] = history.future;
  if (!next) return history;
  // What comes after is a step of its own, however soon.
  return { texts: replay(history.texts, next.forward), past: [...history.past, { ...next, key: null }], future: rest };
}
