/** Versions: what would change for people, publishing, and going back. */
import { History as HistoryIcon } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { ask } from "../../engine/client";
import type { Difference } from "../../engine/protocol";
import { filesOf } from "../document";
import { unsaved } from "../saving";
import { change, remember, tell, useEditor } from "../store";
import { useWords } from "../words/words";
import { Blast } from "./blast-view";
import { PublishForm } from "./publish-form";
import { ReleaseList, type Acts } from "./release-list";
import { promote, publish, readPreview, readReleases, readVersion, rollBack, type Preview, type Releases } from "./releases";

/** How often a schedule or a canary is looked at while it is shown. */
const LOOK_MS = 3_000;

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const caught = <T,>(work: Promise<T>): Promise<T | string> => work.catch(why);

/** `told` says that the sentences stand elsewhere already. */
function Changes({ title, difference, told = false }: { title: string; difference: Difference | string | null; told?: boolean }) {
  const words = useWords();
  return (
    <section className="paper">
      <h3>{title}</h3>
      {difference === null ? <p className="hint">{words("app.loading")}</p> : typeof difference === "string" ? <p className="hint">{difference}</p> : difference.changes.length === 0 ? <p className="hint">{words("history.none")}</p> : (
        <>
          {difference.callers.length > 0 && !told ? <ul className="sentences">{difference.callers.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul> : null}
          <pre tabIndex={0} aria-label={title}>{difference.text}</pre>
        </>
      )}
    </section>
  );
}

/** What lies between what is live and what is saved; nothing before the first release. */
async function sinceLive(id: string, file: string, saved: Record<string, string>, releases: Releases): Promise<Difference | string | null> {
  const version = releases.releases.find((release) => release.number === releases.live)?.flows[id];
  if (version === undefined) return null;
  return caught(readVersion(id, version).then((kept) => {
    const stem = file.replace(/\.[^.]+$/u, "");
    const texts = Object.fromEntries(Object.entries(kept.texts).map(([locale, text]) => [`${stem}.${locale}.yaml`, text]));
    const own = filesOf(file, saved);
    return ask("diff", { old: filesOf(file, { ...texts, [file]: kept.source }), new: { ...own, layout: null, talks: [] } });
  }));
}

export default function HistoryView() {
  const words = useWords();
  const { id, file, history, base, analysis } = useEditor();
  const [releases, setReleases] = useState<Releases | string | null>(null);
  const [preview, setPreview] = useState<Preview | string | null>(null);
  const [draft, setDraft] = useState<Difference | string | null>(null);
  const [live, setLive] = useState<Difference | string | null>(null);
  const [author, setAuthor] = useState(() => { try { return JSON.parse(localStorage.getItem("offhook.author") ?? '""') as string; } catch { return ""; } });
  const [busy, setBusy] = useState(false);
  const dirty = unsaved(history.texts, base).length > 0;
  const errors = analysis?.diagnostics.some((one) => one.severity === "error") === true;

  const load = useCallback(async (): Promise<void> => {
    if (id === null) return;
    const saved = Object.fromEntries(Object.entries(base).map(([name, one]) => [name, one.text]));
    void caught(ask("diff", { old: filesOf(file, saved), new: filesOf(file, history.texts) })).then(setDraft);
    void caught(readPreview(id)).then(setPreview);
    const known = await caught(readReleases(id));
    setReleases(known);
    if (typeof known !== "string") setLive(await sinceLive(id, file, saved, known));
  }, [id, file, base, history.texts]);
  useEffect(() => void load(), [load]);

  // The clock and guards change what is live, too.
  const moving = releases !== null && typeof releases !== "string" && (releases.next !== null || releases.canary !== null);
  useEffect(() => {
    if (!moving || id === null) return undefined;
    const timer = setInterval(() => {
      void readReleases(id).then((now) => { setReleases((was) => (JSON.stringify(was) === JSON.stringify(now) ? was : now)); }, () => undefined);
    }, LOOK_MS);
    return () => { clearInterval(timer); };
  }, [moving, id]);

  if (id === null) return null;
  const perform = async (work: Promise<Releases>, done: (after: Releases) => string) => {
    setBusy(true);
    try {
      const after = await work;
      setReleases(after);
      tell(done(after));
      await load();
    } catch (error) {
      tell(why(error), true);
    } finally {
      setBusy(false);
    }
  };
  const back = (after: Releases): string => words("history.rolledBack", { number: after.live });
  const acts: Acts = {
    busy,
    goBack: (to) => void perform(rollBack(id, to, "", author), back),
    takeBack: () => void perform(rollBack(id, null, "", author), back),
    promote: () => void perform(promote(id, "", author), (after) => words("history.published", { number: after.live })),
  };
  const same = typeof preview === "object" && preview?.same === true;
  const stops = dirty ? words("history.saveFirst") : errors ? words("history.errors") : same ? words("history.same") : null;
  const known = typeof releases === "object" ? releases : null;
  return (
    <div className="history" tabIndex={-1}>
      <h2><HistoryIcon size={20} aria-hidden="true" /> {words("history.label")}</h2>
      <div className="history-columns">
        <div>
          {dirty ? <Changes title={words("history.draft")} difference={draft} /> : null}
          {typeof preview === "object" && preview ? <Blast own={id} preview={preview} onSession={(session) => <button type="button" className="link" onClick={() => { change({ view: "sessions", session }); }}>{session}</button>} /> : null}
          {typeof preview === "string" ? <section className="paper"><h3>{words("history.preview")}</h3><p className="hint">{preview}</p></section> : null}
          {known?.live == null || same ? null : <Changes title={words("history.live")} difference={live} told={typeof preview === "object" && preview !== null} />}
        </div>
        <div>
          <section className="paper">
            <h3>{words("history.publish")}</h3>
            <label className="field"><span>{words("history.author")}</span><input value={author} autoComplete="name" onChange={(event) => { setAuthor(event.target.value); remember("author", event.target.value); }} /></label>
            <PublishForm
              key={known?.releases[0]?.number ?? 0} stops={stops} first={known?.live == null} busy={busy}
              onPublish={(note, coming) => void perform(publish(id, note, author, coming), (after) => words(coming.at === undefined ? "history.published" : "history.willPublish", { number: after.releases[0]?.number }))}
            />
          </section>
          <section className="paper">
            <h3>{words("history.versions")}</h3>
            {typeof releases === "string" ? <p className="hint">{releases}</p> : null}
            {known ? <ReleaseList releases={known} acts={acts} /> : null}
          </section>
        </div>
      </div>
    </div>
  );
}
