/** The tests beside the flow, performed here: which pass, and which steps and exits none of them walks. */
import { CircleCheck, CircleX, FlaskConical } from "lucide-react";
import { useEffect, useState } from "react";
import { ask } from "../../engine/client";
import type { Coverage, TalkResult } from "../../engine/protocol";
import { filesOf } from "../document";
import { change, state, tell, useEditor } from "../store";
import { useWords } from "../words/words";

export function Tests() {
  const words = useWords();
  const texts = useEditor((now) => now.history.texts);
  const [results, setResults] = useState<{ talks: TalkResult[]; coverage: Coverage } | null>(null);
  const [shown, setShown] = useState(false);
  const hasTalks = Object.keys(texts).some((name) => /\.talk\.(?:ya?ml|json)$/u.test(name));

  // What was changed has not been tested.
  useEffect(() => {
    setResults(null);
    setShown(false);
  }, [texts]);
  useEffect(() => {
    if (!shown || !results) return undefined;
    change({ layers: { missedNodes: new Set(results.coverage.missing_nodes), missedExits: new Set(results.coverage.missing_exits) } });
    return () => { change({ layers: {} }); };
  }, [shown, results]);

  if (!hasTalks) return null;
  const run = async () => {
    try {
      const { file, history } = state();
      setResults(await ask("talks", { files: filesOf(file, history.texts) }));
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), true);
    }
  };
  const { coverage, talks = [] } = results ?? {};
  return (
    <section className="tests" aria-label={words("trial.tests")}>
      <button type="button" onClick={() => void run()}><FlaskConical size={15} aria-hidden="true" /> {words("trial.tests")}</button>
      <div role="status">
        {coverage ? <p>{words("trial.passed", { passed: talks.filter((one) => one.passed).length, all: talks.length })}</p> : null}
        {coverage ? <p>{words("trial.covered", { nodes: coverage.nodes_covered, allNodes: coverage.nodes, exits: coverage.exits_covered, allExits: coverage.exits })}</p> : null}
      </div>
      {coverage ? (
        <>
          <label className="choice-line"><input type="checkbox" checked={shown} onChange={(event) => { setShown(event.target.checked); }} /> {words("trial.showMissed")}</label>
          {shown && coverage.missing_nodes.length + coverage.missing_exits.length > 0 ? <p className="missed-list">{[...coverage.missing_nodes, ...coverage.missing_exits].join(", ")}</p> : null}
          <ul className="results">
            {talks.map((one, index) => (
              <li key={index} className={one.passed ? "passed" : "failed"}>
                {one.passed ? <CircleCheck size={15} aria-hidden="true" /> : <CircleX size={15} aria-hidden="true" />}
                <div><span className="spoken">{words(one.passed ? "trial.passes" : "trial.doesNot")}: </span><b>{one.about || one.file}</b>{one.passed ? null : <p>{one.mismatches[0]}</p>}</div>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}
