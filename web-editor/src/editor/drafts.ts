/** Drafts in the browser's own store: what was not saved survives a reload, a crash and a day without a network. */
import { createStore, del, get, set } from "idb-keyval";
import type { Texts } from "../flow/history";

/** What was changed, and the version of the server that it was changed from. */
export interface Draft {
  texts: Texts;
  base: Record<string, { text: string; etag: string; part: string }>;
  at: number;
}

let store: ReturnType<typeof createStore> | undefined;
const open = (): ReturnType<typeof createStore> => (store ??= createStore("offhook", "drafts"));

/** A browser that keeps nothing (a private window) only loses the safety net. */
const quietly = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await work();
  } catch {
    return undefined;
  }
};

export const readDraft = (id: string): Promise<Draft | undefined> => quietly(() => get<Draft>(id, open()));
export const keepDraft = (id: string, draft: Draft): Promise<void> => quietly(() => set(id, draft, open()));
export const dropDraft = (id: string): Promise<void> => quietly(() => del(id, open()));
