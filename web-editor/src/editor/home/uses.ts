/** Who uses what: the flows behind each secret, table and file. */
import { api, get } from "../server";

export interface Uses {
  secrets: Record<string, string[]>;
  tables: Record<string, string[]>;
  files: Record<string, string[]>;
}

export const readUses = (): Promise<Uses> => get<Uses>(`${api}/uses`);
