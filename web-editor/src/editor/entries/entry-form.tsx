/** One entry point, new or as it is: its door, the flows behind it and their weights. */
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useWork } from "../home/work";
import type { FlowHead } from "../server";
import { useWords } from "../words/words";
import { draftOf, empty, kinds, shares, writtenOf, type Draft, type Kind } from "./draft";
import { keepEntry, type EntryPoint, type Lead } from "./entries-api";

/** As the server has them: what is refused there is not offered here. */
const FLOWS = 16;
const INPUTS = 64;
const WEIGHT = 1_000;

interface FormProps {
  /** The entry that is changed; null for a new one. */
  point: EntryPoint | null;
  flows: readonly FlowHead[];
  /** The names of secrets, where they may be seen. */
  secrets: readonly string[];
  mustSign: boolean;
  onDone: () => Promise<unknown>;
  onCancel: () => void;
}

function Flows({ leads, flows, onChange }: { leads: Lead[]; flows: readonly FlowHead[]; onChange: (leads: Lead[]) => void }) {
  const words = useWords();
  const parts = shares(leads);
  const put = (at: number, lead: Partial<Lead>) => { onChange(leads.map((one, index) => (index === at ? { ...one, ...lead } : one))); };
  return (
    <fieldset className="when">
      <legend>{words("entries.answers")}</legend>
      {leads.map((lead, at) => (
        <div key={at} className="lead">
          <select required aria-label={words("entries.flowNumber", { number: at + 1 })} value={lead.flow} onChange={(event) => { put(at, { flow: event.target.value }); }}>
            <option value="">{words("entries.choose")}</option>
            {lead.flow !== "" && !flows.some(({ id }) => id === lead.flow) ? <option value={lead.flow}>{lead.flow}</option> : null}
            {flows.filter(({ id, kind }) => kind !== "library" && (id === lead.flow || !leads.some(({ flow }) => flow === id))).map(({ id, title }) => <option key={id} value={id}>{title === "" ? id : `${title} (${id})`}</option>)}
          </select>
          {leads.length > 1 ? (
            <>
              <input type="number" required min={1} max={WEIGHT} aria-label={words("entries.weightNumber", { number: at + 1 })} value={lead.weight} onChange={(event) => { put(at, { weight: event.target.valueAsNumber || 0 }); }} />
              <span className="hint">{words("entries.share", { percent: parts[at] ?? 0 })}</span>
              <button type="button" className="square quiet" aria-label={words("entries.without", { number: at + 1 })} onClick={() => { onChange(leads.filter((_, index) => index !== at)); }}><X size={15} aria-hidden="true" /></button>
            </>
          ) : null}
        </div>
      ))}
      {leads.length < FLOWS ? <button type="button" className="link" onClick={() => { onChange([...leads, { flow: "", weight: 1 }]); }}>{words("entries.another")}</button> : null}
      {leads.length > 1 ? <p className="hint">{words("entries.stays")}</p> : null}
    </fieldset>
  );
}

function Mapping({ draft, put }: { draft: Draft; put: (part: Partial<Draft>) => void }) {
  const words = useWords();
  const { inputs } = draft;
  const set = (at: number, name: string, pointer: string) => { put({ inputs: inputs.map((one, index) => (index === at ? [name, pointer] : one)) }); };
  return (
    <fieldset className="when">
      <legend>{words("entries.carries")}</legend>
      <p className="hint">{words("entries.pointer")}</p>
      <label className="field"><span>{words("entries.contact")}</span><input className="mono" spellCheck={false} placeholder="/data/telephone" value={draft.contact} onChange={(event) => { put({ contact: event.target.value }); }} /></label>
      {inputs.map(([name, pointer], at) => (
        <div key={at} className="lead">
          <input className="mono" aria-label={words("entries.inputNumber", { number: at + 1 })} placeholder="order" value={name} onChange={(event) => { set(at, event.target.value, pointer); }} />
          <input className="mono" aria-label={words("entries.placeNumber", { number: at + 1 })} placeholder="/data/order" value={pointer} onChange={(event) => { set(at, name, event.target.value); }} />
          <button type="button" className="square quiet" aria-label={words("entries.withoutInput", { number: at + 1 })} onClick={() => { put({ inputs: inputs.filter((_, index) => index !== at) }); }}><X size={15} aria-hidden="true" /></button>
        </div>
      ))}
      {inputs.length < INPUTS ? <button type="button" className="link" onClick={() => { put({ inputs: [...inputs, ["", ""]] }); }}><Plus size={14} aria-hidden="true" /> {words("entries.input")}</button> : null}
    </fieldset>
  );
}

export default function EntryForm({ point, flows, secrets, mustSign, onDone, onCancel }: FormProps) {
  const words = useWords();
  const { busy, failed, run } = useWork();
  const [draft, setDraft] = useState<Draft>(() => (point === null ? empty() : draftOf(point.entry)));
  const put = (part: Partial<Draft>) => { setDraft((now) => ({ ...now, ...part })); };
  const title = words(point === null ? "entries.new" : "entries.change");
  const locales = [...new Set(draft.flows.flatMap(({ flow }) => flows.find(({ id }) => id === flow)?.locales ?? []))];
  const keep = () => {
    const base = point?.etag === undefined ? null : { id: point.id, etag: point.etag };
    run(async () => {
      await keepEntry(writtenOf(draft), base);
      await onDone();
    });
  };
  return (
    <form className="paper ask-form" aria-label={title} onSubmit={(event) => { event.preventDefault(); if (!busy) keep(); }}>
      <h2>{title}</h2>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      <label className="field"><span>{words("entries.kind")}</span>
        <select autoFocus value={draft.kind} onChange={(event) => { put({ kind: event.target.value as Kind }); }}>{kinds.map((kind) => <option key={kind} value={kind}>{words(`entries.kinds.${kind}`)}</option>)}</select>
      </label>
      <label className="field"><span>{words(`entries.door.${draft.kind}`)}</span>
        <input className="mono" required={draft.kind !== "number"} spellCheck={false} autoComplete="off" {...(draft.kind === "webhook" ? { pattern: "[a-z0-9\\-]+" } : {})} value={draft.door} onChange={(event) => { put({ door: event.target.value }); }} />
      </label>
      <p className="hint">{words(`entries.rule.${draft.kind}`)}</p>
      <Flows leads={draft.flows} flows={flows} onChange={(leads) => { put({ flows: leads }); }} />
      {locales.length > 1 || draft.locale !== "" ? (
        <label className="field"><span>{words("entries.locale")}</span>
          <select value={draft.locale} onChange={(event) => { put({ locale: event.target.value }); }}><option value="">{words("entries.firstLocale")}</option>{[...new Set([...locales, ...(draft.locale === "" ? [] : [draft.locale])])].map((locale) => <option key={locale} value={locale}>{locale}</option>)}</select>
        </label>
      ) : null}
      {draft.kind === "webhook" ? (
        <>
          <label className="field"><span>{words("entries.secret")}</span>
            <input className="mono" list="entry-secrets" required={mustSign} spellCheck={false} autoComplete="off" placeholder="ORDERS_KEY" value={draft.secret} onChange={(event) => { put({ secret: event.target.value }); }} />
          </label>
          <datalist id="entry-secrets">{secrets.map((name) => <option key={name} value={name} />)}</datalist>
          <p className="hint">{words(mustSign ? "entries.mustSign" : "entries.maySign")}</p>
        </>
      ) : null}
      {draft.kind === "webhook" || draft.kind === "event" ? <Mapping draft={draft} put={put} /> : null}
      <div className="buttons"><button type="submit" className="primary" disabled={busy}>{words("entries.keep")}</button><button type="button" onClick={onCancel}>{words("home.cancel")}</button></div>
    </form>
  );
}
