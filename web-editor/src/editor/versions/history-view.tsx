/** Versions: what would change for people, publishing, and going back. */
import { CheckCircle2, History as HistoryIcon, Rocket, Undo2 } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { ask } from "../../engine/client";
import type { Difference } from "../../engine/protocol";
import { filesOf } from "../document";
import { unsaved } from "../saving";
import { Problem, publish, readPreview, readReleases, rollBack, servedSource, type Preview, type Releases } from "../server";
import { remember, tell, useEditor } from "../store";
import { useWords } from "../words/words";

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function Changes({ title, difference }: { title: string; difference: Difference | string | null }) {
  const words = useWords();
  return (
    <section className="paper">
      <h3>{title}</h3>
      {difference === null ? <p className="hint">{words("app.loading")}</p> : typeof difference === "string" ? <p className="hint">{difference}</p> : difference.changes.length === 0 ? <p className="hint">{words("history.none")}</p> : (
        <>
          {difference.callers.length > 0 ? <ul className="sentences">{difference.callers.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul> : null}
          <pre tabIndex={0} aria-label={title}>{difference.text}</pre>
        </>
      )}
    </section>
  );
}

function Blast({ preview }: { preview: Preview }) {
  const words = useWords();
  const sentences = (map: Record<string, unknown>) => Object.entries(map).filter(([, value]) => typeof value !== "object").map(([key, value]) => `${key}: ${String(value)}`).join(", ");
  return (
    <section className="paper">
      <h3>{words("history.preview")}</h3>
      {preview.same ? <p>{words("history.same")}</p> : null}
      <h4>{words("history.waiting")}</h4>
      {preview.waiting.length === 0 ? <p className="hint">0</p> : <ul>{preview.waiting.map((one, index) => <li key={index}>{sentences(one as unknown as Record<string, unknown>)}</li>)}</ul>}
      <h4>{words("history.differing")}</h4>
      <p className="hint">{sentences(preview.totals)}</p>
      {preview.differing.length === 0 ? null : <ul>{preview.differing.slice(0, 20).map((one, index) => <li key={index}>{sentences(one)}</li>)}</ul>}
    </section>
  );
}

export default function HistoryView() {
  const words = useWords();
  const { id, file, history, base, analysis } = useEditor();
  const [releases, setReleases] = useState<Releases | string | null>(null);
  const [preview, setPreview] = useState<Preview | null>(null);
  const [draft, setDraft] = useState<Difference | string | null>(null);
  const [live, setLive] = useState<Difference | string | null>(null);
  const [note, setNote] = useState("");
  const [author, setAuthor] = useState(() => { try { return localStorage.getItem("offhook.author") ?? ""; } catch { return ""; } });
  const [busy, setBusy] = useState(false);
  const dirty = unsaved(history.texts, base).length > 0;
  const errors = analysis?.diagnostics.some((one) => one.severity === "error") === true;

  const load = useCallback(async () => {
    if (id === null) return;
    const saved = filesOf(file, Object.fromEntries(Object.entries(base).map(([name, one]) => [name, one.text])));
    const now = filesOf(file, history.texts);
    ask("diff", { old: saved, new: now }).then(setDraft, (error: unknown) => { setDraft(why(error)); });
    servedSource(id).then((text) => ask("diff", { old: { ...saved, flow: { name: file, text } }, new: saved })).then(setLive, (error: unknown) => { setLive(why(error)); });
    try {
      setReleases(await readReleases(id));
    } catch (error) {
      setReleases(why(error));
    }
    try {
      setPreview(await readPreview(id));
    } catch {
      setPreview(null);
    }
  }, [id, file, base, history.texts]);
  useEffect(() => void load(), [load]);

  const perform = async (work: () => Promise<Releases>, done: (after: Releases) => string) => {
    setBusy(true);
    try {
      const after = await work();
      setReleases(after);
      tell(done(after));
      await load();
    } catch (error) {
      tell(error instanceof Problem && error.status === 409 ? words("history.unknown", { why: error.message }) : why(error), true);
    } finally {
      setBusy(false);
    }
  };
  if (id === null) return null;
  const stops = dirty ? words("history.saveFirst") : errors ? words("history.errors") : null;
  return (
    <div className="history" tabIndex={-1}>
      <h2><HistoryIcon size={20} aria-hidden="true" /> {words("history.label")}</h2>
      <div className="history-columns">
        <div>
          {dirty ? <Changes title={words("history.draft")} difference={draft} /> : null}
          <Changes title={words("history.live")} difference={live} />
          {preview ? <Blast preview={preview} /> : null}
        </div>
        <div>
          <section className="paper">
            <h3>{words("history.publish")}</h3>
            <form
              onSubmit={(event) => {
                event.preventDefault();
                if (stops !== null) {
                  tell(stops, true);
                  return;
                }
                try { localStorage.setItem("offhook.author", author); } catch { remember("author", author); }
                void perform(() => publish(id, note, author), (after) => words("history.published", { number: after.live ?? after.releases[0]?.number }));
              }}
            >
              <label className="field"><span>{words("history.author")}</span><input value={author} autoComplete="name" onChange={(event) => { setAuthor(event.target.value); }} /></label>
              <label className="field"><span>{words("history.note")}</span><textarea rows={2} value={note} onChange={(event) => { setNote(event.target.value); }} /></label>
              {stops === null ? null : <p className="hint">{stops}</p>}
              <button type="submit" className="primary" disabled={busy}><Rocket size={16} aria-hidden="true" /> {words(busy ? "history.publishing" : "history.publish")}</button>
            </form>
          </section>
          <section className="paper">
            <h3>{words("history.versions")}</h3>
            {typeof releases === "string" ? <p className="hint">{releases}</p> : releases?.releases.length === 0 ? <p className="hint">{words("history.empty")}</p> : (
              <ol className="versions">
                {releases?.releases.map((release) => (
                  <li key={release.number}>
                    <div><b>{words("history.version", { number: release.number })}</b>{release.number === releases.live ? <span className="tag good"><CheckCircle2 size={13} aria-hidden="true" /> {words("history.isLive")}</span> : null}{release.number === releases.canary?.number ? <span className="tag">{words("history.canary", { percent: releases.canary.percent })}</span> : null}
                      <p>{release.note}</p><small>{release.author} · {new Date(release.created_at).toLocaleString()}</small></div>
                    {release.number === releases.live ? null : <button type="button" disabled={busy} aria-label={`${words("history.rollback")}: ${release.number}`} onClick={() => void perform(() => rollBack(id, release.number, note, author), () => words("history.rolledBack", { number: release.number }))}><Undo2 size={15} aria-hidden="true" /> {words("history.go")}</button>}
                  </li>
                ))}
              </ol>
            )}
          </section>
        </div>
      </div>
    </div>
  );
}
