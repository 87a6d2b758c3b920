/** One recorded session: its transcript, any moment of it with its variables, held against the draft, kept as a test. */
import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, GitCompareArrows, Radio, Save, X } from "lucide-react";
import { useState } from "react";
import { filesOf } from "../document";
import { state, tell } from "../store";
import { Variables } from "../trial/details";
import { keepTalk } from "../trial/run";
import { Transcript } from "../trial/transcript";
import type { Outcome } from "../versions/releases";
import { useWords } from "../words/words";
import { holdAgainst, talkOfSession, type Story } from "./api";

/** The draft as the server takes it: the document, and its texts by locale. */
function draft(): { source: string; texts: Record<string, string> } {
  const { file, history } = state();
  const { flow, texts } = filesOf(file, history.texts);
  const stem = file.replace(/\.[^.]+$/u, "");
  return { source: flow.text, texts: Object.fromEntries(texts.map(({ name, text }) => [name.slice(stem.length + 1).replace(/\.[^.]+$/u, ""), text])) };
}

function Against({ outcome }: { outcome: Outcome & { turns?: number } }) {
  const words = useWords();
  if (outcome.outcome === "same") return <p role="status" className="good">{words("sessions.same", { count: outcome.turns ?? 0 })}</p>;
  if (outcome.outcome === "broken") return <p role="status">{words("sessions.broken", { why: outcome.message })}</p>;
  return (
    <div role="status" className="diverges">
      <p><b>{words("sessions.parts", { node: outcome.place?.node, turn: outcome.turn })}</b> {outcome.event}</p>
      <dl className="then-now"><dt>{words("history.then")}</dt><dd>{outcome.recorded}</dd><dt>{words("history.now")}</dt><dd>{outcome.candidate}</dd></dl>
    </div>
  );
}

export function StoryView({ story, at, onAt, outcome, onOutcome, onClose }: {
  story: Story; at: number; onAt: (at: number) => void; outcome: (Outcome & { turns?: number }) | null; onOutcome: (outcome: Outcome & { turns?: number }) => void; onClose: () => void;
}) {
  const words = useWords();
  const [about, setAbout] = useState<string | null>(null);
  const { session, steps } = story;
  const last = steps.length - 1;
  const shown = steps[at];
  const own = session.flow === state().id;
  const failed = (error: unknown): void => { tell(error instanceof Error ? error.message : String(error), true); };
  return (
    <section className="trial story" aria-label={words("sessions.one")}>
      <header className="trial-head">
        <h2>{words("sessions.one")}</h2>
        {session.state === "active" ? <span className="tag live"><Radio size={12} aria-hidden="true" /> {words("sessions.active")}</span> : <span className="tag">{session.end_reason}</span>}
        <button type="button" className="square quiet" aria-label={words("details.close")} onClick={onClose}><X size={16} aria-hidden="true" /></button>
      </header>
      <p className="hint">{session.id} · {session.flow} v{session.version} · {session.contact || words("sessions.unknown")}</p>
      {story.broken === null ? null : <p className="trial-error">{words("sessions.untold", { why: story.broken })}</p>}
      {story.more ? <p className="hint">{words("sessions.longer", { count: steps.length })}</p> : null}
      <div className="timeline">
        <input type="range" min={0} max={Math.max(last, 0)} value={at} aria-label={words("sessions.timeline")} aria-valuetext={shown ? `${at + 1}: ${shown.node}` : ""} onChange={(event) => { onAt(event.target.valueAsNumber); }} />
        <div className="buttons">
          <button type="button" className="square" disabled={at <= 0} aria-label={words("sessions.first")} onClick={() => { onAt(0); }}><ChevronFirst size={16} aria-hidden="true" /></button>
          <button type="button" className="square" disabled={at <= 0} aria-label={words("trial.back")} onClick={() => { onAt(at - 1); }}><ChevronLeft size={16} aria-hidden="true" /></button>
          <button type="button" className="square" disabled={at >= last} aria-label={words("trial.forth")} onClick={() => { onAt(at + 1); }}><ChevronRight size={16} aria-hidden="true" /></button>
          <button type="button" className="square" disabled={at >= last} aria-label={words("sessions.last")} onClick={() => { onAt(last); }}><ChevronLast size={16} aria-hidden="true" /></button>
          <span className="clock" role="status">{words("trial.step", { number: at + 1 })} / {steps.length}{shown ? ` · ${new Date(shown.at).toLocaleTimeString(document.documentElement.lang)} · ${shown.node}` : ""}</span>
        </div>
      </div>
      <div className="transcript" role="log" aria-label={words("trial.transcript")} tabIndex={0}>
        <Transcript steps={steps} at={at} onPick={onAt} />
        {story.ended === null || at < last ? null : <p className="over">{words("trial.ended", { reason: story.ended })}</p>}
      </div>
      {shown ? <Variables values={shown.variables} /> : null}
      {own ? (
        <div className="buttons">
          <button type="button" onClick={() => { const { source, texts } = draft(); holdAgainst(session.id, source, texts).then(onOutcome, failed); }}><GitCompareArrows size={15} aria-hidden="true" /> {words("sessions.against")}</button>
          {about === null ? <button type="button" onClick={() => { setAbout(""); }}><Save size={15} aria-hidden="true" /> {words("trial.keep")}</button> : (
            <form className="keeping" onSubmit={(event) => { event.preventDefault(); const name = about.trim(); if (name === "") return; talkOfSession(session.id, name).then((talk) => { keepTalk(name, talk); setAbout(null); }, failed); }}>
              <input autoFocus aria-label={words("trial.keepName")} placeholder={words("trial.keepName")} value={about} onChange={(event) => { setAbout(event.target.value); }} />
              <button type="submit" className="primary">{words("trial.keepIt")}</button>
            </form>
          )}
        </div>
      ) : null}
      {outcome ? <Against outcome={outcome} /> : null}
    </section>
  );
}
