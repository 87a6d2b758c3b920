/** The settings of the chosen step: its name, its parameters as its type describes them, where it goes, and what is wrong with it. */
import { CirclePause, CopyPlus, Flag, Trash2, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { Diagnostic, FlowNode, Json } from "../../engine/protocol";
import { INTERRUPTS } from "../../flow/card";
import { fieldsOf } from "../../flow/schema";
import { gesture } from "../document";
import { Icon } from "../icons";
import { Problem } from "../problems-view";
import { connect, duplicate, nodeOf, removeSteps, renameStep, setParameter, setStart } from "../steps";
import { toggleBreakpoint } from "../trial/run";
import { togglePane, typeOf, useEditor } from "../store";
import { exitWords, useWords } from "../words/words";
import { Fields } from "./form";
import { TargetInput } from "./formats";
import { Labelled, TextArea, TextInput } from "./inputs";

/** Fields that are seen at once, beside those that are needed or set. */
const SEEN = 3;

function NameInput({ node, id }: { node: FlowNode; id: string }) {
  const typed = useRef(node.id);
  return (
    <input
      id={id} key={node.id} className="mono" data-name="yes" defaultValue={node.id} autoComplete="off" spellCheck={false} pattern="[A-Za-z0-9_\-]+"
      onChange={(event) => { typed.current = event.target.value; }}
      onKeyDown={(event) => { if (event.key === "Enter") event.currentTarget.blur(); }}
      onBlur={(event) => {
        const to = event.currentTarget.value.trim();
        const input = event.currentTarget;
        if (to === "" || to === node.id) input.value = node.id;
        else void renameStep(node.id, to).then((done) => { if (!done) input.value = node.id; });
      }}
    />
  );
}

function Ways({ node }: { node: FlowNode }) {
  const words = useWords();
  if (node.exits.length === 0) return null;
  return (
    <section className="ways" aria-label={words("details.ways")}>
      <h3>{words("details.ways")}</h3>
      {node.exits.map((exit) => (
        <Labelled key={exit.name} label={exitWords(exit.name)} name={exit.name}>
          {(id) => <TargetInput widget={{ id, path: "", value: exit.target ?? undefined, fallback: undefined, describedBy: undefined, label: exit.name, write: (value) => void connect(node.id, exit.name, typeof value === "string" ? value : null) }} />}
        </Labelled>
      ))}
    </section>
  );
}

function FlowSettings() {
  const words = useWords();
  const flow = useEditor((now) => now.flow);
  const all = useEditor((now) => now.analysis?.diagnostics) ?? [];
  const [fresh, setFresh] = useState("");
  if (!flow) return null;
  const set = (key: string) => (value: Json | undefined) => void gesture([value === undefined ? { edit: "remove", pointer: `/${key}` } : { edit: "set", pointer: `/${key}`, value }], key);
  const text = (key: string) => flow.head[key];
  return (
    <div className="details-inside">
      <header className="details-head"><h2>{words("details.settings")}</h2></header>
      <p className="hint">{words("details.none")}</p>
      <Labelled label={words("details.flowTitle")} name="title">{(id) => <TextInput key={flow.id} widget={{ id, path: "/title", value: text("title"), fallback: undefined, describedBy: undefined, label: "title", write: set("title") }} />}</Labelled>
      <Labelled label={words("details.flowDescription")} name="description">{(id) => <TextArea key={flow.id} widget={{ id, path: "/description", value: text("description"), fallback: undefined, describedBy: undefined, label: "description", write: set("description") }} />}</Labelled>
      <section className="ways">
        <h3>{words("details.variables")}</h3>
        <ul className="variables">{flow.variables.map((name) => <li key={name}><code>{name}</code></li>)}</ul>
        <form
          className="entry" onSubmit={(event) => {
            event.preventDefault();
            const name = fresh.trim();
            if (!/^[a-z][a-z0-9_]*$/u.test(name) || flow.variables.includes(name)) return;
            void gesture([{ edit: "set", pointer: `/vars/${name}`, value: "" }]);
            setFresh("");
          }}
        >
          <input aria-label={words("details.addVariable")} placeholder={words("details.addVariable")} value={fresh} pattern="[a-z][a-z0-9_]*" className="mono" onChange={(event) => { setFresh(event.target.value); }} />
          <button type="submit" className="quiet">{words("details.add")}</button>
        </form>
      </section>
      {all.filter((one) => one.node === undefined && one.severity !== "hint").map((problem, index) => <Problem key={index} problem={problem} place />)}
    </div>
  );
}

export default function Details() {
  const words = useWords();
  const breakpoints = useEditor((now) => now.trial.breakpoints);
  const { selection, catalog, analysis, focus, flow } = useEditor();
  const pane = useRef<HTMLElement>(null);
  const last = selection.at(-1);
  const node = last === undefined || last === INTERRUPTS ? undefined : nodeOf(last);

  const handled = useRef(0);
  useEffect(() => {
    // Once for each wish, and only when its step is there.
    if (!focus || !pane.current || !node || focus.number === handled.current) return;
    handled.current = focus.number;
    const field = focus.field;
    const within = (selector: string): HTMLElement | null => pane.current?.querySelector<HTMLElement>(selector) ?? null;
    let target: HTMLElement | null;
    if (field === "@name") target = within("[data-name]");
    else {
      const holders = [...pane.current.querySelectorAll<HTMLElement>("[data-path]")].filter((one) => field.startsWith(one.dataset.path ?? "?"));
      const holder = holders.at(-1);
      for (let outer = holder?.closest("details"); outer; outer = outer.parentElement?.closest("details")) outer.open = true;
      target = holder?.querySelector<HTMLElement>("input, textarea, select") ?? within(".fields input, .fields textarea, .fields select") ?? within("[data-name]");
    }
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
  }, [focus, node]);

  const close = <button type="button" className="square quiet" aria-label={words("details.close")} onClick={() => { togglePane("details", false); }}><X size={16} aria-hidden="true" /></button>;
  if (!node) return <aside ref={pane} className="details" aria-label={words("details.label")} tabIndex={-1}>{selection.length > 1 ? <p className="hint">{words("details.many", { count: selection.length })}</p> : <FlowSettings />}</aside>;

  const type = typeOf(catalog, node.type);
  const fields = type ? fieldsOf(type.schema, type.schema) : [];
  const own = (analysis?.diagnostics ?? []).filter((one) => one.node === node.id);
  const told = (problem: Diagnostic, path: string) => problem.field !== undefined && `/${problem.field.replaceAll(".", "/")}` === path;
  const paths = (path: string): readonly Diagnostic[] => own.filter((problem) => told(problem, path));
  const elsewhere = own.filter((problem) => problem.field === undefined || !fields.some((field) => `/${(problem.field ?? "").replaceAll(".", "/")}` === `/${field.key}`));
  return (
    <aside ref={pane} className="details" aria-label={words("details.label")} tabIndex={-1} onKeyDown={(event) => { if (event.key === "Escape") document.querySelector<HTMLElement>(".board")?.focus(); }}>
      <div className="details-inside" key={node.id}>
        <header className="details-head">
          <span className={`chip tone-${type?.meta.family ?? "none"}`}><Icon name={type?.meta.icon ?? "box"} /></span>
          <div><h2>{node.title ?? node.id}</h2><p>{type?.meta.title ?? node.type}</p></div>
          {close}
        </header>
        {type ? <p className="docs">{type.docs}</p> : null}
        {elsewhere.filter((one) => one.severity !== "hint").map((problem, index) => <Problem key={index} problem={problem} place={false} />)}
        <Fields
          fields={fields} path="" value={node.value} first={SEEN}
          desk={{ write: (path, value) => void setParameter(node.id, path, value), problems: paths }}
        />
        <Ways node={node} />
        <section className="ways">
          <h3>{words("details.name")}</h3>
          <Labelled label={words("details.name")} help={words("details.nameHelp")}>{(id) => <NameInput node={node} id={id} />}</Labelled>
          <Labelled label={words("details.title")} name="title" help={words("details.titleHelp")}>
            {(id, describedBy) => <TextInput widget={{ id, path: "/title", value: node.title ?? undefined, fallback: undefined, describedBy, label: "title", write: (value) => void setParameter(node.id, "/title", value) }} />}
          </Labelled>
          <div className="step-tools">
            {flow?.start === node.id ? <p className="hint">{words("details.isStart")}</p> : <button type="button" onClick={() => void setStart(node.id)}><Flag size={15} aria-hidden="true" /> {words("details.start")}</button>}
            <button type="button" aria-pressed={breakpoints.includes(node.id)} onClick={() => void toggleBreakpoint(node.id)}><CirclePause size={15} aria-hidden="true" /> {words("trial.breakpoint")}</button>
            <button type="button" onClick={() => void duplicate(node.id)}><CopyPlus size={15} aria-hidden="true" /> {words("details.copy")}</button>
            <button type="button" className="bad" onClick={() => void removeSteps([node.id])}><Trash2 size={15} aria-hidden="true" /> {words("details.remove")}</button>
          </div>
        </section>
      </div>
    </aside>
  );
}
