/** Who is signed in, and what they can do about it. Nothing where nobody signs in. */
import { LogOut, Users } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useWords } from "../words/words";
import { signOut, useSession } from "./session";

const PeopleView = lazy(() => import("./people-view"));

export default function PersonMenu() {
  const words = useWords();
  const { person, scopes } = useSession();
  const [showing, setShowing] = useState(false);
  if (person === null) return null;
  return (
    <div className="bar-group person">
      {scopes.includes("people") ? <button type="button" className="square" aria-label={words("people.title")} title={words("people.title")} onClick={() => { setShowing(true); }}><Users size={17} aria-hidden="true" /></button> : null}
      <button type="button" className="square" aria-label={words("people.signOut", { name: person.name })} title={words("people.signOut", { name: person.name })} onClick={() => void signOut()}><LogOut size={17} aria-hidden="true" /></button>
      {showing ? <Suspense fallback={null}><PeopleView onClose={() => { setShowing(false); }} /></Suspense> : null}
    </div>
  );
}
