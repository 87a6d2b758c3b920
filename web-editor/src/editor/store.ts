/**
 * The state of the editor. The texts are the truth; everything else is worked out of them by the engine or says what a person looks at.
 */
import { create } from "zustand";
import { ask } from "../engine/client";
import type { Analysis, Flow, NodeType, Trial } from "../engine/protocol";
import { begin, type History } from "../flow/history";
import type { Held } from "../flow/held";
import type { Layers } from "./canvas/graph";
import type { Place } from "./home/places";
import type { FileKind } from "./server";

/** What a person is asked to pick: a step to add, a target, a place to go to. */
export type Picking =
  | { for: "add"; node: string | null; exit: string | null }
  | { for: "connect"; node: string; exit: string }
  | { for: "find" }
  | { for: "command" };

/** A file as the server knew it when it was read. */
export interface Base {
  part: string;
  kind: FileKind;
  etag: string;
  text: string;
}

export type Saving = "saved" | "draft" | "saving" | "offline" | "refused" | "merged";
export type Theme = "auto" | "light" | "dark" | "contrast";

/** A line of a trial: what the person who tries it does; see the talks of the flow language. */
export type Line = { keys: string } | { text: string } | { speech: string } | { button: string } | { silence: string } | "hangup" | { recording: string };

export interface TrialState {
  channel: string;
  locale: string;
  inputs: Record<string, string>;
  lines: Line[];
  /** What was taken back and can be done again. */
  undone: Line[];
  mocks: Record<string, string>;
  result: Trial | null;
  error: string | null;
  /** The step that is looked at; null for the last. */
  at: number | null;
  breakpoints: readonly string[];
  /** Where it is held. */
  held: Held | null;
  /** How many nodes were entered before the place from which breakpoints count. */
  passed: number;
  /** It is held before the next node, whatever it is. */
  single: boolean;
}

export type View = "build" | "texts" | "sessions" | "history";

export interface State {
  id: string | null;
  /** What is shown while no flow is open. */
  place: Place;
  /** The name of the flow's own file. */
  file: string;
  history: History;
  base: Record<string, Base>;
  editing: boolean;
  analysis: Analysis | null;
  /** The last flow that could be read; it stays, greyed, while the text cannot. */
  flow: Flow | null;
  catalog: NodeType[];
  engine: "loading" | "ready" | { failed: string };
  selection: readonly string[];
  places: ReadonlyMap<string, { x: number; y: number }>;
  picking: Picking | null;
  /** A sentence for everybody, spoken too. */
  notice: { text: string; bad: boolean; number: number } | null;
  saving: Saving;
  trial: TrialState;
  view: View;
  /** What is laid over the canvas. */
  layers: Layers;
  /** The recorded session that is looked at. */
  session: string | null;
  panes: { outline: boolean; text: boolean; problems: boolean; trial: boolean; details: boolean };
  theme: Theme;
  /** The field that should have the focus: a JSON pointer within the selected node, or its name. */
  focus: { field: string; number: number } | null;
}

export const emptyTrial = (): TrialState => ({
  channel: "voice", locale: "", inputs: {}, lines: [], undone: [], mocks: {}, result: null, error: null, at: null, breakpoints: [], held: null, passed: 0, single: false,
});

const remembered = <T>(key: string, fallback: T): T => {
  try {
    return (JSON.parse(localStorage.getItem(`offhook.${key}`) ?? "null") as T | null) ?? fallback;
  } catch {
    return fallback;
  }
};

export const remember = (key: string, value: unknown): void => {
  try {
    localStorage.setItem(`offhook.${key}`, JSON.stringify(value));
  } catch {
    // Only a preference is lost.
  }
};

export const useEditor = create<State>(() => ({
  id: null,
  place: "flows",
  file: "",
  history: begin({}),
  base: {},
  editing: false,
  analysis: null,
  flow: null,
  catalog: [],
  engine: "loading",
  selection: [],
  places: new Map(),
  picking: null,
  notice: null,
  saving: "saved",
  trial: emptyTrial(),
  view: "build",
  session: null,
  layers: {},
  panes: remembered("panes", { outline: true, text: false, problems: true, trial: false, details: true }),
  theme: remembered<Theme>("theme", "auto"),
  focus: null,
}));

export const state = (): State => useEditor.getState();
export const change = (part: Partial<State> | ((now: State) => Partial<State>)): void => {
  useEditor.setState(part);
};

let notices = 0;

/** Tells something to everybody. */
export function tell(text: string, bad = false): void {
  notices += 1;
  change({ notice: { text, bad, number: notices } });
}

let focuses = 0;

/** Puts the focus into a field of the selected node. */
export function focusField(field: string): void {
  focuses += 1;
  change((now) => ({ focus: { field, number: focuses }, panes: { ...now.panes, details: true } }));
}

export function select(ids: readonly string[]): void {
  const now = state().selection;
  if (now.length === ids.length && now.every((id, index) => id === ids[index])) return;
  change({ selection: ids });
}

export function togglePane(pane: keyof State["panes"], open?: boolean): void {
  change((now) => {
    const panes = { ...now.panes, [pane]: open ?? !now.panes[pane] };
    remember("panes", panes);
    return { panes };
  });
}

/** Loads the engine and the node types. */
export async function wake(): Promise<void> {
  try {
    const catalog = await ask("catalog", {});
    change({ catalog, engine: "ready" });
  } catch (error) {
    change({ engine: { failed: error instanceof Error ? error.message : String(error) } });
  }
}

export const typeOf = (catalog: readonly NodeType[], name: string): NodeType | undefined => catalog.find((type) => type.meta.name === name);
