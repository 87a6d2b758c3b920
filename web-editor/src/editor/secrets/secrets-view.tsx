/** The secrets of flows: their names, who uses them, and a way to set and remove them. No value is ever shown. */
import { KeyRound, Plus, Trash2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import Confirm from "../home/confirm";
import { readUses, type Uses } from "../home/uses";
import Users from "../home/users";
import { useWork } from "../home/work";
import { tell } from "../store";
import { useWords } from "../words/words";
import { listSecrets, removeSecret, setSecret, type SecretHead, type SecretList } from "./secrets-api";

/** A row: a secret that there is, or a name that a flow asks for and that nobody has set. */
type Row = SecretHead | { name: string; source: null };

export function rowsOf(list: SecretList, uses: Uses): Row[] {
  const known = new Set(list.secrets.map(({ name }) => name));
  const wanted = Object.keys(uses.secrets).filter((name) => !known.has(name));
  return [...list.secrets, ...wanted.map((name) => ({ name, source: null }))].sort((one, other) => one.name.localeCompare(other.name));
}

function Setting({ name, taken, onDone, onCancel }: { name: string | null; taken: readonly string[]; onDone: () => Promise<unknown>; onCancel: () => void }) {
  const words = useWords();
  const { busy, failed, run } = useWork();
  const [typed, setTyped] = useState(name ?? "");
  const [value, setValue] = useState("");
  const [long, setLong] = useState(false);
  const replaces = taken.includes(typed.trim());
  const keep = () => {
    run(async () => {
      await setSecret(typed.trim(), value);
      setValue("");
      tell(words("secrets.kept", { name: typed.trim() }));
      await onDone();
    });
  };
  return (
    <form className="paper ask-form" aria-label={words(replaces ? "secrets.replace" : "secrets.new")} onSubmit={(event) => { event.preventDefault(); if (!busy) keep(); }}>
      <h2>{words(replaces ? "secrets.replace" : "secrets.new")}</h2>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      <label className="field"><span>{words("secrets.name")}</span><input required autoFocus={name === null} readOnly={name !== null} pattern="[A-Z][A-Z0-9_]*" title={words("secrets.rule")} autoCapitalize="characters" spellCheck={false} autoComplete="off" className="mono" value={typed} onChange={(event) => { setTyped(event.target.value); }} /></label>
      {name === null ? <p className="hint">{words("secrets.rule")}</p> : null}
      <label className="field"><span>{words("secrets.value")}</span>
        {long
          ? <textarea required rows={6} className="mono" spellCheck={false} autoComplete="off" value={value} onChange={(event) => { setValue(event.target.value); }} />
          : <input required autoFocus={name !== null} type="password" spellCheck={false} autoComplete="new-password" value={value} onChange={(event) => { setValue(event.target.value); }} />}
      </label>
      <label className="choice-line"><input type="checkbox" checked={long} onChange={(event) => { setLong(event.target.checked); }} /> {words("secrets.long")}</label>
      <p className="hint">{words("secrets.never")}</p>
      <div className="buttons"><button type="submit" className="primary" disabled={busy}>{words("secrets.keep")}</button><button type="button" onClick={onCancel}>{words("home.cancel")}</button></div>
    </form>
  );
}

export default function SecretsView() {
  const words = useWords();
  const [list, setList] = useState<SecretList | null>(null);
  const [uses, setUses] = useState<Uses>({ secrets: {}, tables: {}, files: {} });
  const { failed, run } = useWork();
  /** The secret that is set: its name, or an empty one for a new one. */
  const [setting, setSetting] = useState<string | null>(null);
  const [removing, setRemoving] = useState<string | null>(null);
  const read = useCallback(async () => {
    const [found, used] = await Promise.all([listSecrets(), readUses()]);
    setList(found);
    setUses(used);
  }, []);
  useEffect(() => { run(read); }, [read, run]);
  const rows = list === null ? [] : rowsOf(list, uses);
  const remove = (name: string) => {
    setRemoving(null);
    run(async () => {
      await removeSecret(name);
      tell(words("secrets.removed", { name }));
      await read();
    });
  };
  return (
    <>
      <div className="home-head">
        <div><h1>{words("secrets.title")}</h1><p>{words("secrets.lead")}</p></div>
        <button type="button" className="primary" disabled={list?.vault !== true} onClick={() => { setSetting(""); }}><Plus size={17} aria-hidden="true" /> {words("secrets.new")}</button>
      </div>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      {list?.vault === false ? <p className="note-warn">{words("secrets.locked")}</p> : null}
      {setting === null || list === null ? null : (
        <Setting key={setting} name={setting === "" ? null : setting} taken={list.secrets.map(({ name }) => name)} onDone={async () => { setSetting(null); await read(); }} onCancel={() => { setSetting(null); }} />
      )}
      {list !== null && rows.length === 0 ? <p className="hint">{words("secrets.none")}</p> : null}
      {rows.length === 0 || list === null ? null : (
        <div className="paper scrolls">
          <table className="list-table">
            <thead><tr><th scope="col">{words("secrets.name")}</th><th scope="col">{words("secrets.from")}</th><th scope="col">{words("places.usedBy")}</th><th scope="col"><span className="spoken">{words("people.actions")}</span></th></tr></thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name}>
                  <th scope="row"><code>{row.name}</code></th>
                  <td>
                    {row.source === null ? <strong className="missing">{words("secrets.unset")}</strong> : words(`secrets.source.${row.source}`)}
                    {row.source === "vault" && row.updated_at !== undefined ? <small>{words("secrets.setAt", { at: new Date(row.updated_at).toLocaleString(document.documentElement.lang) })}</small> : null}
                  </td>
                  <td><Users flows={uses.secrets[row.name]} /></td>
                  <td>
                    <div className="buttons">
                      <button type="button" disabled={!list.vault} aria-label={words(row.source === null ? "secrets.setOne" : "secrets.replaceOne", { name: row.name })} onClick={() => { setSetting(row.name); }}><KeyRound size={15} aria-hidden="true" /> {words(row.source === null ? "secrets.set" : "secrets.replaceIt")}</button>
                      {row.source === "vault" ? <button type="button" className="square bad" aria-label={words("secrets.removeOne", { name: row.name })} title={words("secrets.removeOne", { name: row.name })} onClick={() => { setRemoving(row.name); }}><Trash2 size={15} aria-hidden="true" /></button> : null}
                    </div>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {removing === null ? null : (
        <Confirm title={words("secrets.removeOne", { name: removing })} act={words("people.remove")} onYes={() => { remove(removing); }} onNo={() => { setRemoving(null); }}>
          <p>{words("secrets.removeWhy")}</p>
          {(uses.secrets[removing] ?? []).length === 0 ? null : <><p>{words("places.usedBy")}:</p><Users flows={uses.secrets[removing]} /></>}
        </Confirm>
      )}
    </>
  );
}
