/** The frame: the header, the flow's panes, and the keys that work everywhere. */
import { Command, History, Languages, ListTree, MessagesSquare, Phone, Redo2, Save, TextCursorInput, TriangleAlert, Undo2 } from "lucide-react";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { back, forth } from "./document";
import Home from "./home/home";
import { addressed } from "./home/places";
import PersonMenu from "./people/person-menu";
import { Picking } from "./picking";
import { open, save, unsaved } from "./saving";
import { change, remember, state, togglePane, useEditor, wake, type Theme } from "./store";
import { copied, cut, pasteSteps } from "./steps";
import { languages, speak, useWords } from "./words/words";

const Canvas = lazy(() => import("./canvas/canvas"));
const OutlineView = lazy(() => import("./outline-view"));
const TextPane = lazy(() => import("./text-pane"));
const ProblemsView = lazy(() => import("./problems-view"));
const Details = lazy(() => import("./settings/details"));
const TrialView = lazy(() => import("./trial/trial-view"));
const WordingView = lazy(() => import("./wording/wording-view"));
const SessionsView = lazy(() => import("./sessions/sessions-view"));
const HistoryView = lazy(() => import("./versions/history-view"));

const KEYS: [string, string][] = [
  ["↑ ↓ ← →", "arrows"], ["Enter", "enter"], ["A", "add"], ["C", "connect"], ["F2", "rename"], ["B", "breakpoint"], ["Delete", "remove"], ["Ctrl+C Ctrl+X Ctrl+V", "copy"], ["Ctrl+Z Ctrl+Y", "undo"], ["Ctrl+S", "save"], ["/", "find"], ["Ctrl+K", "command"], ["Ctrl+A", "all"], ["?", "help"],
];

/** Whether keys belong to a text that is being typed. */
const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true], dialog") !== null;

function onKey(event: KeyboardEvent, help: () => void): void {
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  const typing = isTyping(event.target);
  const run = (act: () => void): void => {
    event.preventDefault();
    act();
  };
  if (state().id === null) return;
  if (control && key === "s") run(() => void save());
  else if (control && key === "k") run(() => { change({ picking: { for: "command" } }); });
  else if (typing || event.altKey) return;
  else if (control && key === "z") run(event.shiftKey ? forth : back);
  else if (control && key === "y") run(forth);
  else if (control && key === "a" && document.activeElement?.closest(".board, .tree")) run(() => { change((now) => ({ selection: now.flow?.nodes.map((node) => node.id) ?? [] })); });
  else if (control) return;
  else if (key === "/") run(() => { change({ picking: { for: "find" } }); });
  else if (key === "?") run(help);
}

function useClipboard(): void {
  useEffect(() => {
    const mine = (event: ClipboardEvent): boolean => state().id !== null && !isTyping(event.target) && (document.getSelection()?.isCollapsed ?? true);
    const onCopy = (event: ClipboardEvent): void => {
      const text = mine(event) ? copied() : "";
      if (text === "") return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
    };
    const onCut = (event: ClipboardEvent): void => {
      onCopy(event);
      if (event.defaultPrevented) void cut();
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (!mine(event)) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.trim() === "") return;
      event.preventDefault();
      void pasteSteps(text);
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCut);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCut);
      document.removeEventListener("paste", onPaste);
    };
  }, []);
}

function Toggle({ pressed, label, onClick, children, strong = false }: { pressed: boolean; label: string; onClick: () => void; children: ReactNode; strong?: boolean }) {
  return <button type="button" className={`toggle${strong ? " strong" : ""}`} aria-pressed={pressed} onClick={onClick}>{children}<span>{label}</span></button>;
}

function Settings() {
  const words = useWords();
  const theme = useEditor((now) => now.theme);
  const [language, setLanguage] = useState(document.documentElement.lang);
  return (
    <div className="preferences">
      <select aria-label={words("theme.label")} value={theme} onChange={(event) => { const next = event.target.value as Theme; remember("theme", next); change({ theme: next }); }}>
        {(["auto", "light", "dark", "contrast"] as const).map((one) => <option key={one} value={one}>{words(`theme.${one}`)}</option>)}
      </select>
      <select aria-label={words("language.label")} value={language} onChange={(event) => { const next = event.target.value; remember("language", next); setLanguage(next); void speak(next); }}>
        {languages.map((one) => <option key={one} value={one} lang={one}>{words(`language.${one}`)}</option>)}
      </select>
    </div>
  );
}

function Bar() {
  const words = useWords();
  const { id, flow, saving, history, panes, view, analysis, base } = useEditor();
  const errors = analysis?.diagnostics.filter((one) => one.severity === "error").length ?? 0;
  const others = analysis?.diagnostics.filter((one) => one.severity === "warning").length ?? 0;
  const dirty = unsaved(history.texts, base).length > 0;
  return (
    <header className="bar">
      <a className="brand" href="#/" aria-label={words("app.flows")}>
        <svg viewBox="0 0 32 32" aria-hidden="true"><path d="M6 13c0-5 20-5 20 0v3h-6v-3.500c-2-.8-6-.8-8 0V16H6zM16 19v8M12 23h8" /></svg>
      </a>
      {id === null ? <><a className="bar-title" href="/">Offhook</a><span className="grow" /><Settings /><PersonMenu /></> : (
        <>
          <div className="bar-title"><h1>{flow?.title ?? id}</h1><p role="status" className={`saving ${saving}`}>{saving === "merged" ? words("saving.mergedState") : words(`saving.${saving}`)}</p></div>
          <div className="bar-group" role="toolbar" aria-label={words("app.title")}>
            <button type="button" className="square" aria-label={words("bar.undo")} title={`${words("bar.undo")} (Ctrl+Z)`} disabled={history.past.length === 0} onClick={back}><Undo2 size={17} aria-hidden="true" /></button>
            <button type="button" className="square" aria-label={words("bar.redo")} title={`${words("bar.redo")} (Ctrl+Y)`} disabled={history.future.length === 0} onClick={forth}><Redo2 size={17} aria-hidden="true" /></button>
            <button type="button" className="square" aria-label={words("bar.command")} title={`${words("bar.command")} (Ctrl+K)`} onClick={() => { change({ picking: { for: "command" } }); }}><Command size={17} aria-hidden="true" /></button>
          </div>
          <span className="grow" />
          <div className="bar-group">
            <Toggle pressed={panes.outline} label={words("bar.outline")} onClick={() => { togglePane("outline"); }}><ListTree size={17} aria-hidden="true" /></Toggle>
            <Toggle pressed={panes.text} label={words("bar.text")} onClick={() => { togglePane("text"); }}><TextCursorInput size={17} aria-hidden="true" /></Toggle>
            <Toggle pressed={panes.problems} label={words("bar.problems")} onClick={() => { togglePane("problems"); }}>
              <TriangleAlert size={17} aria-hidden="true" />{errors + others > 0 ? <span className={`count ${errors > 0 ? "error" : "warning"}`}>{errors + others}</span> : null}
            </Toggle>
            <Toggle pressed={panes.trial} label={words("bar.trial")} onClick={() => { togglePane("trial"); }} strong><Phone size={17} aria-hidden="true" /></Toggle>
            <Toggle pressed={view === "texts"} label={words("bar.texts")} onClick={() => { change({ view: view === "texts" ? "build" : "texts" }); }}><Languages size={17} aria-hidden="true" /></Toggle>
            <Toggle pressed={view === "sessions"} label={words("bar.sessions")} onClick={() => { change({ view: view === "sessions" ? "build" : "sessions" }); }}><MessagesSquare size={17} aria-hidden="true" /></Toggle>
            <Toggle pressed={view === "history"} label={words("bar.history")} onClick={() => { change({ view: view === "history" ? "build" : "history" }); }}><History size={17} aria-hidden="true" /></Toggle>
            <button type="button" className="primary" disabled={!dirty && saving !== "merged"} onClick={() => void save()}><Save size={17} aria-hidden="true" /> {words("bar.save")}</button>
          </div>
          <Settings />
          <PersonMenu />
        </>
      )}
    </header>
  );
}

function Keys({ onClose }: { onClose: () => void }) {
  const words = useWords();
  return (
    <dialog className="keys" aria-label={words("canvas.key.title")} ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={onClose}>
      <h2>{words("canvas.key.title")}</h2>
      <dl>{KEYS.map(([keys, key]) => <div key={key}><dt><kbd>{keys}</kbd></dt><dd>{words(`keys.${key}`)}</dd></div>)}</dl>
      <button type="button" className="primary" autoFocus onClick={onClose}>{words("canvas.key.close")}</button>
    </dialog>
  );
}

function Build() {
  const words = useWords();
  const { panes, view, flow, selection } = useEditor();
  const waiting = <p className="hint waiting">{words("app.loading")}</p>;
  if (view === "history") return <main id="main" className="work" tabIndex={-1}><Suspense fallback={waiting}><HistoryView /></Suspense></main>;
  if (view === "texts") return <main id="main" className="work" tabIndex={-1}><Suspense fallback={waiting}><WordingView /></Suspense></main>;
  if (view === "sessions") return <main id="main" className="work" tabIndex={-1}><Suspense fallback={waiting}><SessionsView /></Suspense></main>;
  const details = panes.details || selection.length > 0;
  return (
    <main id="main" className={`work build${panes.outline ? " with-outline" : ""}${panes.text ? " with-text" : ""}${panes.problems ? " with-problems" : ""}${panes.trial ? " with-trial" : ""}${details && panes.details ? " with-details" : ""}`} tabIndex={-1}>
      <Suspense fallback={waiting}>
        {panes.outline ? <nav className="outline" aria-label={words("bar.outline")}><OutlineView /></nav> : null}
        <div className="middle">
          <div className="centre">{flow ? <Canvas /> : waiting}</div>
          {panes.text ? <TextPane /> : null}
          {panes.problems ? <ProblemsView /> : null}
        </div>
        {panes.details ? <Details /> : null}
        {panes.trial ? <TrialView /> : null}
      </Suspense>
    </main>
  );
}

export default function App() {
  const words = useWords();
  const { id, place, engine, notice, theme } = useEditor();
  const [help, setHelp] = useState(false);
  const name = useEditor((now) => now.flow?.title ?? now.id);
  useClipboard();

  useEffect(() => {
    void wake();
    const go = () => {
      const next = addressed(location.hash);
      if ("place" in next) change({ id: null, flow: null, analysis: null, place: next.place });
      else if (next.id !== state().id) void open(next.id);
    };
    go();
    addEventListener("hashchange", go);
    const key = (event: KeyboardEvent) => { onKey(event, () => { setHelp(true); }); };
    addEventListener("keydown", key);
    return () => {
      removeEventListener("hashchange", go);
      removeEventListener("keydown", key);
    };
  }, []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  useEffect(() => {
    document.title = name === null ? `${words(place === "flows" ? "app.title" : `places.${place}`)} · Offhook` : `${name} · Offhook`;
  }, [name, place, words]);
  useEffect(() => {
    if (!notice || notice.bad) return undefined;
    const timer = setTimeout(() => { change((now) => (now.notice === notice ? { notice: null } : {})); }, 6_000);
    return () => { clearTimeout(timer); };
  }, [notice]);

  return (
    <>
      <a className="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>{words("app.skip")}</a>
      <Bar />
      {typeof engine === "object" ? <p role="alert" className="engine-failed">{words("engine.failed", { why: engine.failed })}</p> : null}
      {id === null ? <Home /> : <Build />}
      <Picking />
      {help ? <Keys onClose={() => { setHelp(false); }} /> : null}
      <div className={`notice${notice?.bad === true ? " bad" : ""}`} role={notice?.bad === true ? "alert" : "status"} hidden={!notice}>
        {notice === null ? null : <><span>{notice.text}</span><button type="button" className="quiet" aria-label={words("canvas.key.close")} onClick={() => { change({ notice: null }); }}>×</button></>}
      </div>
    </>
  );
}

