/**
 * Saving. What is written stays in the browser at once; to the server it goes when a person says so. When somebody else saved meanwhile,
 * both are merged node by node, and only what both changed is left to be decided: nothing is overwritten.
 */
import { ask } from "../engine/client";
import { DRAFT_MS, LIBRARY_FLOWS } from "../flow/limits";
import { dropDraft, keepDraft, readDraft } from "./drafts";
import { begin } from "../flow/history";
import { read, replace } from "./document";
import { listFlows, Problem, readFiles, readTypes, servedSource, writeFiles, type ServedFile, type Write } from "./server";
import { change, emptyTrial, state, tell, type Base } from "./store";
import { t } from "./words/words";

let timer: ReturnType<typeof setTimeout> | undefined;

const baseOf = (files: readonly ServedFile[]): Record<string, Base> =>
  Object.fromEntries(files.map(({ name, part, kind, etag, text }) => [name, { part, kind, etag, text }]));

/** The files that differ from what the server has. */
export function unsaved(texts: Readonly<Record<string, string>>, base: Readonly<Record<string, Base>>): string[] {
  const names = new Set([...Object.keys(texts), ...Object.keys(base)]);
  return [...names].filter((name) => texts[name] !== base[name]?.text);
}

/** Keeps what is written in the browser, soon. */
export function autosave(): void {
  const { history, base, saving } = state();
  const clean = unsaved(history.texts, base).length === 0;
  if (saving !== "saving") change({ saving: clean ? "saved" : "draft" });
  clearTimeout(timer);
  timer = setTimeout(() => {
    const now = state();
    if (now.id === null) return;
    if (unsaved(now.history.texts, now.base).length === 0) void dropDraft(now.id);
    else void keepDraft(now.id, { texts: now.history.texts, base: now.base, at: Date.now() });
  }, DRAFT_MS);
}

/** The node types of the engine's own build. */
let own: Promise<string[]> | undefined;
const builtIn = (): Promise<string[]> => {
  own ??= ask("catalog", {}).then((catalog) => catalog.map(({ meta }) => meta.name));
  return own;
};

/** The tenant's own node types, and the other flows, which this one may name: without them, every one would be unknown. */
async function learn(): Promise<void> {
  try {
    // The engine takes those that it does not have: what a tenant has described in its folder.
    const built = new Set(await builtIn());
    const own = (await readTypes()).filter(({ name }) => !built.has(name));
    change({ catalog: await ask("types", { types: own.map(({ name, text }) => ({ name: `${name}.node.yaml`, text })) }) });
    const heads = (await listFlows()).slice(0, LIBRARY_FLOWS);
    const flows = await Promise.all(heads.map(async ({ id }) => ({ name: `${id}.yaml`, text: await servedSource(id) })));
    await ask("library", { flows });
  } catch {
    // Offline: what was learnt before is still known.
  }
}

/** Opens a flow: what the server has, and what was not saved the last time. */
export async function open(id: string): Promise<void> {
  clearTimeout(timer);
  change({
    id, history: begin({}), base: {}, analysis: null, flow: null, selection: [], places: new Map(), trial: emptyTrial(), view: "build", session: null, layers: {}, saving: "saved", editing: false,
  });
  try {
    const [served] = await Promise.all([readFiles(id), learn()]);
    if (state().id !== id) return;
    const base = baseOf(served.files);
    const file = served.files.find((one) => one.kind === "flow")?.name ?? served.files[0]?.name ?? "flow.yaml";
    const texts = Object.fromEntries(served.files.map(({ name, text }) => [name, text]));
    change({ file, base, history: begin(texts), editing: served.editing });
    const draft = await readDraft(id);
    if (draft && state().id === id) {
      change({ base: draft.base as Record<string, Base>, history: { ...begin(texts), texts: draft.texts } });
      await rebase(served.files);
      if (unsaved(state().history.texts, state().base).length > 0) tell(t("saving.draftFound"));
    }
    autosave();
    await read();
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error), true);
  }
}

/** Takes over what the server has by now, merged with what was changed here. True when something is left to be decided. */
async function rebase(served: readonly ServedFile[]): Promise<boolean> {
  let undecided = false;
  const { base, history } = state();
  const next = baseOf(served);
  const names = new Set([...Object.keys(base), ...Object.keys(next)]);
  for (const name of names) {
    const [was, theirs, ours] = [base[name]?.text, next[name]?.text, history.texts[name]];
    if (theirs === was || theirs === ours) continue;
    if (ours === was) {
      if (theirs !== undefined) replace(name, theirs);
      continue;
    }
    // Removed on one side and changed on the other: the change stays.
    if (theirs === undefined || ours === undefined) {
      if (ours === undefined && theirs !== undefined) replace(name, theirs);
      continue;
    }
    const merged = await ask("merge", { name, base: was ?? "", ours, theirs });
    undecided ||= merged.conflicts.length > 0;
    replace(name, merged.text);
  }
  change({ base: next });
  return undecided;
}

/** Saves everything that was changed, together. */
export async function save(): Promise<void> {
  const { id, editing } = state();
  if (id === null) return;
  if (!editing) {
    tell(t("saving.readOnly"), true);
    return;
  }
  change({ saving: "saving" });
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const { history, base, file } = state();
    const names = unsaved(history.texts, base);
    if (names.length === 0) {
      change({ saving: "saved" });
      return;
    }
    const writes: Write[] = names.map((name) => ({
      part: base[name]?.part ?? (name === file ? "flow" : name),
      text: history.texts[name] ?? null,
      etag: base[name]?.etag ?? null,
    }));
    try {
      const etags = await writeFiles(id, writes);
      change((now) => {
        const next: Record<string, Base> = {};
        for (const [name, etag] of Object.entries(etags)) {
          const text = names.includes(name) ? history.texts[name] : (now.base[name]?.text ?? history.texts[name]);
          next[name] = { part: now.base[name]?.part ?? name, kind: now.base[name]?.kind ?? "talk", etag, text: text ?? "" };
        }
        return { base: next, saving: "saved" };
      });
      autosave();
      tell(t("saving.done"));
      return;
    } catch (error) {
      if (error instanceof Problem && error.status === 412) {
        const served = await readFiles(id);
        if (await rebase(served.files)) {
          change({ saving: "merged" });
          tell(t("saving.conflict"), true);
          return;
        }
        tell(t("saving.merged"));
        continue;
      }
      const offline = error instanceof Problem && error.status === 0;
      change({ saving: offline ? "offline" : "refused" });
      tell(offline ? t("saving.offline") : error instanceof Error ? error.message : String(error), true);
      return;
    }
  }
  change({ saving: "draft" });
}
