/** Every problem of the flow in one list, each with what can be done about it. */
import { CircleAlert, Info, TriangleAlert, Wrench } from "lucide-react";
import type { Diagnostic } from "../engine/protocol";
import { mend } from "./document";
import { focusField, select, togglePane, useEditor } from "./store";
import { useWords } from "./words/words";

const icons = { error: CircleAlert, warning: TriangleAlert, hint: Info };

export function goTo(problem: Diagnostic): void {
  if (problem.node !== undefined) {
    select([problem.node]);
    focusField(problem.field === undefined ? "" : `/${problem.field.replaceAll(".", "/")}`);
  } else togglePane("text", true);
}

export function Fixes({ problem }: { problem: Diagnostic }) {
  return problem.fixes.map((fix) => (
    <button key={fix.title} type="button" className="fix" onClick={(event) => { event.stopPropagation(); void mend(problem, fix); }}>
      <Wrench size={13} aria-hidden="true" /> {fix.title}
    </button>
  ));
}

export function Problem({ problem, place }: { problem: Diagnostic; place: boolean }) {
  const words = useWords();
  const Icon = icons[problem.severity];
  return (
    <div className={`problem ${problem.severity}`}>
      <Icon size={16} aria-hidden="true" />
      <div>
        <p><span className="spoken">{words(`problems.${problem.severity}`)}: </span>{problem.message}</p>
        {problem.remedy === undefined ? null : <p className="remedy">{problem.remedy}</p>}
        <p className="where">
          {place ? <button type="button" className="link" onClick={() => { goTo(problem); }}>{problem.node ?? problem.file}{problem.line > 0 ? `, ${words("problems.line", { line: problem.line })}` : ""}</button> : null}
          <span className="code">{problem.code}</span>
        </p>
        <div className="fixes"><Fixes problem={problem} /></div>
      </div>
    </div>
  );
}

const rank = { error: 0, warning: 1, hint: 2 };

export default function ProblemsView() {
  const words = useWords();
  const analysis = useEditor((now) => now.analysis);
  const all = [...(analysis?.diagnostics ?? [])].sort((a, b) => rank[a.severity] - rank[b.severity]);
  return (
    <section className="problems" aria-label={words("problems.label")} tabIndex={0}>
      {analysis && all.length === 0 ? <p className="good">{words("problems.none")}</p> : null}
      <ul>{all.map((problem, index) => <li key={`${problem.code}${problem.line}:${problem.column}:${index}`}><Problem problem={problem} place /></li>)}</ul>
    </section>
  );
}
