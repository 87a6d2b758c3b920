/** The outline: the flow as a tree that can be read and changed by keyboard alone (WAI-ARIA tree view). Says and does all that the canvas does. */
import { ChevronDown, ChevronRight, CornerDownRight, Plus, Zap } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { INTERRUPTS } from "../flow/card";
import { isOpen, outline, parentOf, type Row } from "../flow/outline";
import { summaryOf } from "../flow/schema";
import { problemsOf } from "./canvas/graph";
import { Icon } from "./icons";
import { freeExit, nameOf, removeSteps } from "./steps";
import { change, focusField, select, typeOf, useEditor } from "./store";
import { toggleBreakpoint } from "./trial/run";
import { exitWords, useWords } from "./words/words";

export default function OutlineView() {
  const words = useWords();
  const { flow, catalog, selection, analysis } = useEditor();
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<string | null>(null);
  const tree = useRef<HTMLUListElement>(null);
  const rows = useMemo(() => (flow ? outline(flow, closed) : []), [flow, closed]);
  const problems = useMemo(() => problemsOf(analysis), [analysis]);
  const last = selection.at(-1);
  const current = rows.find((row) => row.key === active) ?? rows.find((row) => row.kind === "node" && row.node.id === last) ?? rows[0];

  useEffect(() => {
    if (last === undefined) return;
    setActive((was) => (was !== null && rows.some((row) => row.key === was && "node" in row && row.node.id === last) ? was : `node:${last}`));
    document.getElementById(`row-node:${last}`)?.scrollIntoView({ block: "nearest" });
  }, [last, rows]);

  const go = (row: Row | undefined) => {
    if (!row) return;
    setActive(row.key);
    if (row.kind === "node" || row.kind === "exit") select([row.node.id]);
    else if (row.kind === "interrupt") select([INTERRUPTS]);
    document.getElementById(`row-${row.key}`)?.focus();
  };
  const fold = (row: Row, open: boolean) => {
    setClosed((was) => {
      const next = new Set(was);
      if (open) next.delete(row.key);
      else next.add(row.key);
      return next;
    });
  };
  const addAfter = (row: Row) => {
    if (row.kind === "node") change({ picking: { for: "add", node: row.node.id, exit: freeExit(row.node) } });
    if (row.kind === "exit") change({ picking: { for: "add", node: row.node.id, exit: row.exit.name } });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const index = rows.findIndex((row) => row.key === current?.key);
    const row = rows[index];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = isOpen(row);
    const acts: Record<string, () => void> = {
      ArrowDown: () => { go(rows[index + 1]); },
      ArrowUp: () => { go(rows[index - 1]); },
      Home: () => { go(rows[0]); },
      End: () => { go(rows.at(-1)); },
      ArrowRight: () => { if (open === false) fold(row, true); else if (open === true) go(rows[index + 1]); },
      ArrowLeft: () => { if (open === true) fold(row, false); else go(rows[parentOf(rows, index)]); },
      Enter: () => { if (row.kind === "exit" && row.target === "told" && row.exit.target !== null) go(rows.find((one) => one.key === `node:${row.exit.target ?? ""}`)); else focusField(""); },
      a: () => { addAfter(row); },
      Insert: () => { addAfter(row); },
      c: () => { if (row.kind === "exit") change({ picking: { for: "connect", node: row.node.id, exit: row.exit.name } }); else if (row.kind === "node") change({ picking: { for: "connect", node: row.node.id, exit: freeExit(row.node) ?? "next" } }); },
      Delete: () => { if (row.kind === "node") void removeSteps([row.node.id]); },
      b: () => { if (row.kind === "node") void toggleBreakpoint(row.node.id); },
      F2: () => { if (row.kind === "node") focusField("@name"); },
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const inside = (row: Row) => {
    switch (row.kind) {
      case "node": {
        const type = typeOf(catalog, row.node.type);
        const found = problems.get(row.node.id);
        return (
          <>
            <span className={`chip small tone-${type?.meta.family ?? "none"}`}><Icon name={type?.meta.icon ?? "box"} size={14} /></span>
            <span className="row-words"><b>{row.node.title ?? row.node.id}</b> <small>{summaryOf(row.node.value, type?.schema ?? {}) || type?.meta.title}</small></span>
            {found ? <span className={`dot ${found.errors > 0 ? "error" : "warning"}`}><span className="spoken">{words("canvas.problems", { count: found.errors + found.warnings })}</span></span> : null}
          </>
        );
      }
      case "exit": {
        const target = row.exit.target;
        return (
          <>
            <CornerDownRight size={14} aria-hidden="true" className="faint" />
            <span className="row-words">
              <span className={`way${row.exit.name === "error" ? " trouble" : ""}`}>{exitWords(row.exit.name)}</span>{" "}
              {row.target === "none" ? <small className="loose">{row.exit.falls ? words("canvas.falls") : words("outline.nowhere")}</small> : null}
              {row.target === "end" && target !== null ? <small>{words(`canvas.ends.${target}`)}</small> : null}
              {row.target === "told" && target !== null ? <small>{words("outline.to", { name: nameOf(target) })}</small> : null}
            </span>
          </>
        );
      }
      case "head":
        return <><Zap size={14} aria-hidden="true" className="faint" /><span className="row-words"><b>{words(`outline.${row.word}`)}</b></span></>;
      case "interrupt":
        return <><CornerDownRight size={14} aria-hidden="true" className="faint" /><span className="row-words"><span className="way">{exitWords(row.name)}</span> <small>{words("outline.to", { name: nameOf(row.target) })}</small></span></>;
    }
  };
  return (
    <ul ref={tree} role="tree" className="tree" aria-label={words("outline.label")} onKeyDown={onKeyDown}>
      {rows.map((row) => {
        const open = isOpen(row);
        const chosen = row.kind === "node" && selection.includes(row.node.id);
        return (
          <li
            key={row.key} id={`row-${row.key}`} role="treeitem" aria-level={row.level} aria-selected={chosen} {...(open === null ? {} : { "aria-expanded": open })}
            tabIndex={row.key === current?.key ? 0 : -1} className={`row ${row.kind}`} style={{ paddingInlineStart: 6 + Math.min(row.level - 1, 14) * 14 }}
            onClick={() => { go(row); }} onDoubleClick={() => { focusField(""); }}
          >
            <span className="fold" onClick={(event) => { if (open !== null) { event.stopPropagation(); fold(row, !open); } }}>
              {open === null ? null : open ? <ChevronDown size={14} aria-hidden="true" /> : <ChevronRight size={14} aria-hidden="true" />}
            </span>
            {inside(row)}
            {row.kind === "exit" || (row.kind === "node" && row.rows === 0) ? (
              <button type="button" className="row-add" tabIndex={-1} aria-hidden="true" title={words("bar.add")} onClick={(event) => { event.stopPropagation(); addAfter(row); }}><Plus size={13} /></button>
            ) : null}
          </li>
        );
      })}
    </ul>
  );
}
