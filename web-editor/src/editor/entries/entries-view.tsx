/** The doors: which number, chat, webhook or event leads to which flow. Those of the configuration are shown, the others are made here. */
import { CalendarClock, Copy, MessageCircle, Pencil, Phone, Plus, Trash2, Webhook } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import Confirm from "../home/confirm";
import { useMay } from "../home/places";
import { useWork } from "../home/work";
import { listSecrets } from "../secrets/secrets-api";
import { listFlows, type FlowHead } from "../server";
import { tell } from "../store";
import { useWords } from "../words/words";
import { doorless, doorOf, kindOf, shares, wayIn } from "./draft";
import { listEntries, removeEntry, sipAddress, type EntryList, type EntryPoint } from "./entries-api";
import EntryForm from "./entry-form";
import TryChat from "./try-chat";

const ICONS = { number: Phone, chat: MessageCircle, webhook: Webhook, event: CalendarClock };

/** Flows that are named before the rest is only counted. */
const NAMED = 6;

function Way({ text }: { text: string }) {
  const words = useWords();
  const copy = () => {
    navigator.clipboard.writeText(text).then(() => { tell(words("entries.copied")); }, () => { tell(text); });
  };
  return (
    <span className="way"><code title={text}>{text}</code><button type="button" className="square quiet" aria-label={words("entries.copy", { text })} title={words("entries.copyIt")} onClick={copy}><Copy size={14} aria-hidden="true" /></button></span>
  );
}

function Row({ point, flows, sip, may, onEdit, onRemove, onTry }: { point: EntryPoint; flows: readonly FlowHead[]; sip: string | null; may: boolean; onEdit: () => void; onRemove: () => void; onTry: () => void }) {
  const words = useWords();
  const { entry } = point;
  const kind = kindOf(entry);
  const Icon = ICONS[kind];
  const door = doorOf(entry);
  const name = door === "" ? words("entries.others") : door;
  const parts = shares(entry.flows);
  const way = wayIn(entry, location.origin, sip);
  const chats = kind === "chat" && point.in_force && point.silent.length < entry.flows.length;
  return (
    <tr>
      <th scope="row">
        <span className="door-name"><Icon size={17} aria-hidden="true" /> <span>{name}</span></span>
        <small>{words(`entries.kinds.${kind}`)}{point.signed ? ` · ${words("entries.signed")}` : ""}</small>
      </th>
      <td>
        <ul className="leads">
          {entry.flows.map((lead, at) => {
            const silent = point.silent.find(({ flow }) => flow === lead.flow);
            const title = flows.find(({ id }) => id === lead.flow)?.title;
            return (
              <li key={lead.flow}>
                <a href={`#/${lead.flow}`}>{title === undefined || title === "" ? lead.flow : title}</a>{entry.flows.length > 1 ? ` ${words("entries.share", { percent: parts[at] ?? 0 })}` : ""}
                {silent === undefined ? null : <strong className="missing">{words(`entries.silent.${silent.why}`)}</strong>}
              </li>
            );
          })}
        </ul>
        {entry.locale === undefined ? null : <small>{words("entries.speaks", { locale: entry.locale })}</small>}
        {point.in_force ? null : <strong className="missing">{words("entries.overruled")}</strong>}
      </td>
      <td>{way === null ? null : <Way text={way} />}</td>
      <td><small>{words(`entries.source.${point.source}`)}</small></td>
      <td>
        <div className="buttons">
          {chats ? <button type="button" aria-label={words("entries.tryOne", { name })} onClick={onTry}><MessageCircle size={15} aria-hidden="true" /> {words("entries.try")}</button> : null}
          {point.source === "made" && may ? (
            <>
              <button type="button" className="square" aria-label={words("entries.changeOne", { name })} title={words("entries.changeOne", { name })} onClick={onEdit}><Pencil size={15} aria-hidden="true" /></button>
              <button type="button" className="square bad" aria-label={words("entries.removeOne", { name })} title={words("entries.removeOne", { name })} onClick={onRemove}><Trash2 size={15} aria-hidden="true" /></button>
            </>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

export default function EntriesView() {
  const words = useWords();
  const may = useMay("publish");
  const seesSecrets = useMay("secrets");
  const [list, setList] = useState<EntryList | null>(null);
  const [flows, setFlows] = useState<FlowHead[]>([]);
  const [sip, setSip] = useState<string | null>(null);
  const [secrets, setSecrets] = useState<string[]>([]);
  const { failed, run } = useWork();
  /** The entry that is written: null for a new one. */
  const [editing, setEditing] = useState<{ point: EntryPoint | null } | null>(null);
  const [removing, setRemoving] = useState<EntryPoint | null>(null);
  const [trying, setTrying] = useState<string | null>(null);
  const read = useCallback(async () => {
    const [found, known, address] = await Promise.all([listEntries(), listFlows(), sipAddress()]);
    // What can be changed here stands above what is only shown.
    setList({ ...found, entries: [...found.entries.filter(({ source }) => source === "made"), ...found.entries.filter(({ source }) => source !== "made")] });
    setFlows(known);
    setSip(address);
  }, []);
  useEffect(() => { run(read); }, [read, run]);
  useEffect(() => {
    // Names are offered where they may be seen; whoever may not types one.
    if (seesSecrets) listSecrets().then((found) => { setSecrets(found.secrets.map(({ name }) => name)); }, () => { setSecrets([]); });
  }, [seesSecrets]);
  const lonely = list === null ? [] : doorless(flows, list.entries);
  const remove = (point: EntryPoint) => {
    setRemoving(null);
    run(async () => {
      await removeEntry(point.id, point.etag ?? "").finally(read);
      tell(words("entries.removed"));
    });
  };
  return (
    <>
      <div className="home-head">
        <div><h1>{words("places.entries")}</h1><p>{words("entries.lead")}</p></div>
        {may ? <button type="button" className="primary" onClick={() => { setEditing({ point: null }); }}><Plus size={17} aria-hidden="true" /> {words("entries.new")}</button> : null}
      </div>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      {editing === null || list === null ? null : (
        <EntryForm
          key={editing.point?.id ?? ""} point={editing.point} flows={flows} secrets={secrets} mustSign={list.must_sign}
          onDone={async () => { setEditing(null); tell(words("entries.kept")); await read(); }} onCancel={() => { setEditing(null); run(read); }}
        />
      )}
      {lonely.length === 0 ? null : (
        <p className="note-warn">{words("entries.lonely", { count: lonely.length })} {lonely.slice(0, NAMED).map(({ id, title }, at) => <span key={id}>{at > 0 ? ", " : ""}<a href={`#/${id}`}>{title === "" ? id : title}</a></span>)}{lonely.length > NAMED ? ` ${words("entries.more", { count: lonely.length - NAMED })}` : ""}</p>
      )}
      {list !== null && list.entries.length === 0 ? <p className="hint">{words("entries.none")}</p> : null}
      {list === null || list.entries.length === 0 ? null : (
        <div className="paper scrolls" role="region" aria-label={words("places.entries")} tabIndex={0}>
          <table className="list-table doors">
            <thead><tr><th scope="col">{words("entries.kind")}</th><th scope="col">{words("entries.answers")}</th><th scope="col">{words("entries.way")}</th><th scope="col">{words("entries.from")}</th><th scope="col"><span className="spoken">{words("people.actions")}</span></th></tr></thead>
            <tbody>
              {list.entries.map((point) => (
                <Row key={point.id} point={point} flows={flows} sip={sip} may={may} onEdit={() => { setEditing({ point }); }} onRemove={() => { setRemoving(point); }} onTry={() => { setTrying(doorOf(point.entry)); }} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {removing === null ? null : (
        <Confirm title={words("entries.removeOne", { name: doorOf(removing.entry) })} act={words("people.remove")} onYes={() => { remove(removing); }} onNo={() => { setRemoving(null); }}>
          <p>{words(`entries.removeWhy.${kindOf(removing.entry)}`)}</p>
        </Confirm>
      )}
      {trying === null ? null : <TryChat door={trying} onClose={() => { setTrying(null); }} />}
    </>
  );
}
