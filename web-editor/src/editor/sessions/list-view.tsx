/** The list of recorded sessions: newest first, narrowed by what the server knows of them and by what is typed. */
import { Radio, Search } from "lucide-react";
import { useMemo, useState } from "react";
import { useWords } from "../words/words";
import type { Query, SessionHead } from "./api";

const CHANNELS = ["voice", "webchat", "messaging", "video"];
const moment = (at: string): string => new Date(at).toLocaleString(document.documentElement.lang, { dateStyle: "short", timeStyle: "medium" });

export function ListView({ query, onQuery, sessions, chosen, onChoose, next, onMore, own }: {
  query: Query; onQuery: (query: Query) => void; sessions: readonly SessionHead[] | string | null; chosen: string | null; onChoose: (id: string | null) => void; next: string | null; onMore: () => void; own: string;
}) {
  const words = useWords();
  const [typed, setTyped] = useState("");
  const [contact, setContact] = useState(query.contact);
  const found = useMemo(() => {
    if (!Array.isArray(sessions)) return [];
    const wanted = typed.toLowerCase().split(/\s+/u).filter(Boolean);
    return (sessions as readonly SessionHead[]).filter((one) => {
      const all = `${one.id} ${one.flow} ${one.contact} ${one.channel} ${one.end_reason ?? ""} ${one.version}`.toLowerCase();
      return wanted.every((word) => all.includes(word));
    });
  }, [sessions, typed]);
  return (
    <nav className="session-list" aria-label={words("sessions.list")}>
      <div className="session-filters">
        <label className="searching"><Search size={15} aria-hidden="true" /><input type="search" aria-label={words("sessions.search")} placeholder={words("sessions.search")} value={typed} onChange={(event) => { setTyped(event.target.value); }} /></label>
        <select aria-label={words("sessions.flow")} value={query.flow} onChange={(event) => { onQuery({ ...query, flow: event.target.value }); }}>
          <option value={own}>{words("sessions.thisFlow")}</option><option value="">{words("sessions.allFlows")}</option>
        </select>
        <select aria-label={words("sessions.state")} value={query.state} onChange={(event) => { onQuery({ ...query, state: event.target.value }); }}>
          <option value="">{words("sessions.anyState")}</option><option value="active">{words("sessions.active")}</option><option value="ended">{words("sessions.ended")}</option>
        </select>
        <select aria-label={words("trial.channel")} value={query.channel} onChange={(event) => { onQuery({ ...query, channel: event.target.value }); }}>
          <option value="">{words("sessions.anyChannel")}</option>{CHANNELS.map((channel) => <option key={channel} value={channel}>{words(`trial.${channel}`)}</option>)}
        </select>
        <form onSubmit={(event) => { event.preventDefault(); onQuery({ ...query, contact: contact.trim() }); }}>
          <input aria-label={words("sessions.contact")} placeholder={words("sessions.contact")} value={contact} onChange={(event) => { setContact(event.target.value); }} onBlur={() => { if (contact.trim() !== query.contact) onQuery({ ...query, contact: contact.trim() }); }} />
        </form>
      </div>
      {typeof sessions === "string" ? <p className="hint" role="alert">{sessions}</p> : sessions === null ? <p className="hint">{words("app.loading")}</p> : found.length === 0 ? <p className="hint">{words("sessions.none")}</p> : null}
      <ul>
        {found.map((one) => (
          <li key={one.id}>
            <button type="button" className="session" aria-pressed={one.id === chosen} onClick={() => { onChoose(one.id === chosen ? null : one.id); }}>
              <b>{moment(one.started_at)}</b>
              <span className={`tag ${one.state === "active" ? "live" : ""}`}>{one.state === "active" ? <><Radio size={12} aria-hidden="true" /> {words("sessions.active")}</> : one.end_reason}</span>
              <small>{query.flow === "" ? `${one.flow} · ` : ""}{words(`trial.${one.channel}`)} · {one.contact || words("sessions.unknown")} · {words("sessions.turns", { count: one.turns })} · v{one.version}</small>
            </button>
          </li>
        ))}
      </ul>
      {next === null ? null : <button type="button" onClick={onMore}>{words("sessions.more")}</button>}
    </nav>
  );
}
