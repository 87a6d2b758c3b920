/** A flow that is looked at and not edited: a recorded session on the version that ran, or how many went which way. */
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { Maximize, Minus, Plus } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { START } from "../../flow/card";
import { useWords } from "../words/words";
import { CardView, type CardNode } from "./card-view";
import { edgesOf, nodesOf, type Scene, type Walk } from "./graph";

const nodeTypes = { card: CardView };

function Inside({ scene, walk, onPick }: { scene: Scene; walk: Walk; onPick: (node: string) => void }) {
  const words = useWords();
  const board = useReactFlow();
  const nodes = useMemo((): CardNode[] => nodesOf(scene, walk, []).map((node) => ({ ...node, draggable: false, deletable: false })), [scene, walk]);
  const edges = useMemo(() => edgesOf(scene, walk), [scene, walk]);
  const frame = useRef<HTMLDivElement>(null);
  const shown = useRef<unknown>(null);
  const parts = scene.layers.parts ?? null;
  const target = walk.here;
  useEffect(() => {
    const box = frame.current?.getBoundingClientRect();
    if (!box || scene.places.size === 0) return;
    if (shown.current !== scene.flow?.id) {
      shown.current = scene.flow?.id;
      const bounds = board.getNodesBounds(nodes);
      const zoom = Math.min(1, (box.width - 60) / bounds.width, (box.height - 60) / bounds.height);
      if (zoom >= 0.5) {
        void board.setViewport({ x: 30 - bounds.x * zoom, y: 30 - bounds.y * zoom, zoom });
        return;
      }
    }
    const at = scene.places.get(target ?? START);
    if (at) void board.setCenter(at.x + 160, at.y + 60, { zoom: Math.max(board.getZoom() === 1 ? 0.75 : board.getZoom(), 0.5), duration: 0 });
  }, [scene, target, board]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => {
    const at = parts === null ? undefined : scene.places.get(parts);
    if (at) void board.setCenter(at.x + 160, at.y + 60, { zoom: Math.max(board.getZoom(), 0.5), duration: 0 });
  }, [parts, board]); // eslint-disable-line react-hooks/exhaustive-deps
  return (
    <div ref={frame} className="board reading">
      <ReactFlow<CardNode>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y deleteKeyCode={null}
        onNodeClick={(_, node) => { onPick(node.id); }} onlyRenderVisibleElements minZoom={0.05} maxZoom={1.6} zoomOnDoubleClick={false} proOptions={{ hideAttribution: false }}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} />
      </ReactFlow>
      <div className="tools" role="toolbar" aria-label={words("canvas.label")}>
        <button type="button" className="square" aria-label={words("bar.zoomOut")} title={words("bar.zoomOut")} onClick={() => void board.zoomOut({ duration: 120 })}><Minus size={17} aria-hidden="true" /></button>
        <button type="button" className="square" aria-label={words("bar.zoomIn")} title={words("bar.zoomIn")} onClick={() => void board.zoomIn({ duration: 120 })}><Plus size={17} aria-hidden="true" /></button>
        <button type="button" className="square" aria-label={words("bar.fit")} title={words("bar.fit")} onClick={() => void board.fitView({ padding: 0.08, maxZoom: 1, duration: 200 })}><Maximize size={17} aria-hidden="true" /></button>
      </div>
    </div>
  );
}

export default function Reader(props: { scene: Scene; walk: Walk; onPick: (node: string) => void }) {
  return <ReactFlowProvider><Inside {...props} /></ReactFlowProvider>;
}
