/** To translators and back: a file for a locale, and a look at what one would change before it does. Taking one back is one step of the history. */
import { Download, Upload } from "lucide-react";
import { useRef, useState } from "react";
import type { Json } from "../../engine/protocol";
import { wordsOf } from "../../flow/wording";
import { gesture } from "../document";
import { download } from "../files/files-api";
import { useWork } from "../home/work";
import { tell } from "../store";
import { useWords } from "../words/words";
import { handOut, takeBack, type TakenBack } from "./exchange-api";

/** Bytes of a file that comes back: what the server takes as one request, with room for the flow. */
const FILE_BYTES = 8_000_000;

/** Changes that are shown; the rest is counted. */
const SHOWN = 200;

const shown = (value: Json): string => wordsOf(value);

function Looking({ back, onDone }: { back: TakenBack; onDone: () => void }) {
  const words = useWords();
  const lists = (["outdated", "incomplete", "unknown", "refused"] as const).filter((list) => back[list].length > 0);
  const apply = () => {
    onDone();
    void gesture(back.edits).then((done) => { if (done) tell(words("exchange.taken", { count: back.changes.length, locale: back.locale })); });
  };
  return (
    <dialog className="asks looking" aria-label={words("exchange.look", { locale: back.locale })} ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={onDone}>
      <h2>{words("exchange.look", { locale: back.locale })}</h2>
      <p>{back.changes.length === 0 ? words("exchange.nothing") : words("exchange.changes", { count: back.changes.length })}</p>
      {back.changes.length === 0 ? null : (
        <div className="grid-scroll" role="region" aria-label={words("exchange.changed")} tabIndex={0}>
          <table className="list-table">
            <thead><tr><th scope="col">{words("wording.key")}</th><th scope="col">{words("exchange.now")}</th><th scope="col">{words("exchange.then")}</th></tr></thead>
            <tbody>{back.changes.slice(0, SHOWN).map(({ key, before, after }) => <tr key={key}><th scope="row"><code>{key}</code></th><td lang={back.locale}>{before === null ? <span className="hint">{words("wording.missing")}</span> : shown(before)}</td><td lang={back.locale}>{shown(after)}</td></tr>)}</tbody>
          </table>
        </div>
      )}
      {back.changes.length > SHOWN ? <p className="hint">{words("entries.more", { count: back.changes.length - SHOWN })}</p> : null}
      {lists.map((list) => <details key={list}><summary>{words(`exchange.${list}`, { count: back[list].length })}</summary><ul>{back[list].map((one) => <li key={one}><code>{one}</code></li>)}</ul></details>)}
      <div className="buttons">
        <button type="button" className="primary" disabled={back.edits.length === 0} onClick={apply}>{words("exchange.take")}</button>
        <button type="button" autoFocus onClick={onDone}>{words("home.cancel")}</button>
      </div>
    </dialog>
  );
}

export default function Exchange({ locales }: { locales: readonly string[] }) {
  const words = useWords();
  const { busy, failed, run } = useWork();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setLocale] = useState("");
  const [format, setFormat] = useState<"po" | "xliff">("xliff");
  const [open, setOpen] = useState(false);
  const [back, setBack] = useState<TakenBack | null>(null);
  const locale = locales.includes(chosen) ? chosen : (locales[0] ?? "");
  const get = () => {
    run(async () => {
      const made = await handOut(locale, format, open);
      download(made.name, new Blob([made.file], { type: "text/plain" }));
      tell(words("exchange.handed", { count: made.texts, name: made.name }));
    });
  };
  const take = (file: File | undefined) => {
    if (file === undefined) return;
    run(async () => {
      if (file.size > FILE_BYTES) throw new Error(words("exchange.tooLarge"));
      setBack(await takeBack(await file.text()));
    });
  };
  return (
    <>
      <details className="exchange">
        <summary>{words("exchange.title")}</summary>
        <div className="exchange-sheet">
          {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
          {locales.length === 0 ? <p className="hint">{words("exchange.noLocale")}</p> : (
            <form className="paper" onSubmit={(event) => { event.preventDefault(); get(); }}>
              <h3>{words("exchange.to")}</h3>
              <label className="field"><span>{words("exchange.locale")}</span><select value={locale} onChange={(event) => { setLocale(event.target.value); }}>{locales.map((one) => <option key={one}>{one}</option>)}</select></label>
              <label className="field"><span>{words("exchange.format")}</span><select value={format} onChange={(event) => { setFormat(event.target.value as typeof format); }}><option value="xliff">XLIFF 2</option><option value="po">PO (gettext)</option></select></label>
              <label className="choice-line"><input type="checkbox" checked={open} onChange={(event) => { setOpen(event.target.checked); }} /> {words("exchange.open")}</label>
              <button type="submit" disabled={busy}><Download size={15} aria-hidden="true" /> {words("exchange.get")}</button>
            </form>
          )}
          <div className="paper">
            <h3>{words("exchange.from")}</h3>
            <p className="hint">{words("exchange.fromLead")}</p>
            <button type="button" disabled={busy} onClick={() => { input.current?.click(); }}><Upload size={15} aria-hidden="true" /> {words("exchange.choose")}</button>
            <input ref={input} type="file" hidden accept=".po,.xlf,.xliff" aria-label={words("exchange.choose")} tabIndex={-1} onChange={(event) => { take(event.target.files?.[0]); event.target.value = ""; }} />
          </div>
        </div>
      </details>
      {back === null ? null : <Looking back={back} onDone={() => { setBack(null); }} />}
    </>
  );
}
