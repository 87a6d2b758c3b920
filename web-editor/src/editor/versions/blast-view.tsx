/** What publishing would do: for those who call or write, for conversations that wait right now, and held against the last ones. */
import type { ReactNode } from "react";
import { useWords } from "../words/words";
import type { Place, Preview } from "./releases";

/** A node of this flow by its id alone, one of another with its flow. */
const placed = (own: string, { flow, node }: Place): string => (flow === own ? node : `${flow}: ${node}`);

function Waiting({ own, preview }: { own: string; preview: Preview }) {
  const words = useWords();
  const fate = (one: Preview["waiting"][number]): string => {
    if (!one.moves_to) return words("history.stays", { why: one.stays_because ?? "" });
    return words(one.asked_anew ? "history.movesAnew" : "history.moves", { node: placed(own, one.moves_to) });
  };
  return (
    <>
      <h4>{words("history.waiting")}</h4>
      {preview.waiting.length === 0 ? <p className="hint">{words("history.nobodyWaits")}</p> : (
        <ul className="rows">
          {preview.waiting.map((one) => (
            <li key={`${one.version}:${one.flow}:${one.node}`}><b>{words("history.waitAt", { count: one.sessions, node: placed(own, one) })}</b> <span>{fate(one)}</span></li>
          ))}
        </ul>
      )}
      {preview.more_waiting ? <p className="hint">{words("history.moreWait")}</p> : null}
    </>
  );
}

export function Blast({ own, preview, onSession }: { own: string; preview: Preview; onSession: (id: string) => ReactNode }) {
  const words = useWords();
  const { totals } = preview;
  return (
    <section className="paper" aria-labelledby="blast">
      <h3 id="blast">{words("history.preview")}</h3>
      {preview.same ? <p>{words("history.same")}</p> : null}
      {preview.rules.length > 0 ? <ul className="sentences">{preview.rules.map((one) => <li key={one.message}>{one.message}</li>)}</ul> : null}
      {preview.changes.map((change) => (
        <div key={change.flow}>
          {change.flow === own ? null : <h4>{change.flow}</h4>}
          {change.sentences.length === 0 ? <p className="hint">{words("history.unnoticed")}</p> : <ul className="sentences">{change.sentences.map((sentence) => <li key={sentence}>{sentence}</li>)}</ul>}
        </div>
      ))}
      <Waiting own={own} preview={preview} />
      <h4>{words("history.recent")}</h4>
      {totals.sessions === 0 ? <p className="hint">{words("history.noRecent")}</p> : (
        <p>{words("history.compared", { count: totals.sessions })} {words("history.goSame", { count: totals.same })} {words("history.goOther", { count: totals.differ })} {totals.broken > 0 ? words("history.cannotTell", { count: totals.broken }) : ""}</p>
      )}
      {totals.nodes.length === 0 ? null : (
        <ul className="rows">{totals.nodes.map((one) => <li key={`${one.flow}:${one.node}`}>{words("history.partAt", { node: placed(own, one), differ: one.differ, came: one.came })}</li>)}</ul>
      )}
      {preview.differing.length === 0 ? null : (
        <details>
          <summary>{words("history.differing")}</summary>
          <ul className="rows">
            {preview.differing.slice(0, 20).map((one) => (
              <li key={one.session}>
                {onSession(one.session)} {one.place ? <code>{placed(own, one.place)}</code> : null}
                {one.outcome === "broken" ? <p>{one.message}</p> : <dl className="then-now"><dt>{words("history.then")}</dt><dd>{one.recorded}</dd><dt>{words("history.now")}</dt><dd>{one.candidate}</dd></dl>}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
