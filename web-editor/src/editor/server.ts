/**
 * The server as the editor needs it: the flows and the files of one. Every write says which version it is based on (RFC 9110
 * §13.1.1), so nothing that somebody else wrote is overwritten.
 */

import { credentials, lost } from "./people/session";

/** A request that failed, with the server's words (RFC 9457). */
export class Problem extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface FlowHead {
  id: string;
  title: string;
  description: string;
  kind: string;
  channels: string[];
  locales: string[];
  diagnostics: number;
  version: number;
}

export type FileKind = "flow" | "layout" | "texts" | "talk";

/** A file as the server has it. */
export interface ServedFile {
  part: string;
  kind: FileKind;
  name: string;
  etag: string;
  text: string;
}

export interface ServedFiles {
  files: ServedFile[];
  editing: boolean;
}

/** One file to write; a text of null removes it. */
export interface Write {
  part: string;
  text: string | null;
  /** The version it is based on; null for a new file. */
  etag: string | null;
}

export const api = "/api/v1";
export const pathOf = (id: string): string => `${api}/flows/${encodeURIComponent(id)}`;

export async function send(url: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...options, headers: { ...(options.headers as Record<string, string> | undefined), ...credentials() } });
  } catch {
    throw new Problem(0, "offline");
  }
  if (response.ok) return response;
  if (response.status === 401) lost();
  const body = (await response.json().catch(() => ({}))) as { detail?: string };
  throw new Problem(response.status, body.detail ?? response.statusText);
}

export async function post<T>(url: string, body: unknown, method = "POST"): Promise<T> {
  const sent = body === null ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await send(url, { method, ...sent });
  // No content is nothing to read (RFC 9110 §15.3.5).
  return (response.status === 204 ? null : await response.json()) as T;
}

export async function get<T>(url: string): Promise<T> {
  return (await (await send(url)).json()) as T;
}

export async function listFlows(): Promise<FlowHead[]> {
  const { flows } = await get<{ flows: FlowHead[] }>(`${api}/flows`);
  return flows;
}

/** The document that is served, byte for byte. */
export async function servedSource(id: string): Promise<string> {
  return (await send(`${pathOf(id)}/source`)).text();
}

export async function readFiles(id: string): Promise<ServedFiles> {
  try {
    return await get<ServedFiles>(`${pathOf(id)}/files`);
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    // A server that does not hand out files still shows its flows.
    const text = await servedSource(id);
    const name = `${id.split("/").at(-1) ?? "flow"}.yaml`;
    return { editing: false, files: [{ part: "flow", kind: "flow", name, etag: "", text }] };
  }
}

/** Writes all of the files or none. Fails with {@link Problem} 412 when one of them is another version by now. */
export async function writeFiles(id: string, writes: Write[]): Promise<Record<string, string>> {
  const files = writes.map(({ part, text, etag }) => ({ part, text, ...(etag === null ? { if_none_match: "*" } : { if_match: etag }) }));
  const saved = await post<{ files: { name: string; etag: string }[] }>(`${pathOf(id)}/files`, { files }, "PUT");
  return Object.fromEntries(saved.files.map((file) => [file.name, file.etag]));
}

export async function createFlow(id: string, text: string): Promise<void> {
  await post(`${api}/flows`, { flow: id, files: [{ part: "flow", text }] });
}

/** The descriptions of all node types that the server knows, by name; the engine has those of its own build already. */
export async function readTypes(): Promise<{ name: string; text: string }[]> {
  const { types } = await get<{ types: { meta: { name: string }; page: string }[] }>(`${api}/catalog`);
  return types.map(({ meta, page }) => ({ name: meta.name, text: page }));
}
