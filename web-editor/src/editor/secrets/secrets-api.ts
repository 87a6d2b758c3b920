/** Secrets as the page knows them: names go out, values only in. */
import { api, get, send } from "../server";

export interface SecretHead {
  name: string;
  source: "vault" | "configuration";
  updated_at?: string;
  old_key: boolean;
}

export interface SecretList {
  /** Whether secrets can be kept at all. */
  vault: boolean;
  secrets: SecretHead[];
}

const one = (name: string): string => `${api}/secrets/${encodeURIComponent(name)}`;

export const listSecrets = (): Promise<SecretList> => get<SecretList>(`${api}/secrets`);
/** Neither answers with more than a status. */
export const setSecret = (name: string, value: string): Promise<unknown> => send(one(name), { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ value }) });
export const removeSecret = (name: string): Promise<unknown> => send(one(name), { method: "DELETE" });
