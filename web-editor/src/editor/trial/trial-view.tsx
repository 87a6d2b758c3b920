/** Trying the flow: a telephone or a chat beside the canvas, run by the interpreter that serves the calls. Time is virtual, services answer what one says. */
import { ArrowLeft, ArrowRight, CirclePause, Clock, Play, StepForward, PhoneOff, RotateCcw, Save, SendHorizontal, VolumeX, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { JsonMap, Trial } from "../../engine/protocol";
import { plainOf } from "../../flow/schema";
import { change, state, togglePane, useEditor } from "../store";
import { useWords } from "../words/words";
import { nameOf } from "../steps";
import { act, answer, forget, goOn, keep, pause, rerun, restart, returnTo, stepBack, stepForth } from "./run";
import { Variables } from "./details";
import { Tests } from "./tests-view";
import { Transcript } from "./transcript";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** What the flow listens for right now, as far as buttons can show it. */
function offered(trial: Trial | null): { id: string; label: string }[] {
  const said = trial?.steps.flatMap((step) => step.commands) ?? [];
  const last = [...said].reverse().find((command) => command.listen !== undefined)?.listen;
  const choices = (last?.choices ?? []) as JsonMap[];
  return choices.map((choice) => ({ id: plainOf(choice.id), label: plainOf(choice.label ?? choice.id) }));
}

function Asking({ asks }: { asks: NonNullable<Trial["asks"]> }) {
  const words = useWords();
  const suggested = useEditor((now) => now.analysis?.mocks[asks.node]);
  const [text, setText] = useState('{ "json": {} }');
  const known = suggested === undefined ? null : JSON.stringify(suggested, null, 2);
  return (
    <section className="asking" aria-label={words("trial.mocks")}>
      <p>{words("trial.asks", { node: asks.node })}</p>
      <pre tabIndex={0}>{`${asks.service} ${JSON.stringify(asks.request, null, 2)}`}</pre>
      <textarea className="mono" rows={3} value={text} aria-label={words("trial.answer")} spellCheck={false} onChange={(event) => { setText(event.target.value); }} />
      <div className="buttons">
        <button type="button" className="primary" onClick={() => void answer(asks.node, text)}>{words("trial.answer")}</button>
        {known === null ? null : <button type="button" onClick={() => void answer(asks.node, known)}>{words("trial.suggested")}</button>}
        <button type="button" onClick={() => void answer(asks.node, '{ "error": "service.unavailable" }')}>{words("trial.fails")}</button>
        <button type="button" onClick={() => void answer(asks.node, '"silence"')}>{words("trial.silent")}</button>
      </div>
    </section>
  );
}

function Mocks() {
  const words = useWords();
  const mocks = useEditor((now) => now.trial.mocks);
  if (Object.keys(mocks).length === 0) return null;
  return (
    <details className="mocks"><summary>{words("trial.mocks")}</summary>
      {Object.entries(mocks).map(([node, text]) => (
        <label key={node}><span>{node}</span>
          <textarea className="mono" rows={2} defaultValue={text} spellCheck={false} onBlur={(event) => { if (event.target.value !== text) void answer(node, event.target.value); }} />
          <button type="button" className="quiet" onClick={() => void forget(node)}>{words("trial.forget")}</button>
        </label>
      ))}
    </details>
  );
}

function Keeping() {
  const words = useWords();
  const [about, setAbout] = useState("");
  const [open, setOpen] = useState(false);
  if (!open) return <button type="button" onClick={() => { setOpen(true); }}><Save size={15} aria-hidden="true" /> {words("trial.keep")}</button>;
  return (
    <form className="keeping" onSubmit={(event) => { event.preventDefault(); if (about.trim() !== "") { void keep(about.trim()); setOpen(false); setAbout(""); } }}>
      <input autoFocus aria-label={words("trial.keepName")} placeholder={words("trial.keepName")} value={about} onChange={(event) => { setAbout(event.target.value); }} />
      <button type="submit" className="primary">{words("bar.save")}</button>
    </form>
  );
}

export default function TrialView() {
  const words = useWords();
  const trial = useEditor((now) => now.trial);
  const flow = useEditor((now) => now.flow);
  const [typed, setTyped] = useState("");
  const end = useRef<HTMLDivElement>(null);
  const { result } = trial;
  const spoken = trial.channel === "voice" || trial.channel === "video";
  const over = result?.ended != null;
  const busy = over || result?.asks !== null || trial.held !== null;
  const shown = result?.steps[trial.at ?? result.steps.length - 1];

  useEffect(() => {
    const known = flow?.channels ?? [];
    const first = known.length > 0 && !known.includes(state().trial.channel) ? known[0] : undefined;
    const fallback = known.length === 0 && flow?.kind === "chatbot" && state().trial.lines.length === 0 ? "webchat" : undefined;
    if (first ?? fallback) void restart({ channel: first ?? fallback ?? "voice" });
    else void rerun();
  }, [flow?.id]); // eslint-disable-line react-hooks/exhaustive-deps
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [result]);

  const inputs = Object.keys(flow?.inputs ?? {});
  return (
    <section className="trial" aria-label={words("trial.label")}>
      <header className="trial-head">
        <h2>{words("trial.label")}</h2>
        <select aria-label={words("trial.channel")} value={trial.channel} onChange={(event) => void restart({ channel: event.target.value })}>
          {["voice", "webchat", "messaging", "video"].map((channel) => <option key={channel} value={channel}>{words(`trial.${channel}`)}</option>)}
        </select>
        {(flow?.locales.length ?? 0) > 1 ? (
          <select aria-label={words("trial.locale")} value={trial.locale || flow?.locales[0]} onChange={(event) => void restart({ locale: event.target.value })}>{flow?.locales.map((locale) => <option key={locale}>{locale}</option>)}</select>
        ) : null}
        <button type="button" className="square quiet" aria-label={words("details.close")} onClick={() => { togglePane("trial", false); }}><X size={16} aria-hidden="true" /></button>
      </header>
      {inputs.length > 0 ? (
        <details className="mocks"><summary>{words("trial.inputs")}</summary>
          {inputs.map((name) => (
            <label key={name}><span>{name}</span><input defaultValue={trial.inputs[name] ?? ""} onBlur={(event) => { if (event.target.value !== (trial.inputs[name] ?? "")) void restart({ inputs: { ...trial.inputs, [name]: event.target.value } }); }} /></label>
          ))}
        </details>
      ) : null}
      {trial.error === null ? null : <p className="trial-error" role="alert">{words("trial.cannot", { why: trial.error })}</p>}
      <div className="transcript" role="log" aria-label={words("trial.transcript")} tabIndex={0}>
        {result ? <Transcript steps={result.steps} at={trial.at} onPick={(at) => { change((now) => ({ trial: { ...now.trial, at: now.trial.at === at ? null : at } })); }} /> : null}
        {result?.asks ? <Asking key={result.asks.node} asks={result.asks} /> : null}
        {over ? <p className="over">{words("trial.ended", { reason: result.ended })}</p> : null}
        <div ref={end} />
      </div>
      {trial.held === null ? null : (
        <div className="past" role="status">
          <span><CirclePause size={15} aria-hidden="true" /> {words("trial.held", { node: nameOf(trial.held.node) })}</span>
          <button type="button" className="primary" onClick={() => void goOn(false)}><Play size={14} aria-hidden="true" /> {words("trial.goOn")}</button>
          <button type="button" onClick={() => void goOn(true)}><StepForward size={14} aria-hidden="true" /> {words("trial.oneStep")}</button>
        </div>
      )}
      {trial.at === null || !result || trial.at >= result.steps.length - 1 ? null : (
        <p className="past">{words("trial.step", { number: trial.at + 1 })} <button type="button" onClick={() => void returnTo(trial.at ?? 0)}>{words("trial.here")}</button> <button type="button" onClick={() => { change((now) => ({ trial: { ...now.trial, at: null } })); }}>{words("trial.now")}</button></p>
      )}
      <div className="act">
        {spoken ? (
          <div className="keypad" role="group" aria-label={words("trial.keypad")}>{KEYS.map((key) => <button key={key} type="button" disabled={busy} onClick={() => void act({ keys: key })}>{key}</button>)}</div>
        ) : (
          <div className="choices">{busy ? null : offered(result).map((choice) => <button key={choice.id} type="button" className="choice" onClick={() => void act({ button: choice.id })}>{choice.label}</button>)}</div>
        )}
        <form
          className="say" onSubmit={(event) => {
            event.preventDefault();
            const text = typed.trim();
            if (text === "" || busy) return;
            void act(spoken ? { speech: text } : { text });
            setTyped("");
          }}
        >
          <input aria-label={words(spoken ? "trial.say" : "trial.write")} placeholder={words(spoken ? "trial.say" : "trial.write")} value={typed} onChange={(event) => { setTyped(event.target.value); }} />
          <button type="submit" className="primary square" disabled={busy || typed.trim() === ""} aria-label={words(spoken ? "trial.speak" : "trial.send")}><SendHorizontal size={16} aria-hidden="true" /></button>
        </form>
        <div className="buttons">
          <button type="button" disabled={busy} onClick={() => { if (result) void act({ silence: pause(result) }); }}><VolumeX size={15} aria-hidden="true" /> {words("trial.silence")}</button>
          <button type="button" disabled={busy} onClick={() => void act("hangup")}><PhoneOff size={15} aria-hidden="true" /> {words("trial.hangup")}</button>
          <button type="button" onClick={() => void restart()}><RotateCcw size={15} aria-hidden="true" /> {words("trial.restart")}</button>
        </div>
        <div className="buttons">
          <button type="button" className="square" disabled={trial.lines.length === 0} aria-label={words("trial.back")} title={words("trial.back")} onClick={() => void stepBack()}><ArrowLeft size={15} aria-hidden="true" /></button>
          <button type="button" className="square" disabled={trial.undone.length === 0} aria-label={words("trial.forth")} title={words("trial.forth")} onClick={() => void stepForth()}><ArrowRight size={15} aria-hidden="true" /></button>
          {shown ? <span className="clock" title={words("trial.clock")}><Clock size={14} aria-hidden="true" /> {new Date(shown.at).toISOString().slice(11, 19)}</span> : null}
          <Keeping />
        </div>
      </div>
      {shown ? <Variables values={shown.variables} /> : null}
      <Mocks />
      <Tests />
    </section>
  );
}
