/** The list of flows in groups: what a flow is for. Knows how each kind is headed, and nothing else of it. */
import type { Flow } from "./api";

/** Flows of one kind. */
export interface Group {
  kind: string;
  title: string;
  flows: Flow[];
}

/** The kinds in the order of the list, with their headings. */
const TITLES: readonly (readonly [string, string])[] = [
  ["ivr", "Answer calls and chats"],
  ["chatbot", "Answer chats"],
  ["routing", "Route calls"],
  ["outbound", "Reach out"],
  ["library", "Pieces of other flows"],
];

/** Groups flows by kind; those of a kind that is not known come last, and no group is empty. */
export function grouped(flows: readonly Flow[]): Group[] {
  const known = TITLES.map(([kind, title]) => ({ kind, title, flows: flows.filter((flow) => flow.kind === kind) }));
  const others = flows.filter((flow) => TITLES.every(([kind]) => kind !== flow.kind));
  return [...known, { kind: "", title: "Others", flows: others }].filter((group) => group.flows.length > 0);
}
