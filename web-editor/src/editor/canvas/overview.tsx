/** The whole flow from afar, in one picture: when everything is in view, thousands of elements would be too slow and too small to read. */
import { useStore } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { CARD_WIDTH, INLET } from "../../flow/card";
import { cardsOf } from "../document";
import { useEditor, typeOf } from "../store";
import { problemsOf } from "./graph";

export function Overview() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [x, y, zoom] = useStore((store) => store.transform);
  const width = useStore((store) => store.width);
  const height = useStore((store) => store.height);
  const now = useEditor();
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen) return;
    const ratio = window.devicePixelRatio;
    element.width = width * ratio;
    element.height = height * ratio;
    const style = getComputedStyle(element);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    pen.setTransform(ratio * zoom, 0, 0, ratio * zoom, ratio * x, ratio * y);
    const cards = cardsOf(now);
    const at = new Map(cards.map((card) => [card.id, now.places.get(card.id) ?? { x: 0, y: 0 }]));
    pen.strokeStyle = colour("--edge");
    pen.lineWidth = 1 / zoom;
    pen.beginPath();
    for (const card of cards) {
      const from = at.get(card.id);
      for (const [row, exit] of card.exits.entries()) {
        const to = exit.target === null ? undefined : at.get(exit.target);
        if (!from || !to) continue;
        pen.moveTo(from.x + CARD_WIDTH, from.y + (card.outlets[row] ?? 0));
        pen.lineTo(to.x, to.y + INLET);
      }
    }
    pen.stroke();
    const problems = problemsOf(now.analysis);
    const chosen = new Set(now.selection);
    for (const card of cards) {
      const place = at.get(card.id);
      if (!place) continue;
      const node = now.flow?.nodes.find((one) => one.id === card.id);
      const family = node ? typeOf(now.catalog, node.type)?.meta.family : undefined;
      pen.fillStyle = colour(`--tone-${family ?? "none"}`) || colour("--edge");
      pen.fillRect(place.x, place.y, CARD_WIDTH, card.height);
      if (chosen.has(card.id) || problems.has(card.id)) {
        pen.strokeStyle = chosen.has(card.id) ? colour("--accent") : colour("--bad");
        pen.lineWidth = 3 / zoom;
        pen.strokeRect(place.x, place.y, CARD_WIDTH, card.height);
      }
    }
  }, [x, y, zoom, width, height, now]);
  return <canvas ref={canvas} className="overview" aria-hidden="true" />;
}
