/** Secrets as the page knows them: names go out, values only in. */
import { api, get, post } from "../server";

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
export const setSecret = (name: string, value: string): Promise<unknown> => post(one(name), { value }, "PUT");
export const removeSecret = (name: string): Promise<unknown> => post(one(name), null, "DELETE");
