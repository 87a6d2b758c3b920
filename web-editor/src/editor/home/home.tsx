/** What there is when no flow is open: the navigation, and the place that the address names. */
import { lazy, Suspense, type ComponentType } from "react";
import { useSession } from "../people/session";
import { useEditor } from "../store";
import { useWords } from "../words/words";
import FlowsView from "./flows-view";
import "./home.css";
import { allows, hashOf, places, type Place } from "./places";

const views: Record<Place, ComponentType> = {
  flows: FlowsView,
  entries: lazy(() => import("../entries/entries-view")),
  files: lazy(() => import("../files/files-view")),
  secrets: lazy(() => import("../secrets/secrets-view")),
};

export default function Home() {
  const words = useWords();
  const place = useEditor((now) => now.place);
  const known = useSession();
  const View = views[place];
  return (
    <>
      <nav className="places" aria-label={words("places.label")}>
        {places.filter(({ scope }) => allows(known, scope)).map((one) => (
          <a key={one.place} href={hashOf(one.place)} aria-current={one.place === place ? "page" : undefined}>{words(`places.${one.place}`)}</a>
        ))}
      </nav>
      <main id="main" className="home" tabIndex={-1}>
        <Suspense fallback={<p className="hint">{words("app.loading")}</p>}><View key={place} /></Suspense>
      </main>
    </>
  );
}
