/** The files beside flows, as the page knows them. Every write says which version it is based on. */
import type { Diagnostic } from "../../engine/protocol";
import { api, get, Problem, send } from "../server";
import { UPLOAD_BYTES } from "./limits";

export interface AssetHead {
  path: string;
  kind: "table" | "node-type" | "media";
  media_type: string;
  etag: string;
  bytes: number;
}

export interface AssetList {
  editing: boolean;
  assets: AssetHead[];
}

export interface SavedAsset {
  asset: AssetHead;
  diagnostics: Diagnostic[];
}

const one = (path: string): string => `${api}/assets/${encodeURIComponent(path)}`;

export const listAssets = (): Promise<AssetList> => get<AssetList>(`${api}/assets`);

/** The bytes of a file with the tag that they have. */
export async function readAsset(path: string): Promise<{ bytes: Blob; etag: string }> {
  const response = await send(one(path));
  return { bytes: await response.blob(), etag: response.headers.get("etag") ?? "" };
}

/** Writes a file: a new one without a tag, else in place of the version with it. */
export async function writeAsset(path: string, bytes: Blob | string, etag: string | null): Promise<SavedAsset> {
  const size = typeof bytes === "string" ? bytes.length : bytes.size;
  if (size > UPLOAD_BYTES) throw new Problem(413, `${path}: ${size} > ${UPLOAD_BYTES}`);
  const based: Record<string, string> = etag === null ? { "if-none-match": "*" } : { "if-match": etag };
  // The server knows by the name what it is; browsers call the same by different words.
  const response = await send(one(path), { method: "PUT", headers: { "content-type": "application/octet-stream", ...based }, body: bytes });
  return (await response.json()) as SavedAsset;
}

export async function removeAsset(path: string, etag: string): Promise<void> {
  await send(one(path), { method: "DELETE", headers: { "if-match": etag } });
}

export const isSound = (asset: AssetHead): boolean => asset.media_type.startsWith("audio/");
export const isPicture = (asset: AssetHead): boolean => asset.media_type.startsWith("image/");

export const folderOf = (path: string): string => path.split("/").slice(0, -1).join("/");
export const nameOf = (path: string): string => path.split("/").at(-1) ?? path;

/** A path as a flow in a folder names it. */
export function namedFrom(folder: string, path: string): string {
  const here = folder === "" ? [] : folder.split("/");
  const there = path.split("/");
  let same = 0;
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same += 1;
  return [...here.slice(same).map(() => ".."), ...there.slice(same)].join("/");
}

/** How long a recording is, in seconds; nothing where the browser cannot tell. */
export function secondsOf(bytes: Blob): Promise<number | null> {
  return new Promise((done) => {
    const url = URL.createObjectURL(bytes);
    const audio = new Audio();
    const end = (seconds: number | null) => {
      URL.revokeObjectURL(url);
      done(seconds);
    };
    audio.preload = "metadata";
    audio.onloadedmetadata = () => { end(Number.isFinite(audio.duration) ? audio.duration : null); };
    audio.onerror = () => { end(null); };
    audio.src = url;
  });
}

/** Gives bytes to the person as a file. */
export function download(name: string, bytes: Blob): void {
  const url = URL.createObjectURL(bytes);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it by then; a minute is more than it needs.
  setTimeout(() => { URL.revokeObjectURL(url); }, 60_000);
}
