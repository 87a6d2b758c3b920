/** Entry points as the page knows them. Every write says which version it is based on. */
import { api, get, send } from "../server";

export interface Lead {
  flow: string;
  weight: number;
}

/** An entry point as it is written: one door, and where it leads. */
export interface Written {
  number?: string;
  chat?: string;
  webhook?: string;
  event?: string;
  flows: Lead[];
  locale?: string;
  secret?: string;
  inputs?: Record<string, string>;
  contact?: string;
}

export interface EntryPoint {
  id: string;
  source: "configuration" | "made";
  entry: Written;
  signed: boolean;
  in_force: boolean;
  silent: { flow: string; why: "not-served" | "does-not-chat" }[];
  etag?: string;
  updated_at?: string;
}

export interface EntryList {
  entries: EntryPoint[];
  must_sign: boolean;
}

const all = `${api}/entries`;
const one = (id: string): string => `${all}/${encodeURIComponent(id)}`;
const json = { "content-type": "application/json" };

export const listEntries = (): Promise<EntryList> => get<EntryList>(all);

/** A new entry, or the next version of the one with this id and tag. */
export async function keepEntry(written: Written, base: { id: string; etag: string } | null): Promise<void> {
  const body = JSON.stringify(written);
  await (base === null ? send(all, { method: "POST", headers: json, body }) : send(one(base.id), { method: "PUT", headers: { ...json, "if-match": base.etag }, body }));
}

export async function removeEntry(id: string, etag: string): Promise<void> {
  await send(one(id), { method: "DELETE", headers: { "if-match": etag } });
}

/** Where calls are taken, if they are. */
export async function sipAddress(): Promise<string | null> {
  return (await get<{ sip: { address: string } | null }>(`${api}/status`)).sip?.address ?? null;
}
