/** The door: a name and a password, a password of one's own after the first time, or an API token. */
import { KeyRound } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { useWords } from "../words/words";
import { begin, choose, signIn, takeToken, useSession } from "./session";

/** As the server has it: what is refused there is told before it is sent. */
const PASSWORD_CHARACTERS = 12;

function Sheet({ title, lead, failed, children, onSubmit }: { title: string; lead: string; failed: string | null; children: ReactNode; onSubmit: () => void }) {
  return (
    <form className="paper sign-in" onSubmit={(event) => { event.preventDefault(); onSubmit(); }}>
      <h1><KeyRound size={20} aria-hidden="true" /> {title}</h1>
      <p>{lead}</p>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      {children}
    </form>
  );
}

/** Runs one request at a time and tells why it failed. */
function useAttempt(): [boolean, string | null, (work: () => Promise<void>) => void] {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const run = (work: () => Promise<void>): void => {
    if (busy) return;
    setBusy(true);
    setFailed(null);
    work().catch((error: unknown) => { setFailed(error instanceof Error ? error.message : String(error)); }).finally(() => { setBusy(false); });
  };
  return [busy, failed, run];
}

function Password({ label, value, onChange, fresh = false }: { label: string; value: string; onChange: (value: string) => void; fresh?: boolean }) {
  return (
    <label className="field"><span>{label}</span>
      <input type="password" required autoComplete={fresh ? "new-password" : "current-password"} {...(fresh ? { minLength: PASSWORD_CHARACTERS } : {})} value={value} onChange={(event) => { onChange(event.target.value); }} />
    </label>
  );
}

function TokenField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const words = useWords();
  return <label className="field"><span>{words("people.token")}</span><input type="password" autoComplete="off" spellCheck={false} value={value} onChange={(event) => { onChange(event.target.value); }} /></label>;
}

function Door() {
  const words = useWords();
  const byPassword = useSession((now) => now.byPassword);
  const [login, setLogin] = useState("");
  const [password, setPassword] = useState("");
  const [token, setToken] = useState("");
  const [busy, failed, run] = useAttempt();
  const go = () => { run(() => (byPassword && token.trim() === "" ? signIn(login, password) : takeToken(token.trim()))); };
  return (
    <Sheet title={words("people.signIn")} lead={words(byPassword ? "people.lead" : "people.tokenLead")} failed={failed} onSubmit={go}>
      {byPassword ? (
        <>
          <label className="field"><span>{words("people.login")}</span><input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} required={token === ""} value={login} onChange={(event) => { setLogin(event.target.value); }} /></label>
          {token === "" ? <Password label={words("people.password")} value={password} onChange={setPassword} /> : null}
          <details><summary>{words("people.byToken")}</summary><TokenField value={token} onChange={setToken} /></details>
        </>
      ) : <TokenField value={token} onChange={setToken} />}
      <div className="buttons"><button type="submit" className="primary" disabled={busy}>{words("people.enter")}</button></div>
    </Sheet>
  );
}

function Choose() {
  const words = useWords();
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  const [busy, failed, run] = useAttempt();
  return (
    <Sheet title={words("people.choose")} lead={words("people.chooseLead")} failed={failed} onSubmit={() => { run(() => choose(old, next)); }}>
      <Password label={words("people.old")} value={old} onChange={setOld} />
      <Password label={words("people.new")} value={next} onChange={setNext} fresh />
      <p className="hint">{words("people.rule", { count: PASSWORD_CHARACTERS })}</p>
      <div className="buttons"><button type="submit" className="primary" disabled={busy}>{words("people.keep")}</button></div>
    </Sheet>
  );
}

/** Shows the editor to whoever may use it. */
export default function Gate({ children }: { children: ReactNode }) {
  const state = useSession((now) => now.state);
  const words = useWords();
  useEffect(() => {
    void begin();
  }, []);
  if (state === "in") return children;
  if (state === "asking") return null;
  return <main className="door" aria-label={words("people.signIn")}>{state === "choose" ? <Choose /> : <Door />}</main>;
}
