/** What people do to steps: add, connect, remove, copy, paste. Every one is one gesture, however many edits it needs. */
import type { Edit, FlowNode, JsonMap, NodeType } from "../engine/protocol";
import { INTERRUPTS, START } from "../flow/card";
import { freeId, pointerOf } from "../flow/names";
import { gesture, paste as pasteText } from "./document";
import { change, focusField, select, state, togglePane } from "./store";

const nodes = (): FlowNode[] => state().flow?.nodes ?? [];
export const nodeOf = (id: string | undefined): FlowNode | undefined => nodes().find((node) => node.id === id);

/** The edit that leads an exit of a node, of the start or of an interrupt somewhere. */
function lead(node: string, exit: string, target: string | null): Edit | null {
  if (node === START) return target === null ? null : { edit: "set", pointer: "/start", value: target };
  if (node !== INTERRUPTS) return { edit: "wire", node, exit, target };
  const head = state().flow?.head.interrupts as JsonMap | undefined;
  if (head && typeof head[exit] === "string") {
    return target === null ? { edit: "remove", pointer: `/interrupts/${exit}` } : { edit: "set", pointer: `/interrupts/${exit}`, value: target };
  }
  return null;
}

/** Leads an exit to a node or a built-in end, or nowhere. */
export async function connect(node: string, exit: string, target: string | null): Promise<void> {
  const edit = lead(node, exit, target);
  if (edit) await gesture([edit]);
}

/** Adds a step after an exit, which then goes on where that exit led before. */
export async function addStep(type: NodeType, from: { node: string; exit: string } | null, at: { x: number; y: number } | null = null): Promise<void> {
  const taken = new Set(nodes().map((node) => node.id));
  const id = freeId(type.meta.name, taken);
  const node: JsonMap = { type: type.meta.name, ...type.template };
  const before = from === null ? null : targetOf(from.node, from.exit);
  const goesOn = type.exits.includes("next") ? "next" : null;
  if (before !== null && goesOn !== null) node.next = before;
  const after = from !== null && nodeOf(from.node) ? from.node : (nodes().at(-1)?.id ?? null);
  const edits: Edit[] = [{ edit: "add-node", id, node, after }];
  const wire = from === null ? null : lead(from.node, from.exit, id);
  if (wire) edits.push(wire);
  if (at) edits.push({ edit: "place", node: id, at: [Math.round(at.x), Math.round(at.y)] });
  if (await gesture(edits)) {
    select([id]);
    togglePane("details", true);
    focusField("");
  }
}

function targetOf(node: string, exit: string): string | null {
  if (node === START) return state().flow?.start ?? null;
  return nodeOf(node)?.exits.find((one) => one.name === exit)?.target ?? null;
}

/** The exit that a new step after a node hangs on: the one that simply goes on, when no step follows; else the first that leads nowhere. */
export function freeExit(node: FlowNode): string | null {
  const onward = node.exits.find((exit) => exit.name === "next");
  if (onward && (onward.target === null || !nodeOf(onward.target))) return onward.name;
  const plain = node.exits.filter((exit) => exit.name !== "error");
  return (plain.find((exit) => exit.target === null) ?? plain.find((exit) => exit.name === "next") ?? plain[0] ?? node.exits[0])?.name ?? null;
}

/** Removes steps. Where a step simply goes on, what led to it leads on to what follows. */
export async function removeSteps(ids: readonly string[]): Promise<void> {
  const gone = new Set(ids);
  const edits: Edit[] = ids.flatMap((id): Edit[] => {
    const node = nodeOf(id);
    if (!node) return [];
    const next = node.exits.length > 0 ? node.exits.find((exit) => exit.name === "next")?.target : null;
    const onward = next != null && next !== id && !gone.has(next) ? next : null;
    return [{ edit: "remove-node", id, references: onward === null ? "unwire" : { to: onward } }];
  });
  if (edits.length > 0 && (await gesture(edits))) select([]);
}

export async function renameStep(from: string, to: string): Promise<boolean> {
  const done = await gesture([{ edit: "rename-node", from, to }]);
  if (done) select([to]);
  return done;
}

export async function duplicate(id: string): Promise<void> {
  const to = freeId(id.replace(/-\d+$/u, ""), new Set(nodes().map((node) => node.id)));
  if (await gesture([{ edit: "copy-node", from: id, to }])) select([to]);
}

/** The chosen steps as YAML, byte for byte as they are written. */
export function copied(): string {
  const { file, history, selection } = state();
  const text = history.texts[file] ?? "";
  const chosen = nodes().filter((node) => selection.includes(node.id)).sort((a, b) => a.from - b.from);
  return chosen.map((node) => {
    const start = text.lastIndexOf("\n", node.from - 1) + 1;
    const end = text.indexOf("\n", Math.max(node.to - 1, node.from));
    return `${text.slice(start, end < 0 ? text.length : end).replace(/\s+$/u, "")}\n`;
  }).join("");
}

export async function pasteSteps(text: string): Promise<void> {
  const { selection } = state();
  const added = await pasteText(text, selection.at(-1) ?? null);
  if (added.length > 0) select(added);
}

/** Keeps steps where they were dragged to. No byte of the flow changes. */
export async function place(moved: readonly { id: string; x: number; y: number }[]): Promise<void> {
  change((now) => {
    const places = new Map(now.places);
    for (const { id, x, y } of moved) places.set(id, { x, y });
    return { places };
  });
  await gesture(moved.filter(({ id }) => nodeOf(id)).map(({ id, x, y }): Edit => ({ edit: "place", node: id, at: [Math.round(x), Math.round(y)] })));
}

/** Lets every step go back to where the layout puts it. */
export async function tidy(): Promise<void> {
  const pinned = Object.keys(state().analysis?.pins ?? {}).filter((id) => nodeOf(id));
  if (pinned.length > 0) await gesture(pinned.map((node): Edit => ({ edit: "place", node, at: null })));
}

export async function setStart(id: string): Promise<void> {
  await gesture([{ edit: "set", pointer: "/start", value: id }]);
}

/** Sets a parameter, or takes it away. Letters typed one after another are one step of the history. */
export async function setParameter(id: string, field: string, value: unknown): Promise<void> {
  const pointer = `${pointerOf(id)}${field}`;
  const edit: Edit = value === undefined ? { edit: "remove", pointer } : { edit: "set", pointer, value: value as JsonMap };
  await gesture([edit], pointer);
}

/** The words on a step's card. */
export const nameOf = (id: string): string => nodeOf(id)?.title ?? id;

/** Cuts: copies and removes. The text is for whoever owns the clipboard. */
export async function cut(): Promise<string> {
  const text = copied();
  await removeSteps(state().selection);
  return text;
}
