/**
 * What one page leaves for the next in the same tab: reads and writes {@link Memory} in `sessionStorage`.
 * Where storage is denied (a sandboxed frame, strict privacy) the conversation simply ends with the page.
 */
import type { Memory } from "./connection-state";
import { MAX_OUTBOX } from "./limits";
import { parse } from "./protocol";

/** Raised when the stored shape changes; an older one is not read. */
const SHAPE = 1;

/** The place of a conversation: one for each server, entrance and language. */
export function memoryKey(server: string, entrance: string, locale: string | null): string {
  return ["offhook", server, entrance, locale ?? ""].join("|");
}

/** Stored text, or null when there is none or it cannot be read. */
export function recall(key: string): Memory | null {
  try {
    return decode(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Stores, or forgets with null. */
export function remember(key: string, text: string | null): void {
  try {
    if (text === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // Denied or full: see the head of this file.
  }
}

/** The stored form. */
export function encode(memory: Memory): string {
  return JSON.stringify({ shape: SHAPE, ...memory });
}

/** Reads the stored form; null for anything that this version did not write. */
export function decode(text: string | null): Memory | null {
  if (text === null) return null;
  const value = parse(text) as Partial<Memory & { shape: number }> | null;
  if (value?.shape !== SHAPE || typeof value.request?.client_id !== "string" || !Number.isSafeInteger(value.cursor)) return null;
  const conversation = value.conversation ?? null;
  if (conversation !== null && (typeof conversation.id !== "string" || typeof conversation.token !== "string")) return null;
  const outbox = Array.isArray(value.outbox) ? value.outbox.slice(0, MAX_OUTBOX) : [];
  return { request: value.request, conversation, cursor: Number(value.cursor), outbox };
}
