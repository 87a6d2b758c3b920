/** Who may sign in, and what each is here for. A password to sign in with once is shown once. */
import { UserPlus } from "lucide-react";
import { useEffect, useState } from "react";
import { useWords } from "../words/words";
import { invite, listPeople, removePerson, reset, setRole, type Invited } from "./people-api";
import { roles, useSession, type Person, type Role } from "./session";

function RoleChoice({ label, value, disabled = false, onChange }: { label: string; value: Role; disabled?: boolean; onChange: (role: Role) => void }) {
  const words = useWords();
  return (
    <select aria-label={label} value={value} disabled={disabled} onChange={(event) => { onChange(event.target.value as Role); }}>
      {roles.map((role) => <option key={role} value={role}>{words(`people.roles.${role}`)}</option>)}
    </select>
  );
}

function Invite({ onInvite }: { onInvite: (login: string, name: string, role: Role) => void }) {
  const words = useWords();
  const [login, setLogin] = useState("");
  const [name, setName] = useState("");
  const [role, setChosen] = useState<Role>("designer");
  return (
    <form className="invite" onSubmit={(event) => { event.preventDefault(); onInvite(login.trim().toLowerCase(), name, role); setLogin(""); setName(""); }}>
      <label className="field"><span>{words("people.login")}</span><input required autoCapitalize="none" spellCheck={false} value={login} onChange={(event) => { setLogin(event.target.value); }} /></label>
      <label className="field"><span>{words("people.name")}</span><input value={name} onChange={(event) => { setName(event.target.value); }} /></label>
      <label className="field"><span>{words("people.role")}</span><RoleChoice label={words("people.role")} value={role} onChange={setChosen} /></label>
      <button type="submit" className="primary"><UserPlus size={16} aria-hidden="true" /> {words("people.invite")}</button>
    </form>
  );
}

export default function PeopleView({ onClose }: { onClose: () => void }) {
  const words = useWords();
  const me = useSession((now) => now.person?.login);
  const [people, setPeople] = useState<Person[]>([]);
  const [invited, setInvited] = useState<Invited | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const run = (work: () => Promise<unknown>): void => {
    setFailed(null);
    setInvited(null);
    work().then(async (done) => {
      if (typeof done === "object" && done !== null && "password" in done) setInvited(done as Invited);
      setPeople(await listPeople());
    }).catch((error: unknown) => { setFailed(error instanceof Error ? error.message : String(error)); });
  };
  useEffect(() => {
    run(() => Promise.resolve(null));
  }, []);
  return (
    <dialog className="people" aria-label={words("people.title")} ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={onClose}>
      <h2>{words("people.title")}</h2>
      <table>
        <thead><tr><th scope="col">{words("people.login")}</th><th scope="col">{words("people.name")}</th><th scope="col">{words("people.role")}</th><th scope="col">{words("people.actions")}</th></tr></thead>
        <tbody>
          {people.map((person) => (
            <tr key={person.login}>
              <th scope="row">{person.login}{person.one_time ? <small>{words("people.waiting")}</small> : null}</th>
              <td>{person.name}</td>
              <td><RoleChoice label={words("people.roleOf", { name: person.login })} value={person.role} disabled={person.login === me} onChange={(role) => { run(() => setRole(person.login, role)); }} /></td>
              <td className="buttons">
                <button type="button" aria-label={words("people.resetOf", { name: person.login })} disabled={person.login === me} onClick={() => { run(() => reset(person.login)); }}>{words("people.reset")}</button>
                <button type="button" aria-label={words("people.removeOf", { name: person.login })} disabled={person.login === me} onClick={() => { run(() => removePerson(person.login)); }}>{words("people.remove")}</button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div role="status">{invited === null ? null : <p className="given">{words("people.given", { name: invited.login })} <code>{invited.password}</code></p>}</div>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      <Invite onInvite={(login, name, role) => { run(() => invite(login, name, role)); }} />
      <button type="button" onClick={onClose}>{words("canvas.key.close")}</button>
    </dialog>
  );
}
