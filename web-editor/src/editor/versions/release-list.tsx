/** The versions that were published, what each is right now, what can be done with it, and who did what. */
import { CheckCircle2, Rocket, Undo2 } from "lucide-react";
import { useWords } from "../words/words";
import type { Releases } from "./releases";

const moment = (at: string): string => new Date(at).toLocaleString(document.documentElement.lang);

export interface Acts {
  busy: boolean;
  goBack: (to: number) => void;
  takeBack: () => void;
  promote: () => void;
}

function Canary({ canary, acts }: { canary: NonNullable<Releases["canary"]>; acts: Acts }) {
  const words = useWords();
  return (
    <div className="now-running">
      <p><b>{words("history.canaryRuns", { number: canary.number, percent: canary.percent })}</b> {canary.guard ? words("history.guarded", { ...canary.guard }) : words("history.unguarded")}</p>
      <div className="buttons">
        <button type="button" className="primary" disabled={acts.busy} onClick={acts.promote}><Rocket size={15} aria-hidden="true" /> {words("history.promote")}</button>
        <button type="button" disabled={acts.busy} onClick={acts.takeBack}><Undo2 size={15} aria-hidden="true" /> {words("history.takeBack")}</button>
      </div>
    </div>
  );
}

export function ReleaseList({ releases, acts }: { releases: Releases; acts: Acts }) {
  const words = useWords();
  const { live, canary, next, moves } = releases;
  return (
    <>
      {canary ? <Canary canary={canary} acts={acts} /> : null}
      {next ? (
        <div className="now-running">
          <p><b>{words("history.comes", { number: next.number, at: moment(next.at) })}</b></p>
          {live === null ? null : <button type="button" disabled={acts.busy} onClick={() => { acts.goBack(live); }}><Undo2 size={15} aria-hidden="true" /> {words("history.doNot")}</button>}
        </div>
      ) : null}
      {moves && moves.moved + moves.stayed > 0 ? <p className="hint">{words("history.moved", { moved: moves.moved, stayed: moves.stayed, number: moves.release })}</p> : null}
      {releases.releases.length === 0 ? <p className="hint">{words("history.empty")}</p> : (
        <ol className="versions">
          {releases.releases.map((release) => (
            <li key={release.number} className={release.number === live ? "live" : undefined}>
              <div>
                <b>{words("history.version", { number: release.number })}</b>
                {release.number === live ? <span className="tag good"><CheckCircle2 size={13} aria-hidden="true" /> {words("history.isLive")}</span> : null}
                {release.number === canary?.number ? <span className="tag">{words("history.canary", { percent: canary.percent })}</span> : null}
                {release.number === next?.number ? <span className="tag">{words("history.scheduled", { at: moment(next.at) })}</span> : null}
                <p>{release.note}</p><small>{release.author} · {moment(release.created_at)}</small>
              </div>
              {release.number === live || release.number === canary?.number || release.number === next?.number ? null : (
                <button type="button" disabled={acts.busy} aria-label={`${words("history.rollback")}: ${release.number}`} onClick={() => { acts.goBack(release.number); }}><Undo2 size={15} aria-hidden="true" /> {words("history.go")}</button>
              )}
            </li>
          ))}
        </ol>
      )}
      {releases.log.length === 0 ? null : (
        <>
          <h3>{words("history.log")}</h3>
          <ol className="versions log" aria-label={words("history.log")}>
            {releases.log.map((entry, index) => (
              <li key={index}><div>{words(`history.actions.${entry.action}`, { number: entry.number })}{entry.note === "" ? null : <p>{entry.note}</p>}<small>{entry.author} · {moment(entry.at)}</small></div></li>
            ))}
          </ol>
        </>
      )}
    </>
  );
}
