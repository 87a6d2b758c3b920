/** The canvas: the flow as cards and edges. Every gesture becomes one edit of the text; nothing is kept here. */
import { applyNodeChanges, Background, BackgroundVariant, ReactFlow, ReactFlowProvider, useReactFlow, type Connection, type FinalConnectionState, type NodeChange } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { Maximize, Minus, Plus, WandSparkles } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { INTERRUPTS, neighbour, START } from "../../flow/card";
import { connect, freeExit, nodeOf, place, removeSteps, tidy } from "../steps";
import { change, focusField, select, state, typeOf, useEditor } from "../store";
import { exitWords, t, useWords } from "../words/words";
import { toggleBreakpoint } from "../trial/run";
import { CardView, type CardNode } from "./card-view";
import { edgesOf, nodesOf, walkOf, type Scene } from "./graph";
import { Overview } from "./overview";

const nodeTypes = { card: CardView };
/** Below this, cards would be too small to read: boxes are drawn instead. */
const FAR = 0.28;

/** What a screen reader is told of a step. */
function described(id: string): string {
  const node = nodeOf(id);
  if (!node) return id === INTERRUPTS ? t("canvas.interrupts") : "";
  const exits = node.exits.map((exit) =>
    exit.target === null ? t("canvas.open", { exit: exitWords(exit.name) }) : t("canvas.leads", { exit: exitWords(exit.name), target: nodeOf(exit.target)?.title ?? exit.target }),
  );
  const count = state().analysis?.diagnostics.filter((one) => one.node === id && one.severity !== "hint").length ?? 0;
  const trouble = count > 0 ? ` ${t("canvas.problems", { count })}.` : "";
  return t("canvas.chosen", { name: node.title ?? id, type: typeOf(state().catalog, node.type)?.meta.title ?? node.type, exits: exits.join(", ") }) + trouble;
}

function Inside() {
  const words = useWords();
  const now = useEditor();
  const { flow, selection, trial, panes, analysis } = now;
  const board = useReactFlow();
  const [nodes, setNodes] = useState<CardNode[]>([]);
  const [far, setFar] = useState(false);
  const frame = useRef<HTMLDivElement>(null);

  const walk = useMemo(
    () => walkOf(flow?.id ?? "", panes.trial ? (trial.result?.steps ?? []) : [], trial.at),
    [flow, panes.trial, trial.result, trial.at],
  );
  const { catalog, places, layers } = now;
  const { breakpoints } = trial;
  const scene = useMemo((): Scene => ({ flow, catalog, places, analysis, selection, breakpoints, layers }), [flow, catalog, places, analysis, selection, breakpoints, layers]);
  useEffect(() => {
    setNodes((before) => nodesOf(scene, walk, before));
  }, [scene, walk]);
  const edges = useMemo(() => edgesOf(scene, walk), [scene, walk]);

  // A flow that has just been opened is shown as a whole, though never too small to read.
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (nodes.length === 0 || !flow || shown.current === flow.id || now.places.size === 0) return;
    shown.current = flow.id;
    requestAnimationFrame(() => {
      const box = frame.current?.getBoundingClientRect();
      const bounds = board.getNodesBounds(nodes);
      const zoom = Math.min(1, ((box?.width ?? 900) - 60) / bounds.width, ((box?.height ?? 600) - 110) / bounds.height);
      const first = state().places.get(START) ?? { x: 0, y: 0 };
      // What would be too small to read is shown from its beginning.
      if (zoom >= 0.6) void board.setViewport({ x: 30 - bounds.x * zoom, y: 80 - bounds.y * zoom, zoom });
      else void board.setViewport({ x: 40 - first.x * 0.8, y: (box?.height ?? 600) * 0.4 - first.y * 0.8, zoom: 0.8 });
    });
  }, [nodes, flow, now.places, board]);

  // What is chosen elsewhere comes into view.
  const last = selection.at(-1);
  useEffect(() => {
    const at = last === undefined ? undefined : state().places.get(last);
    const box = frame.current?.getBoundingClientRect();
    if (!at || !box || board.getNodes().some((node) => node.dragging)) return;
    const { x, y } = board.flowToScreenPosition(at);
    const inside = x > box.left + 8 && x < box.right - 200 && y > box.top + 8 && y < box.bottom - 80;
    if (!inside) void board.setCenter(at.x + 120, at.y + 60, { zoom: Math.max(board.getZoom(), 0.7), duration: 200 });
  }, [last, board]);

  const onNodesChange = (changes: NodeChange<CardNode>[]) => {
    setNodes((before) => applyNodeChanges(changes.filter((one) => one.type === "position"), before));
    const picked = changes.filter((one) => one.type === "select");
    if (picked.length > 0) {
      const chosen = new Set(state().selection);
      for (const one of picked) {
        if (one.selected) chosen.add(one.id);
        else chosen.delete(one.id);
      }
      select([...chosen]);
    }
  };
  const onConnect = ({ source, sourceHandle, target }: Connection) => {
    if (sourceHandle !== null) void connect(source, sourceHandle, target);
  };
  const onConnectEnd = (_: unknown, { isValid, fromNode, fromHandle }: FinalConnectionState) => {
    if (!fromNode) return;
    const exit = fromHandle.type === "source" ? fromHandle.id : null;
    if (isValid === true || !exit) return;
    change({ picking: { for: "add", node: fromNode.id, exit } });
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== frame.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = nodeOf(last);
    const arrows = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "up", ArrowDown: "down" } as const;
    const arrow = event.key in arrows ? arrows[event.key as keyof typeof arrows] : undefined;
    const handled = (): void => {
      event.preventDefault();
    };
    if (arrow && flow) {
      handled();
      const next = own ? neighbour(arrow, own.id, flow.nodes, now.places) : flow.start;
      if (next !== null) select([next]);
    } else if (event.key === "Enter" && own) {
      handled();
      focusField("");
    } else if (event.key === "a" || event.key === "Insert") {
      handled();
      change({ picking: { for: "add", node: own?.id ?? (flow?.nodes.length === 0 ? START : null), exit: own ? freeExit(own) : flow?.nodes.length === 0 ? "start" : null } });
    } else if (event.key === "c" && own) {
      handled();
      change({ picking: { for: "connect", node: own.id, exit: freeExit(own) ?? "next" } });
    } else if (event.key === "Delete" || event.key === "Backspace") {
      handled();
      void removeSteps(selection);
    } else if (event.key === "b" && own) {
      handled();
      void toggleBreakpoint(own.id);
    } else if (event.key === "F2" && own) {
      handled();
      focusField("@name");
    } else if (event.key === "Escape") select([]);
    else if (event.key === "Home" && flow) {
      handled();
      select([flow.start]);
    }
  };

  return (
    <div
      ref={frame} className={`board${analysis && !analysis.flow ? " stale" : ""}${far ? " far" : ""}`} role="application" tabIndex={0} aria-label={words("canvas.label")} aria-describedby="canvas-help" onKeyDown={onKeyDown}
    >
      <p id="canvas-help" className="spoken">{words("canvas.help")}</p>
      <p className="spoken" role="status">{selection.length > 1 ? words("canvas.many", { count: selection.length }) : last === undefined ? "" : described(last)}</p>
      <ReactFlow<CardNode>
        nodes={nodes} edges={edges} nodeTypes={nodeTypes} onNodesChange={onNodesChange} onConnect={onConnect} onConnectEnd={onConnectEnd}
        onNodeDragStop={(_, __, moved) => void place(moved.map(({ id, position }) => ({ id, ...position })))}
        onEdgesDelete={(gone) => { for (const edge of gone) if (edge.sourceHandle) void connect(edge.source, edge.sourceHandle, null); }}
        onPaneClick={() => { select([]); frame.current?.focus({ preventScroll: true }); }} onNodeClick={() => { frame.current?.focus({ preventScroll: true }); }}
        onNodeDoubleClick={() => { focusField(""); }}
        onMove={(_, { zoom }) => { setFar((was) => (was ? zoom < FAR + 0.04 : zoom < FAR)); }}
        onlyRenderVisibleElements nodesFocusable={false} edgesFocusable={false} disableKeyboardA11y deleteKeyCode={null} minZoom={0.05} maxZoom={1.6} selectionOnDrag={false} multiSelectionKeyCode={["Shift", "Control", "Meta"]}
        zoomOnDoubleClick={false} elevateEdgesOnSelect connectionRadius={40} proOptions={{ hideAttribution: false }}
      >
        <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} />
        {far ? <Overview /> : null}
      </ReactFlow>
      <div className="tools" role="toolbar" aria-label={words("canvas.label")}>
        <button type="button" onClick={() => { change({ picking: { for: "add", node: null, exit: null } }); }}><Plus size={17} aria-hidden="true" /> {words("bar.add")}</button>
        <button type="button" className="square" aria-label={words("bar.tidy")} title={words("bar.tidy")} onClick={() => void tidy()}><WandSparkles size={17} aria-hidden="true" /></button>
        <button type="button" className="square" aria-label={words("bar.zoomOut")} title={words("bar.zoomOut")} onClick={() => void board.zoomOut({ duration: 120 })}><Minus size={17} aria-hidden="true" /></button>
        <button type="button" className="square" aria-label={words("bar.zoomIn")} title={words("bar.zoomIn")} onClick={() => void board.zoomIn({ duration: 120 })}><Plus size={17} aria-hidden="true" /></button>
        <button type="button" className="square" aria-label={words("bar.fit")} title={words("bar.fit")} onClick={() => void board.fitView({ padding: 0.08, maxZoom: 1, duration: 200 })}><Maximize size={17} aria-hidden="true" /></button>
      </div>
      {analysis && !analysis.flow ? <p className="ribbon">{words("canvas.stale")}</p> : null}
    </div>
  );
}

export default function Canvas() {
  return <ReactFlowProvider><Inside /></ReactFlowProvider>;
}
