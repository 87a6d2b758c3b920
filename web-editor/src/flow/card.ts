/** The geometry of cards: fixed sizes from the data alone, so that the canvas never has to measure. In pixels. */
import type { Box, Exit, FlowNode, Wire } from "../engine/protocol";

export const CARD_WIDTH = 248;
const HEAD = 52;
const SUMMARY = 44;
const ROW = 30;
const FOOT = 8;
/** Where the edges arrive. */
export const INLET = 26;

/** The start and the interrupts, which are cards without being nodes. */
export const START = "\u0000start";
export const INTERRUPTS = "\u0000interrupts";

export interface Card {
  id: string;
  height: number;
  exits: Exit[];
  /** Where each exit leaves, from the top. */
  outlets: number[];
  summary: string;
}

export function cardOf(id: string, exits: Exit[], summary: string): Card {
  const top = HEAD + (summary === "" ? 0 : SUMMARY);
  return { id, exits, summary, height: top + exits.length * ROW + FOOT, outlets: exits.map((_, row) => top + row * ROW + ROW / 2) };
}

/** Boxes and edges for the engine's layout. */
export function drawing(cards: readonly Card[]): { boxes: Box[]; edges: Wire[] } {
  const place = new Map(cards.map((card, index) => [card.id, index]));
  const boxes = cards.map((card) => ({ width: CARD_WIDTH, height: card.height, inlet: INLET }));
  const edges = cards.flatMap((card, from) =>
    card.exits.flatMap((exit, row) => {
      const to = exit.target === null ? undefined : place.get(exit.target);
      return to === undefined ? [] : [{ from, outlet: card.outlets[row] ?? INLET, to }];
    }),
  );
  return { boxes, edges };
}

/** The node that arrow keys lead to: along exits to the right, back along them to the left, and to the nearest above or below. */
export function neighbour(
  direction: "left" | "right" | "up" | "down",
  id: string,
  nodes: readonly FlowNode[],
  places: ReadonlyMap<string, { x: number; y: number }>,
): string | null {
  const own = nodes.find((node) => node.id === id);
  const at = places.get(id);
  if (!own || !at) return null;
  const exists = (target: string | null): target is string => nodes.some((node) => node.id === target);
  if (direction === "right") return own.exits.map((exit) => exit.target).find((target) => target !== id && exists(target)) ?? null;
  if (direction === "left") return nodes.find((node) => node.id !== id && node.exits.some((exit) => exit.target === id))?.id ?? null;
  const sign = direction === "down" ? 1 : -1;
  let best: { id: string; far: number } | null = null;
  for (const node of nodes) {
    const there = places.get(node.id);
    if (!there || node.id === id || (there.y - at.y) * sign <= 0) continue;
    // What is beside counts as farther than what is straight above or below.
    const far = Math.abs(there.y - at.y) + 3 * Math.abs(there.x - at.x);
    if (!best || far < best.far) best = { id: node.id, far };
  }
  return best?.id ?? null;
}
