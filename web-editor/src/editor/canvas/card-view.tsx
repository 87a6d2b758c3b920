/** One card for all nodes: its icon, its name, its first words, and a row with a "+" for each exit. */
import { Handle, Position, type NodeProps, type Node } from "@xyflow/react";
import { Plus, TriangleAlert, CircleAlert, CirclePause, Zap, Play } from "lucide-react";
import { memo } from "react";
import { CARD_WIDTH, INLET, INTERRUPTS, START, type Card } from "../../flow/card";
import { Icon } from "../icons";
import { change } from "../store";
import { exitWords, t, useWords } from "../words/words";

export interface CardData extends Record<string, unknown> {
  card: Card;
  name: string;
  type: string;
  icon: string;
  family: string;
  errors: number;
  warnings: number;
  walked: string;
  here: boolean;
  breaks: boolean;
  /** How many conversations came, where that is counted. */
  came: number | null;
  /** Those that ended here, in words. */
  ended: string | null;
  /** How many left by each exit. */
  taken: Record<string, number> | null;
  /** No test comes here. */
  missed: boolean;
  /** Exits that no test takes. */
  missedExits: string;
  /** Here two versions part. */
  parts: boolean;
  /** The nodes that exits lead to, by their names. */
  ends: Record<string, string>;
}

export type CardNode = Node<CardData, "card">;

const Rows = ({ data, id }: { data: CardData; id: string }) => {
  const walked = new Set(data.walked === "" ? [] : data.walked.split("\u0000"));
  const missed = new Set(data.missedExits === "" ? [] : data.missedExits.split("\u0000"));
  return data.card.exits.map((exit, row) => {
    const label = exitWords(exit.name);
    const end = exit.target !== null ? data.ends[exit.name] : undefined;
    const state = exit.target === null ? (exit.falls ? "falls" : "open") : "wired";
    return (
      <div key={exit.name} className={`exit ${state}${walked.has(exit.name) ? " walked" : ""}${missed.has(exit.name) ? " missed" : ""}`} style={{ top: (data.card.outlets[row] ?? 0) - 15 }}>
        <span className="exit-name" title={exit.name}>{label}</span>
        {missed.has(exit.name) ? <span className="exit-end">{t("canvas.untested")}</span> : null}
        {data.taken === null ? null : <span className="taken">{data.taken[exit.name] ?? 0}</span>}
        {end === undefined ? null : <span className="exit-end">{end}</span>}
        <button
          type="button" className="plus nodrag" tabIndex={-1} aria-label={t("canvas.addTo", { exit: label, name: data.name })}
          onClick={(event) => { event.stopPropagation(); change({ picking: { for: "add", node: id, exit: exit.name } }); }}
        >
          <Plus size={14} aria-hidden="true" />
        </button>
        <Handle id={exit.name} type="source" position={Position.Right} style={{ top: 15 }} />
      </div>
    );
  });
};

export const CardView = memo(function CardView({ data, id, selected }: NodeProps<CardNode>) {
  const words = useWords();
  if (id === START) {
    return (
      <div className="start-card" style={{ height: data.card.height }}>
        <Play size={14} aria-hidden="true" /> {words("canvas.start")}
        <Handle id="start" type="source" position={Position.Right} />
      </div>
    );
  }
  const isNode = id !== INTERRUPTS;
  const trouble = data.errors > 0 ? "error" : data.warnings > 0 ? "warning" : null;
  return (
    <div
      className={`card tone-${data.family}${selected ? " selected" : ""}${trouble ? ` has-${trouble}` : ""}${data.here ? " here" : ""}${data.walked !== "" || data.here ? " visited" : ""}${data.breaks ? " breaks" : ""}${data.missed ? " missed" : ""}${data.parts ? " parts" : ""}`}
      style={{ width: CARD_WIDTH, height: data.card.height }}
    >
      {isNode ? <Handle type="target" position={Position.Left} style={{ top: INLET }} /> : null}
      <div className="card-head">
        <span className={`chip tone-${data.family}`}>{isNode ? <Icon name={data.icon} /> : <Zap size={18} aria-hidden="true" />}</span>
        <span className="card-words"><b>{data.name}</b><small>{data.type}</small></span>
        {data.breaks ? <span className="badge breakpoint" role="img" aria-label={words("canvas.breakpoint")}><CirclePause size={16} aria-hidden="true" /></span> : null}
        {data.missed ? <span className="flag">{words("canvas.untested")}</span> : null}
        {data.parts ? <span className="flag strong">{words("canvas.parts")}</span> : null}
        {data.came === null ? null : <span className="flag">{words("canvas.came", { count: data.came })}</span>}
        {trouble === null ? null : (
          <span className={`badge ${trouble}`} role="img" aria-label={words("canvas.problems", { count: data.errors + data.warnings })}>
            {trouble === "error" ? <CircleAlert size={16} aria-hidden="true" /> : <TriangleAlert size={16} aria-hidden="true" />}
          </span>
        )}
      </div>
      {data.card.summary === "" ? null : <p className="summary">{data.card.summary}</p>}
      <Rows data={data} id={id} />
      {data.ended === null ? null : <span className="ended-here">{data.ended}</span>}
    </div>
  );
});
