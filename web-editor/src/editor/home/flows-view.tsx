/** The flows: choose one to change it, or begin a new one that can be called at once. */
import { FileText, Plus, Search } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { idOf } from "../../flow/names";
import { createFlow, listFlows, type FlowHead } from "../server";
import { tell } from "../store";
import { useWords } from "../words/words";

const KINDS = ["ivr", "chatbot", "routing", "outbound", "library"];

/** A flow that works from its first minute. JSON writes every text safely, and is YAML, too. */
function firstText(id: string, title: string, kind: string, hello: string): string {
  const quoted = (text: string): string => JSON.stringify(text);
  return `offhook: 1\nid: ${id}\ntitle: ${quoted(title)}\nkind: ${kind}\nstart: hello\n\nnodes:\n  hello:\n    type: say\n    text: ${quoted(hello)}\n    next: end\n`;
}

function NewFlow({ onDone, onCancel }: { onDone: (id: string) => void; onCancel: () => void }) {
  const words = useWords();
  const [title, setTitle] = useState("");
  const [kind, setKind] = useState("ivr");
  const id = idOf(title);
  const create = async () => {
    try {
      await createFlow(id, firstText(id, title.trim(), kind, words("home.hello", { name: title.trim() })));
      onDone(id);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), true);
    }
  };
  return (
    <form className="paper new-flow" onSubmit={(event) => { event.preventDefault(); if (id !== "") void create(); }}>
      <h2>{words("home.new")}</h2>
      <label className="field"><span>{words("home.name")}</span><input autoFocus value={title} onChange={(event) => { setTitle(event.target.value); }} /></label>
      <label className="field"><span>{words("home.kind")}</span><select value={kind} onChange={(event) => { setKind(event.target.value); }}>{KINDS.map((one) => <option key={one} value={one}>{words(`home.kinds.${one}`)}</option>)}</select></label>
      <div className="buttons"><button type="submit" className="primary" disabled={id === ""}>{words("home.create")}</button><button type="button" onClick={onCancel}>{words("home.cancel")}</button></div>
    </form>
  );
}

export default function FlowsView() {
  const words = useWords();
  const [flows, setFlows] = useState<FlowHead[] | null>(null);
  const [search, setSearch] = useState("");
  const [making, setMaking] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  useEffect(() => {
    listFlows().then(setFlows, (error: unknown) => { setFailed(error instanceof Error ? error.message : String(error)); });
  }, []);
  const shown = useMemo(() => {
    const wanted = search.toLowerCase().split(/\s+/u).filter(Boolean);
    return (flows ?? []).filter((flow) => wanted.every((word) => `${flow.title} ${flow.id} ${flow.description} ${flow.kind}`.toLowerCase().includes(word)));
  }, [flows, search]);
  return (
    <>
      <div className="home-head">
        <div><h1>{words("home.title")}</h1><p>{words("home.lead")}</p></div>
        <button type="button" className="primary" onClick={() => { setMaking(true); }}><Plus size={17} aria-hidden="true" /> {words("home.new")}</button>
      </div>
      {making ? <NewFlow onDone={(id) => { location.hash = `#/${id}`; }} onCancel={() => { setMaking(false); }} /> : null}
      <label className="search"><Search size={17} aria-hidden="true" /><input type="search" aria-label={words("home.search")} placeholder={words("home.search")} value={search} onChange={(event) => { setSearch(event.target.value); }} /></label>
      {failed === null ? null : <p role="alert" className="trial-error">{words("home.failed", { why: failed })}</p>}
      {flows === null && failed === null ? <p className="hint">{words("app.loading")}</p> : null}
      <ul className="flow-cards">
        {shown.map((flow) => (
          <li key={flow.id}>
            <a href={`#/${flow.id}`}>
              <span className={`chip kind-${flow.kind}`}><FileText size={18} aria-hidden="true" /></span>
              <span><b>{flow.title || flow.id}</b><small>{flow.description}</small>
                <span className="marks"><code>{flow.id}</code> {words(`home.kinds.${flow.kind}`)}{flow.diagnostics > 0 ? <em> {words("home.problems", { count: flow.diagnostics })}</em> : null}</span></span>
            </a>
          </li>
        ))}
      </ul>
      {flows !== null && shown.length === 0 ? <p className="hint">{words("home.none")}</p> : null}
    </>
  );
}
