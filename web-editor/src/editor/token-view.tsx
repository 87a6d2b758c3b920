/** Asks for the token of a protected server, once it has refused a request. */
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { keepToken } from "./token";
import { change } from "./store";
import { useWords } from "./words/words";

export function TokenView() {
  const words = useWords();
  const [typed, setTyped] = useState("");
  return (
    <dialog className="keys" aria-labelledby="token-title" ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={() => { change({ locked: false }); }}>
      <h2 id="token-title"><KeyRound size={18} aria-hidden="true" /> {words("token.title")}</h2>
      <form
        className="token-form" onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() === "") return;
          keepToken(typed.trim());
          // What was not saved is in the browser's store, and comes back.
          location.reload();
        }}
      >
        <p className="hint">{words("token.lead")}</p>
        <label className="field"><span>{words("token.label")}</span><input type="password" autoFocus autoComplete="off" spellCheck={false} value={typed} onChange={(event) => { setTyped(event.target.value); }} /></label>
        <button type="submit" className="primary">{words("token.go")}</button>
      </form>
    </dialog>
  );
}
