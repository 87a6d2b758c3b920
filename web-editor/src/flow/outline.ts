/**
 * The flow as a list to be read: what follows stands below, what an exit leads to stands one level in, and a node that was told already is
 * only named. The same flow as on the canvas, for keyboards, screen readers and small screens.
 */
import type { Exit, Flow, FlowNode } from "../engine/protocol";

/** Exits at this level only name their node: a list that goes on to the right cannot be read. */
const DEPTH = 4;

export type Row =
  /** A node, told here. */
  | { kind: "node"; key: string; level: number; node: FlowNode; open: boolean; rows: number }
  /** An exit, with what it leads to below it or named in it. */
  | { kind: "exit"; key: string; level: number; node: FlowNode; exit: Exit; target: "end" | "told" | "none" | "below"; open: boolean }
  /** A heading: the interrupts, the nodes that no path leads to. */
  | { kind: "head"; key: string; level: number; word: "interrupts" | "loose"; open: boolean }
  /** An interrupt. */
  | { kind: "interrupt"; key: string; level: number; name: string; target: string };

/** The exit by which a node simply goes on: its only one, but for those that are for trouble. */
export function onward(node: FlowNode): Exit | undefined {
  const plain = node.exits.filter((exit) => exit.name !== "error");
  return plain.length === 1 && plain[0]?.name === "next" ? plain[0] : undefined;
}

/** Every row that is seen. `closed` holds the keys of those that are folded. */
export function outline(flow: Flow, closed: ReadonlySet<string>): Row[] {
  const byId = new Map(flow.nodes.map((node) => [node.id, node]));
  const told = new Set<string>();
  const rows: Row[] = [];
  /** Nodes that would stand too far in: each is told at the first level, later. */
  const later: string[] = [];

  const tell = (first: FlowNode, level: number, shown: boolean): void => {
    // A chain of nodes is told at one level, however long.
    let node: FlowNode | undefined = first;
    while (node) {
      told.add(node.id);
      const on: Exit | undefined = onward(node);
      const ways: Exit[] = node.exits.filter((exit) => exit !== on || exit.target === null || !leadsOn(exit));
      const key = `node:${node.id}`;
      const open = !closed.has(key);
      if (shown) rows.push({ kind: "node", key, level, node, open, rows: ways.length });
      for (const exit of ways) way(node, exit, level + 1, shown && open);
      const target: FlowNode | undefined = on?.target == null ? undefined : byId.get(on.target);
      node = target && !told.has(target.id) ? target : undefined;
    }
  };
  const leadsOn = (exit: Exit): boolean => exit.target !== null && byId.has(exit.target) && !told.has(exit.target);
  const way = (node: FlowNode, exit: Exit, level: number, shown: boolean): void => {
    const key = `exit:${node.id}.${exit.name}`;
    const next = exit.target === null ? undefined : byId.get(exit.target);
    const deep = level >= DEPTH;
    if (deep && next) later.push(next.id);
    const below = next !== undefined && !deep && !told.has(next.id);
    const target = exit.target === null ? "none" : below ? "below" : next ? "told" : "end";
    const open = !closed.has(key);
    if (shown) rows.push({ kind: "exit", key, level, node, exit, target, open });
    if (below) tell(next, level + 1, shown && open);
  };

  const first = byId.get(flow.start);
  if (first) tell(first, 1, true);
  const rest = (): void => {
    for (let id = later.shift(); id !== undefined; id = later.shift()) {
      const node = byId.get(id);
      if (node && !told.has(id)) tell(node, 1, true);
    }
  };
  rest();
  if (flow.interrupts.length > 0) {
    const open = !closed.has("head:interrupts");
    rows.push({ kind: "head", key: "head:interrupts", level: 1, word: "interrupts", open });
    for (const { name, target } of flow.interrupts) {
      if (open) rows.push({ kind: "interrupt", key: `interrupt:${name}`, level: 2, name, target });
      const node = byId.get(target);
      if (node && !told.has(target)) tell(node, 3, open);
    }
    rest();
  }
  const loose = flow.nodes.filter((node) => !told.has(node.id));
  if (loose.length > 0) {
    const open = !closed.has("head:loose");
    rows.push({ kind: "head", key: "head:loose", level: 1, word: "loose", open });
    for (const node of loose) if (!told.has(node.id)) tell(node, 2, open);
    rest();
  }
  return rows;
}

/** How a row is folded and unfolded; nothing to fold gives null. */
export function isOpen(row: Row): boolean | null {
  if (row.kind === "node") return row.rows > 0 ? row.open : null;
  if (row.kind === "exit") return row.target === "below" ? row.open : null;
  return row.kind === "head" ? row.open : null;
}

/** The row above that holds this one. */
export function parentOf(rows: readonly Row[], index: number): number {
  const level = rows[index]?.level ?? 1;
  for (let at = index - 1; at >= 0; at -= 1) if ((rows[at]?.level ?? 1) < level) return at;
  return index;
}
