/** Wording on its way to translators and back. The server knows their formats; nothing of what is sent is kept. */
import type { Edit, Json } from "../../engine/protocol";
import { filesOf } from "../document";
import { api, post } from "../server";
import { state } from "../store";

export interface HandedOut {
  name: string;
  texts: number;
  file: string;
}

export interface TakenBack {
  locale: string;
  changes: { key: string; before: Json; after: Json }[];
  incomplete: string[];
  outdated: string[];
  unknown: string[];
  refused: string[];
  edits: Edit[];
}

/** The flow and its catalogues as they are now, saved or not. */
function sent(): { source: string; texts: Record<string, string> } {
  const { file, history } = state();
  const { flow, texts } = filesOf(file, history.texts);
  const locale = (name: string): string => /\.([^.]+)\.(?:ya?ml|json)$/u.exec(name)?.[1] ?? name;
  return { source: flow.text, texts: Object.fromEntries(texts.map(({ name, text }) => [locale(name), text])) };
}

export const handOut = (locale: string, format: "po" | "xliff", open: boolean): Promise<HandedOut> => post(`${api}/texts/export`, { ...sent(), locale, format, open });
export const takeBack = (file: string): Promise<TakenBack> => post(`${api}/texts/import`, { ...sent(), file });
