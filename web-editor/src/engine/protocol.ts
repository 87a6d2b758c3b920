/**
 * What the engine is asked and what it answers: the types of `engine/src/request.rs` and its answers, seen from here. Places in texts count
 * UTF-16 units, as JavaScript's strings do.
 */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonMap = Record<string, Json>;

export interface FileText {
  name: string;
  text: string;
}

/** A flow and what stands beside it. */
export interface Files {
  flow: FileText;
  layout: FileText | null;
  texts: FileText[];
  talks: FileText[];
}

export interface TextEdit {
  from: number;
  to: number;
  insert: string;
}

export interface FileChange {
  name: string;
  /** The file was not there before. */
  created: boolean;
  edits: TextEdit[];
}

/** An edit of the flow; see `flow-schemas/src/edit.rs`. */
export type Edit =
  | { edit: "set"; pointer: string; value: Json }
  | { edit: "insert"; pointer: string; index: number; value: Json }
  | { edit: "remove"; pointer: string }
  | { edit: "add-node"; id: string; node: Json; after: string | null }
  | { edit: "rename-node"; from: string; to: string }
  | { edit: "copy-node"; from: string; to: string }
  | { edit: "remove-node"; id: string; references?: "unwire" | "keep" | { to: string } }
  | { edit: "wire"; node: string; exit: string; target: string | null }
  | { edit: "set-text"; key: string; locale: string | null; text: Json }
  | { edit: "place"; node: string; at: [number, number] | null };

export interface Exit {
  name: string;
  /** A node or a built-in end; null while it is not wired. */
  target: string | null;
  /** Where the target is written, when that is among the parameters. */
  pointer: string | null;
  /** Whether it falls to the flow's `interrupts.error` while it is not wired. */
  falls: boolean;
}

export interface FlowNode {
  id: string;
  type: string;
  title: string | null;
  value: JsonMap;
  exits: Exit[];
  waits: boolean;
  terminal: boolean;
  from: number;
  to: number;
}

export interface Flow {
  id: string;
  title: string | null;
  kind: string;
  channels: string[];
  locales: string[];
  start: string;
  /** The document without its nodes. */
  head: JsonMap;
  interrupts: { name: string; target: string }[];
  nodes: FlowNode[];
  texts: { key: string; pointer: string }[];
  variables: string[];
  inputs: Record<string, Json>;
}

export interface Fix {
  title: string;
  text?: TextEdit[];
  edits?: Edit[];
}

export interface Diagnostic {
  code: string;
  severity: "error" | "warning" | "hint";
  message: string;
  file: string;
  line: number;
  column: number;
  node?: string;
  field?: string;
  remedy?: string;
  from?: number;
  to?: number;
  fixes: Fix[];
}

export interface Analysis {
  /** Null while the text cannot be read at all. */
  flow: Flow | null;
  pins: Record<string, [number, number]>;
  flows: { id: string; title: string | null }[];
  runs: boolean;
  diagnostics: Diagnostic[];
  /** Answers of services that the talks beside the flow have, by node. */
  mocks: Record<string, Json>;
}

export interface NodeType {
  meta: { name: string; family: string; title: string; icon: string; channels: string[]; kinds: string[] };
  docs: string;
  schema: JsonMap;
  template: JsonMap;
  /** The exits of a node that is just its template. */
  exits: string[];
}

export interface Box {
  width: number;
  height: number;
  inlet: number;
}

export interface Wire {
  from: number;
  outlet: number;
  to: number;
}

/** A node that was entered. */
export interface Visit {
  flow: string;
  node: string;
  /** How many commands and how many exits of the turn were before it. */
  commands: number;
  path: number;
  /** The variables of its flow at that moment, where somebody watched. */
  variables?: JsonMap;
}

/** One turn of a trial: what happened, and what the flow did about it. */
export interface TrialStep {
  at: number;
  event: JsonMap | string;
  commands: Record<string, JsonMap>[];
  path: { flow: string; node: string; exit: string }[];
  visited: Visit[];
  flow: string;
  node: string;
  variables: JsonMap;
  locale: string;
  used: boolean;
}

export interface Trial {
  steps: TrialStep[];
  /** A service that waits for an answer. */
  asks: { node: string; service: string; request: Json } | null;
  ended: string | null;
  /** When time alone moves it on. */
  wakes_at: number | null;
  /** How many steps there were before the first line of the talk and after each. */
  marks: number[];
  talk?: string | null;
}

export interface TalkResult {
  file: string;
  about: string;
  passed: boolean;
  mismatches: string[];
}

export interface Difference {
  only: string | null;
  changes: Json[];
  /** What changes for those who call or write, in sentences. */
  callers: string[];
  text: string;
}

/** How a translation stands. */
export type TextState = "translated" | "stale" | "missing" | "optional";

export interface TextRow {
  key: string;
  pointer: string;
  /** The node that says it; null for the flow's own. */
  node: string | null;
  kind: "text" | "ssml" | "audio" | "video" | "phrases" | "keys";
  needs_words: boolean;
  text: Json;
  locales: Record<string, { text: Json; state: TextState; before: Json }>;
}

export interface TextTable {
  /** The locale of the document itself. */
  first: string | null;
  locales: string[];
  rows: TextRow[];
}

/** What talks walked of a flow. */
export interface Coverage {
  nodes: number;
  nodes_covered: number;
  exits: number;
  exits_covered: number;
  missing_nodes: string[];
  /** As `node.exit`. */
  missing_exits: string[];
}

export interface Answers {
  catalog: { request: object; answer: NodeType[] };
  types: { request: { types: FileText[] }; answer: NodeType[] };
  texts: { request: { files: Files }; answer: TextTable };
  library: { request: { flows: FileText[] }; answer: string[] };
  analyse: { request: { files: Files }; answer: Analysis };
  edit: { request: { files: Files; edits: Edit[]; everywhere?: boolean }; answer: FileChange[] };
  paste: { request: { files: Files; text: string; after: string | null }; answer: { changes: FileChange[]; added: string[] } };
  arrange: { request: { boxes: Box[]; edges: Wire[] }; answer: [number, number][] };
  diff: { request: { old: Files; new: Files }; answer: Difference };
  merge: { request: { name: string; base: string; ours: string; theirs: string }; answer: { text: string; conflicts: { pointer: string }[] } };
  try: { request: { files: Files; talk: Json; about?: string }; answer: Trial };
  talks: { request: { files: Files }; answer: { talks: TalkResult[]; coverage: Coverage } };
  format: { request: { name: string; text: string }; answer: string };
}

export type Question = keyof Answers;
