/** Recorded sessions as the server tells them; see `editor-api/src/sessions.rs`, `stories.rs` and `volumes.rs`. */
import type { TrialStep } from "../../engine/protocol";
import { api, get, post } from "../server";
import type { Outcome } from "../versions/releases";

export interface SessionHead {
  id: string;
  flow: string;
  version: number;
  channel: string;
  contact: string;
  state: "active" | "ended";
  turns: number;
  started_at: string;
  updated_at: string;
  end_reason: string | null;
}

export interface Query {
  flow: string;
  state: string;
  channel: string;
  contact: string;
}

export interface Story {
  session: SessionHead;
  /** The version of each flow that it began with. */
  versions: Record<string, number>;
  steps: TrialStep[];
  more: boolean;
  ended: string | null;
  broken: string | null;
}

export interface Volumes {
  flow: string;
  sessions: number;
  more: boolean;
  broken: number;
  nodes: { node: string; came: number; ended: Record<string, number>; here: number }[];
  exits: { node: string; exit: string; sessions: number }[];
}

const asked = (query: Query, more: Record<string, string>): string => {
  const given = Object.entries({ ...query, ...more }).filter(([, value]) => value !== "");
  return new URLSearchParams(given).toString();
};
const pathOf = (id: string): string => `${api}/sessions/${encodeURIComponent(id)}`;

export const listSessions = (query: Query, cursor: string | null): Promise<{ sessions: SessionHead[]; next: string | null }> =>
  get(`${api}/sessions?${asked(query, cursor === null ? {} : { cursor })}`);
export const readVolumes = (query: Query): Promise<Volumes> => get(`${api}/sessions/volumes?${asked(query, {})}`);
export const readHead = (id: string): Promise<SessionHead> => get(pathOf(id));
export const readStory = (id: string): Promise<Story> => get(`${pathOf(id)}/story`);

/** Holds a session against a document, by its texts in other locales. */
export const holdAgainst = (id: string, source: string, texts: Record<string, string>): Promise<Outcome & { turns?: number }> =>
  post(`${pathOf(id)}/against`, { source, texts });

export async function talkOfSession(id: string, about: string): Promise<string> {
  return (await post<{ talk: string }>(`${pathOf(id)}/talk`, { about })).talk;
}
