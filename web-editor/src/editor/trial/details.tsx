/** The variables at a moment. */
import type { JsonMap } from "../../engine/protocol";
import { useWords } from "../words/words";

export function Variables({ values }: { values: JsonMap }) {
  const words = useWords();
  const all = Object.entries(values);
  return (
    <details className="values" open><summary>{words("trial.variables")}</summary>
      {all.length === 0 ? <p className="hint">{words("trial.none")}</p> : (
        <table><tbody>{all.map(([name, value]) => <tr key={name}><th scope="row">{name}</th><td>{typeof value === "string" ? value : JSON.stringify(value)}</td></tr>)}</tbody></table>
      )}
    </details>
  );
}
