/** What the canvas draws, worked out of the flow, its problems and the trial. Objects stay the same while nothing of them changes, so that only what changed is drawn. */
import { MarkerType, type Edge } from "@xyflow/react";
import type { Analysis, NodeType, TrialStep } from "../../engine/protocol";
import { CARD_WIDTH, INLET, INTERRUPTS, START, type Card } from "../../flow/card";
import { cardsOf } from "../document";
import { typeOf, type State } from "../store";
import { t } from "../words/words";
import type { CardData, CardNode } from "./card-view";

/** What a trial walked up to a step: nodes, their exits, and where it stands. */
export interface Walk {
  exits: Map<string, Set<string>>;
  here: string | null;
}

export function walkOf(flow: string, steps: readonly TrialStep[], at: number | null): Walk {
  const until = at === null ? steps.length : at + 1;
  const exits = new Map<string, Set<string>>();
  for (const step of steps.slice(0, until)) {
    for (const visit of step.visited) if (visit.flow === flow && !exits.has(visit.node)) exits.set(visit.node, new Set());
    for (const via of step.path) {
      if (via.flow !== flow) continue;
      const known = exits.get(via.node) ?? new Set<string>();
      exits.set(via.node, known.add(via.exit));
    }
  }
  const last = steps[until - 1];
  return { exits, here: last?.flow === flow ? last.node : null };
}

/** What is laid over the cards, one thing at a time: how many went which way, what no test walked, where two versions part. */
export interface Layers {
  came?: ReadonlyMap<string, number>;
  ended?: ReadonlyMap<string, string>;
  taken?: ReadonlyMap<string, ReadonlyMap<string, number>>;
  missedNodes?: ReadonlySet<string>;
  /** As `node.exit`. */
  missedExits?: ReadonlySet<string>;
  parts?: string | null;
}

/** What is drawn: the flow that is edited, or another version of one. */
export type Scene = Pick<State, "flow" | "catalog" | "analysis" | "selection" | "places"> & { breakpoints: readonly string[]; layers: Layers };

const ENDS = new Set(["end", "hangup", "return"]);

function dataOf(card: Card, now: Scene, problems: Map<string, { errors: number; warnings: number }>, walk: Walk, catalog: readonly NodeType[]): CardData {
  const node = now.flow?.nodes.find((one) => one.id === card.id);
  const type = node ? typeOf(catalog, node.type) : undefined;
  const ends: Record<string, string> = {};
  for (const exit of card.exits) if (exit.target !== null && ENDS.has(exit.target)) ends[exit.name] = t(`canvas.ends.${exit.target}`);
  const found = problems.get(card.id);
  const { layers } = now;
  return {
    card, ends,
    name: card.id === INTERRUPTS ? t("canvas.interrupts") : (node?.title ?? card.id),
    type: type?.meta.title ?? node?.type ?? "",
    icon: type?.meta.icon ?? "box",
    family: card.id === INTERRUPTS ? "interrupts" : (type?.meta.family ?? "none"),
    errors: found?.errors ?? 0,
    warnings: found?.warnings ?? 0,
    walked: [...(walk.exits.get(card.id) ?? [])].join("\u0000"),
    here: walk.here === card.id,
    breaks: now.breakpoints.includes(card.id),
    came: layers.came ? (layers.came.get(card.id) ?? 0) : null,
    ended: layers.ended?.get(card.id) ?? null,
    taken: layers.taken ? Object.fromEntries(layers.taken.get(card.id) ?? []) : null,
    missed: layers.missedNodes?.has(card.id) === true,
    missedExits: card.exits.filter((exit) => layers.missedExits?.has(`${card.id}.${exit.name}`) === true).map((exit) => exit.name).join("\u0000"),
    parts: layers.parts === card.id,
  };
}

export function problemsOf(analysis: Analysis | null): Map<string, { errors: number; warnings: number }> {
  const found = new Map<string, { errors: number; warnings: number }>();
  for (const { node, severity } of analysis?.diagnostics ?? []) {
    if (node === undefined || severity === "hint") continue;
    const one = found.get(node) ?? { errors: 0, warnings: 0 };
    if (severity === "error") one.errors += 1;
    else one.warnings += 1;
    found.set(node, one);
  }
  return found;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The nodes of the canvas. `before` are those that are drawn now. */
export function nodesOf(now: Scene, walk: Walk, before: readonly CardNode[]): CardNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const problems = problemsOf(now.analysis);
  const chosen = new Set(now.selection);
  return cardsOf(now).map((card): CardNode => {
    const data = dataOf(card, now, problems, walk, now.catalog);
    const position = now.places.get(card.id) ?? { x: 0, y: 0 };
    const old = known.get(card.id);
    const selected = chosen.has(card.id);
    const isStart = card.id === START;
    if (old?.selected === selected && same(old.data, data) && (old.dragging === true || (old.position.x === position.x && old.position.y === position.y))) return old;
    const width = isStart ? 96 : CARD_WIDTH;
    return {
      id: card.id, type: "card", position: old?.dragging === true ? old.position : position, data, selected, width, height: card.height,
      measured: { width, height: card.height },
      draggable: !isStart && card.id !== INTERRUPTS, selectable: !isStart, deletable: !isStart && card.id !== INTERRUPTS, focusable: false,
      handles: [
        ...(isStart || card.id === INTERRUPTS ? [] : [{ type: "target" as const, position: "left" as never, x: 0, y: INLET, width: 1, height: 1 }]),
        ...card.exits.map((exit, row) => ({ id: exit.name, type: "source" as const, position: "right" as never, x: width, y: card.outlets[row] ?? 20, width: 1, height: 1 })),
      ],
    };
  });
}

export function edgesOf(now: Scene, walk: Walk): Edge[] {
  const cards = cardsOf(now);
  const all = new Set(cards.map((card) => card.id));
  const chosen = new Set(now.selection);
  return cards.flatMap((card) =>
    card.exits.flatMap((exit): Edge[] => {
      if (exit.target === null || !all.has(exit.target)) return [];
      const walked = card.id === START ? walk.exits.size > 0 : walk.exits.get(card.id)?.has(exit.name) === true;
      const near = chosen.has(card.id) || chosen.has(exit.target);
      const taken = now.layers.taken ? (now.layers.taken.get(card.id)?.get(exit.name) ?? 0) : null;
      const missed = now.layers.missedExits?.has(`${card.id}.${exit.name}`) === true;
      return [{
        id: `${card.id}\u0001${exit.name}`, source: card.id, sourceHandle: exit.name, target: exit.target, type: "default", focusable: false, interactionWidth: 16,
        className: `${walked ? "walked" : ""}${near ? " near" : ""}${exit.name === "error" ? " trouble" : ""}${missed ? " missed" : ""}${taken === 0 ? " untaken" : ""}`,
        ...(taken === null || taken === 0 ? {} : { label: String(taken), style: { strokeWidth: Math.min(9, 1.6 + Math.log2(1 + taken)) } }),
        markerEnd: { type: MarkerType.ArrowClosed, width: 16, height: 16, color: walked ? "var(--walk)" : "var(--edge)" }, zIndex: walked ? 2 : near ? 1 : 0,
      }];
    }),
  );
}
