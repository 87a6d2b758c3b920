/** An entry point while somebody writes it, and the ways in that it opens. Plain data; React only shows it. */
import type { EntryPoint, Lead, Written } from "./entries-api";

export const kinds = ["number", "chat", "webhook", "event"] as const;
export type Kind = (typeof kinds)[number];

export interface Draft {
  kind: Kind;
  door: string;
  flows: Lead[];
  locale: string;
  secret: string;
  /** Inputs of the flow with the places in what is sent. */
  inputs: [name: string, pointer: string][];
  contact: string;
}

export const empty = (kind: Kind = "number"): Draft => ({ kind, door: "", flows: [{ flow: "", weight: 1 }], locale: "", secret: "", inputs: [], contact: "" });

export const kindOf = (entry: Written): Kind => kinds.find((kind) => entry[kind] !== undefined) ?? "number";
export const doorOf = (entry: Written): string => entry[kindOf(entry)] ?? "";

export function draftOf(entry: Written): Draft {
  return {
    kind: kindOf(entry), door: doorOf(entry), flows: entry.flows.map((lead) => ({ ...lead })), locale: entry.locale ?? "", secret: entry.secret ?? "", inputs: Object.entries(entry.inputs ?? {}), contact: entry.contact ?? "",
  };
}

/** What is sent: only what the kind of door has, and nothing that was left empty. */
export function writtenOf(draft: Draft): Written {
  const mapped = draft.kind === "webhook" || draft.kind === "event";
  const inputs = draft.inputs.filter(([name]) => name.trim() !== "");
  return {
    [draft.kind]: draft.door.trim(),
    flows: draft.flows.filter(({ flow }) => flow !== ""),
    ...(draft.locale.trim() === "" ? {} : { locale: draft.locale.trim() }),
    ...(draft.kind === "webhook" && draft.secret !== "" ? { secret: draft.secret } : {}),
    ...(mapped && inputs.length > 0 ? { inputs: Object.fromEntries(inputs.map(([name, pointer]) => [name.trim(), pointer.trim()])) } : {}),
    ...(mapped && draft.contact.trim() !== "" ? { contact: draft.contact.trim() } : {}),
  };
}

/** The share of each flow, in whole percent; all together are about a hundred. */
export function shares(flows: readonly Lead[]): number[] {
  const total = flows.reduce((sum, { weight }) => sum + weight, 0);
  return flows.map(({ weight }) => (total === 0 ? 0 : Math.round((weight * 100) / total)));
}

const attribute = (text: string): string => text.replace(/&/gu, "&amp;").replace(/"/gu, "&quot;").replace(/</gu, "&lt;");

/** What somebody needs to come in by this door; nothing where that cannot be told. */
export function wayIn(entry: Written, origin: string, sip: string | null): string | null {
  switch (kindOf(entry)) {
    case "number":
      return entry.number === "" || sip === null ? null : `sip:${doorOf(entry)}@${sip}`;
    case "chat":
      return `<script src="${origin}/widget.js" data-key="${attribute(doorOf(entry))}" defer></script>`;
    case "webhook":
      return `${origin}/hooks/v1/${doorOf(entry)}`;
    case "event":
      return `${origin}/api/v1/events`;
  }
}

/** The flows that people could meet and that no door leads to. Those that other flows call, or that other systems start, need none. */
export function doorless<F extends { id: string; kind: string }>(flows: readonly F[], entries: readonly EntryPoint[]): F[] {
  const reached = new Set(entries.filter(({ in_force }) => in_force).flatMap(({ entry }) => entry.flows.map(({ flow }) => flow)));
  return flows.filter(({ id, kind }) => (kind === "ivr" || kind === "chatbot") && !reached.has(id));
}
