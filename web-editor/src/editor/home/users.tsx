/** The flows that use something, each a way to it. */
import { useWords } from "../words/words";

export default function Users({ flows }: { flows: readonly string[] | undefined }) {
  const words = useWords();
  if (flows === undefined || flows.length === 0) return <span className="hint">{words("places.unused")}</span>;
  return <ul className="users">{flows.map((flow) => <li key={flow}><a href={`#/${flow}`}>{flow}</a></li>)}</ul>;
}
