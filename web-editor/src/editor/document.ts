/** What happens to the texts: gestures become edits of the engine, edits become one step of the history, and each change is read anew. */
import { ask, Refused } from "../engine/client";
import type { Analysis, Diagnostic, Edit, FileChange, Files, Fix } from "../engine/protocol";
import { cardOf, drawing, INTERRUPTS, START, type Card } from "../flow/card";
import { between, perform, redo, undo, type Change, type Texts } from "../flow/history";
import { READ_MS } from "../flow/limits";
import { summaryOf } from "../flow/schema";
import { autosave } from "./saving";
import { change, state, tell, typeOf, type State } from "./store";
import { rerun } from "./trial/run";

const isTalk = (name: string): boolean => /\.talk\.(?:ya?ml|json)$/u.test(name);
const isLayout = (name: string): boolean => /\.layout\.(?:ya?ml|json)$/u.test(name);

/** The texts as the engine takes them. */
export function filesOf(flow: string, texts: Texts): Files {
  const all = Object.entries(texts).map(([name, text]) => ({ name, text }));
  const others = all.filter(({ name }) => name !== flow);
  return {
    flow: { name: flow, text: texts[flow] ?? "" },
    layout: others.find(({ name }) => isLayout(name)) ?? null,
    texts: others.filter(({ name }) => !isLayout(name) && !isTalk(name)),
    talks: others.filter(({ name }) => isTalk(name)),
  };
}

const files = (now: State = state()): Files => filesOf(now.file, now.history.texts);

let timer: ReturnType<typeof setTimeout> | undefined;
let reading: Promise<void> | null = null;
let again = false;

/** Reads the texts anew, soon. */
function readSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void read(), READ_MS);
}

/** Reads the texts: what they say, what is wrong, where everything stands. */
export function read(): Promise<void> {
  clearTimeout(timer);
  // Whoever asks while it is read waits until what is there now has been read, too.
  again = true;
  reading ??= readAll().finally(() => {
    reading = null;
  });
  return reading;
}

const wanted = (): boolean => again;

async function readAll(): Promise<void> {
  try {
    while (wanted()) {
      again = false;
      const { id } = state();
      const { texts } = state().history;
      const analysis = await ask("analyse", { files: files() });
      if (state().id !== id) continue;
      const flow = analysis.flow ?? state().flow;
      change((now) => ({
        analysis,
        flow,
        engine: "ready",
        // What was chosen meanwhile may not be in what was read.
        selection: flow && now.history.texts === texts ? now.selection.filter((one) => flow.nodes.some((node) => node.id === one) || one === INTERRUPTS) : now.selection,
      }));
      if (analysis.flow) await arrange();
      if (!wanted()) await rerun();
    }
  } catch (error) {
    if (error instanceof Refused && error.fatal) change({ engine: { failed: error.message } });
    else tell(String(error instanceof Error ? error.message : error), true);
  }
}

/** The cards of the canvas: the start, the nodes, the interrupts. */
export function cardsOf(now: Pick<State, "flow" | "catalog">): Card[] {
  const { flow, catalog } = now;
  if (!flow) return [];
  const way = (name: string, target: string) => ({ name, target, pointer: null, falls: false });
  const cards = flow.nodes.map((node) => cardOf(node.id, node.exits, summaryOf(node.value, typeOf(catalog, node.type)?.schema ?? {})));
  const first = { ...cardOf(START, [way("start", flow.start)], ""), height: 40, outlets: [20] };
  const interrupts = flow.interrupts.map(({ name, target }) => way(name, target));
  return [first, ...cards, ...(interrupts.length > 0 ? [cardOf(INTERRUPTS, interrupts, "")] : [])];
}

/** Where each card stands: where it was put, or else where the layout puts it. */
export async function placesOf(now: Pick<State, "flow" | "catalog">, pins: Analysis["pins"]): Promise<State["places"]> {
  const cards = cardsOf(now);
  const found = await ask("arrange", drawing(cards));
  return new Map(
    cards.map((card, index) => {
      const [x, y] = pins[card.id] ?? found[index] ?? [0, 0];
      return [card.id, { x, y }];
    }),
  );
}

async function arrange(): Promise<void> {
  change({ places: await placesOf(state(), state().analysis?.pins ?? {}) });
}

/** Makes changes of text: one step that can be undone. */
export function write(changes: readonly Change[], key: string | null = null): void {
  const { history } = state();
  const next = perform(history, changes, Date.now(), key);
  if (next === history) return;
  change({ history: next });
  autosave();
  readSoon();
}

/** A text was typed into: the pane hands over what it is now. */
export function typed(name: string, text: string): void {
  const before = state().history.texts[name];
  if (before === undefined) return;
  write([{ name, created: false, edits: between(before, text) }], `typing:${name}`);
}

let queue: Promise<unknown> = Promise.resolve();

/** Gestures wait for each other: each is worked out on the texts that the one before left. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = queue.then(work);
  queue = result.catch(() => undefined);
  return result;
}

async function changed(make: () => Promise<FileChange[]>, key: string | null): Promise<boolean> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { texts } = state().history;
    try {
      const changes = await make();
      // Somebody typed meanwhile: the places no longer hold.
      if (state().history.texts !== texts) continue;
      write(changes, key);
      await read();
      return true;
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), true);
      return false;
    }
  }
  return false;
}

/** A gesture: all of the edits are one step, or none is made and the reason is told. `key` joins it with the gesture of that key before. */
export function gesture(edits: Edit[], key: string | null = null): Promise<boolean> {
  return inTurn(() => changed(() => ask("edit", { files: files(), edits }), key));
}

/** Pastes nodes; gives their ids. */
export function paste(text: string, after: string | null): Promise<string[]> {
  return inTurn(async () => {
    let added: string[] = [];
    const done = await changed(async () => {
      const pasted = await ask("paste", { files: files(), text, after });
      ({ added } = pasted);
      return pasted.changes;
    }, null);
    return done ? added : [];
  });
}

/** Does what a fix offers. */
export async function mend(diagnostic: Diagnostic, fix: Fix): Promise<void> {
  if (fix.edits) await gesture(fix.edits);
  else if (fix.text) {
    write([{ name: diagnostic.file, created: false, edits: fix.text }]);
    await read();
  }
}

export function back(): void {
  const { history } = state();
  const next = undo(history);
  if (next === history) return;
  change({ history: next });
  autosave();
  void read();
}

export function forth(): void {
  const { history } = state();
  const next = redo(history);
  if (next === history) return;
  change({ history: next });
  autosave();
  void read();
}

/** Puts a whole file in place of another, as one step. */
export function replace(name: string, text: string): void {
  const before = state().history.texts[name];
  write([{ name, created: before === undefined, edits: between(before ?? "", text) }]);
}
