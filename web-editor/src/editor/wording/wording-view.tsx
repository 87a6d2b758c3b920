/** All wording of a flow in one table, a column for each locale. Typing is an edit like every other: it changes the bytes of that text. */
import { ArrowUpRight, Languages, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { ask } from "../../engine/client";
import type { Json, TextRow, TextTable } from "../../engine/protocol";
import { FIELD_MS } from "../../flow/limits";
import AudioInput from "../files/audio-input";
import { isMade, narrowed, valueOf, wordsOf } from "../../flow/wording";
import { filesOf, gesture } from "../document";
import { change, select, tell, togglePane, useEditor } from "../store";
import { useWords } from "../words/words";
import Exchange from "./exchange";
import "./exchange.css";

/** A cell: written when its letters rest, or when it is left. */
function Cell({ label, value, original, locale, rowKey, faint }: { label: string; value: Json; original: Json; locale: string | null; rowKey: string; faint: boolean }) {
  const words = useWords();
  const there = wordsOf(value);
  const [typed, setTyped] = useState<string | null>(null);
  const [bad, setBad] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  // What was written comes back by the table; until then it is what was typed.
  useEffect(() => { setTyped(null); }, [there]);
  const shown = typed ?? there;
  const write = (text: string) => {
    clearTimeout(timer.current);
    if (text === there) return;
    // An emptied translation is none; an emptied original would be a mistake, and is told as one.
    const next = text === "" && locale !== null ? null : valueOf(text, original);
    setBad(next === undefined);
    if (next !== undefined) void gesture([{ edit: "set-text", key: rowKey, locale, text: next }], `text:${rowKey}:${locale ?? ""}`);
  };
  return (
    <>
      <textarea
        aria-label={label} rows={Math.min(8, Math.max(1, shown.split("\n").length))} value={shown} spellCheck lang={locale ?? undefined} className={`${isMade(original) ? "mono" : ""}${faint ? " faint-cell" : ""}`} aria-invalid={bad}
        onChange={(event) => { const text = event.target.value; setTyped(text); clearTimeout(timer.current); timer.current = setTimeout(() => { write(text); }, FIELD_MS); }}
        onBlur={() => { if (typed !== null) write(typed); }}
      />
      {bad ? <p className="problem error" role="alert">{words("details.badJson")}</p> : null}
    </>
  );
}

/** The place of a recording: chosen, or uploaded for this locale. */
function SoundCell({ label, value, locale, rowKey }: { label: string; value: Json; locale: string | null; rowKey: string }) {
  const write = (next: Json | undefined) => { void gesture([{ edit: "set-text", key: rowKey, locale, text: next ?? null }]); };
  return <AudioInput widget={{ id: `sound-${rowKey}-${locale ?? ""}`, path: "", value: value ?? undefined, fallback: undefined, describedBy: undefined, label, write }} />;
}

function Row({ row, table }: { row: TextRow; table: TextTable }) {
  const words = useWords();
  const node = row.node;
  return (
    <tr>
      <th scope="row">
        <code>{row.key}</code>
        {node === null ? null : (
          <button type="button" className="link" onClick={() => { change({ view: "build" }); select([node]); togglePane("details", true); }}><ArrowUpRight size={13} aria-hidden="true" /> {words("wording.go", { name: node })}</button>
        )}
      </th>
      <td>{row.kind === "audio" ? <SoundCell label={`${row.key}, ${table.first ?? words("wording.original")}`} value={row.text} locale={null} rowKey={row.key} /> : <Cell label={`${row.key}, ${table.first ?? words("wording.original")}`} value={row.text} original={row.text} locale={null} rowKey={row.key} faint={false} />}</td>
      {table.locales.map((locale) => {
        const own = row.locales[locale];
        const state = own?.state ?? "optional";
        return (
          <td key={locale} className={`state-${state}`}>
            {row.kind === "audio" ? <SoundCell label={`${row.key}, ${locale}`} value={own?.text ?? null} locale={locale} rowKey={row.key} /> : <Cell label={`${row.key}, ${locale}`} value={own?.text ?? null} original={row.text} locale={locale} rowKey={row.key} faint={state === "optional"} />}
            {state === "missing" || state === "stale" ? <span className={`flag-text ${state}`}>{words(`wording.${state}`)}</span> : null}
            {state === "stale" && own && own.before !== null ? <p className="hint">{words("wording.before", { text: wordsOf(own.before) })} <button type="button" className="link" onClick={() => void gesture([{ edit: "set-text", key: row.key, locale, text: own.text }])}>{words("wording.stillRight")}</button></p> : null}
          </td>
        );
      })}
    </tr>
  );
}

export default function WordingView() {
  const words = useWords();
  const { file, history } = useEditor();
  const [table, setTable] = useState<TextTable | null>(null);
  const [typed, setTyped] = useState("");
  const [wish, setWish] = useState<"all" | "missing" | "stale">("all");
  useEffect(() => {
    let gone = false;
    ask("texts", { files: filesOf(file, history.texts) }).then((found) => { if (!gone) setTable(found); }, (error: unknown) => { if (!gone) tell(error instanceof Error ? error.message : String(error), true); });
    return () => { gone = true; };
  }, [file, history.texts]);
  const rows = useMemo(() => narrowed(table?.rows ?? [], typed, wish), [table, typed, wish]);
  const count = (state: string, locale: string): number => table?.rows.filter((row) => row.locales[locale]?.state === state).length ?? 0;
  return (
    <div className="wording">
      <header className="wording-head">
        <h2><Languages size={20} aria-hidden="true" /> {words("wording.title")}</h2>
        <label className="searching"><Search size={15} aria-hidden="true" /><input type="search" aria-label={words("wording.search")} placeholder={words("wording.search")} value={typed} onChange={(event) => { setTyped(event.target.value); }} /></label>
        <select aria-label={words("wording.show")} value={wish} onChange={(event) => { setWish(event.target.value as typeof wish); }}>
          {(["all", "missing", "stale"] as const).map((one) => <option key={one} value={one}>{words(`wording.wish.${one}`)}</option>)}
        </select>
        <p role="status" className="hint">{words("wording.rows", { count: rows.length })}</p>
        <span className="grow" />
        {table === null ? null : <Exchange locales={table.locales} />}
      </header>
      {table === null ? <p className="hint">{words("app.loading")}</p> : (
        <div className="wording-scroll" tabIndex={0} role="region" aria-label={words("wording.title")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{words("wording.key")}</th>
                <th scope="col">{table.first ?? words("wording.original")}</th>
                {table.locales.map((locale) => <th key={locale} scope="col">{locale} <small>{count("missing", locale) > 0 ? words("wording.missingCount", { count: count("missing", locale) }) : ""} {count("stale", locale) > 0 ? words("wording.staleCount", { count: count("stale", locale) }) : ""}</small></th>)}
              </tr>
            </thead>
            <tbody>{rows.map((row) => <Row key={row.key} row={row} table={table} />)}</tbody>
          </table>
          {rows.length === 0 ? <p className="hint">{words("wording.none")}</p> : null}
        </div>
      )}
    </div>
  );
}
