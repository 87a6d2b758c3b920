/** Releases as the server tells them, and what can be done with them; see `editor-api/src/releases.rs`. */
import { get, pathOf, post } from "../server";

export interface Release {
  number: number;
  /** The versions of the flow and of those that it may enter, by id. */
  flows: Record<string, number>;
  author: string;
  note: string;
  created_at: string;
}

/** When a canary is taken back: more than so many percent of its ended conversations failed, looked at after some have ended. */
export interface Guard {
  percent: number;
  after: number;
}

export interface ReleaseEvent {
  at: string;
  action: string;
  number: number;
  live: number | null;
  author: string;
  note: string;
}

export interface Releases {
  live: number | null;
  canary: { number: number; percent: number; guard?: Guard; since: string } | null;
  next: { number: number; at: string } | null;
  moves?: { release: number; moved: number; stayed: number; failed: number; done: boolean };
  /** Newest first. */
  releases: Release[];
  log: ReleaseEvent[];
}

export interface Place {
  flow: string;
  node: string;
}

/** The first thing that somebody would have noticed. */
export interface Outcome {
  outcome: "same" | "differs" | "broken";
  turn?: number;
  place?: Place;
  event?: string;
  recorded?: string;
  candidate?: string;
  message?: string;
}

export interface Preview {
  same: boolean;
  changes: { flow: string; sentences: string[] }[];
  rules: { severity: string; message: string }[];
  waiting: { version: number; flow: string; node: string; sessions: number; moves_to?: Place; asked_anew: boolean; stays_because?: string }[];
  more_waiting: boolean;
  totals: { sessions: number; same: number; differ: number; broken: number; nodes: (Place & { differ: number; came: number })[] };
  differing: (Outcome & { session: string; version: number })[];
}

/** From when on, or for how many, a release is live: at once for all where neither is given. */
export interface Coming {
  at?: string;
  canary?: { percent: number; guard?: Guard };
}

export const readReleases = (id: string): Promise<Releases> => get(`${pathOf(id)}/releases`);
export const readPreview = (id: string): Promise<Preview> => get(`${pathOf(id)}/preview`);

export const publish = (id: string, note: string, author: string, coming: Coming): Promise<Releases> =>
  post(`${pathOf(id)}/releases`, { note, author, ...coming });

/** Goes back to a release; where none is named, takes the canary back. */
export const rollBack = (id: string, to: number | null, note: string, author: string): Promise<Releases> =>
  post(`${pathOf(id)}/rollback`, { note, author, ...(to === null ? {} : { to }) });

export const promote = (id: string, note: string, author: string): Promise<Releases> => post(`${pathOf(id)}/promote`, { note, author });

/** A version as it was kept: its document and what belongs to it. */
export interface KeptVersion {
  flow: string;
  version: number;
  source: string;
  texts: Record<string, string>;
  types: Record<string, string>;
}

export const readVersion = (id: string, version: number): Promise<KeptVersion> => get(`${pathOf(id)}/versions/${version}`);
