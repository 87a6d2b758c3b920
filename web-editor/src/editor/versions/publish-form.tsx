/** Publishing: for everybody now, from a moment on, or for some contacts first, with a guard that takes it back. */
import { Rocket } from "lucide-react";
import { useId, useState } from "react";
import { useWords } from "../words/words";
import type { Coming } from "./releases";

type When = "now" | "later" | "some";

/** Numbers that most begin with: few enough to be harmless, enough conversations to say something. */
const SHARE = 10;
const GUARD = { percent: 5, after: 20 };

export function PublishForm({ stops, first, busy, onPublish }: { stops: string | null; first: boolean; busy: boolean; onPublish: (note: string, coming: Coming) => void }) {
  const words = useWords();
  const name = useId();
  const [note, setNote] = useState("");
  const [when, setWhen] = useState<When>("now");
  const [at, setAt] = useState("");
  const [percent, setPercent] = useState(SHARE);
  const [guarded, setGuarded] = useState(true);
  const [guard, setGuard] = useState(GUARD);

  const coming = (): Coming => {
    // What the field holds is the time of whoever fills it in; the server is told the moment.
    if (when === "later") return { at: new Date(at).toISOString() };
    return when === "some" ? { canary: { percent, ...(guarded ? { guard } : {}) } } : {};
  };
  const choice = (one: When) => (
    <label className="choice-line"><input type="radio" name={name} checked={when === one} disabled={one === "some" && first} onChange={() => { setWhen(one); }} /> {words(`history.when.${one}`)}</label>
  );
  return (
    <form onSubmit={(event) => { event.preventDefault(); onPublish(note, coming()); }}>
      <label className="field"><span>{words("history.note")}</span><textarea rows={2} value={note} onChange={(event) => { setNote(event.target.value); }} /></label>
      <fieldset className="when">
        <legend>{words("history.when.label")}</legend>
        {choice("now")}
        {choice("later")}
        {when === "later" ? <label className="field inset"><span>{words("history.when.moment")}</span><input type="datetime-local" step={1} required value={at} onChange={(event) => { setAt(event.target.value); }} /></label> : null}
        {choice("some")}
        {first ? <p className="hint inset">{words("history.when.firstForAll")}</p> : null}
        {when === "some" ? (
          <div className="inset">
            <label className="number"><span>{words("history.when.share")}</span><input type="number" required min={1} max={99} value={percent} onChange={(event) => { setPercent(event.target.valueAsNumber); }} /></label>
            <label className="choice-line"><input type="checkbox" checked={guarded} onChange={(event) => { setGuarded(event.target.checked); }} /> {words("history.when.guard")}</label>
            {guarded ? (
              <>
                <label className="number"><span>{words("history.when.failing")}</span><input type="number" required min={0} max={99} value={guard.percent} onChange={(event) => { setGuard({ ...guard, percent: event.target.valueAsNumber }); }} /></label>
                <label className="number"><span>{words("history.when.after")}</span><input type="number" required min={1} max={100_000} value={guard.after} onChange={(event) => { setGuard({ ...guard, after: event.target.valueAsNumber }); }} /></label>
              </>
            ) : null}
          </div>
        ) : null}
      </fieldset>
      {stops === null ? null : <p className="hint">{stops}</p>}
      <button type="submit" className="primary" disabled={busy || stops !== null}><Rocket size={16} aria-hidden="true" /> {words(busy ? "history.publishing" : when === "later" ? "history.schedule" : "history.publish")}</button>
    </form>
  );
}
