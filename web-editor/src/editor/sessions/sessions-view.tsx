/** Recorded sessions: the list, one of them on the graph of the version that ran, and how many went which way. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import Reader from "../canvas/reader";
import { walkOf, type Scene } from "../canvas/graph";
import { change, tell, useEditor } from "../store";
import type { Outcome } from "../versions/releases";
import { useWords } from "../words/words";
import { listSessions, readHead, readStory, readVolumes, type Query, type SessionHead, type Story, type Volumes } from "./api";
import { ListView } from "./list-view";
import { baseOf, layerOf, versionAt, type Base } from "./scene";
import { StoryView } from "./story-view";

/** How often a conversation that goes on is asked for; a person who watches one does not notice less. */
const LIVE_MS = 1_500;
/** How often the list is looked at while it is shown. */
const LIST_MS = 4_000;

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Repeats while the page is seen. */
function useEvery(ms: number, act: (() => void) | null): void {
  const latest = useRef(act);
  latest.current = act;
  const on = act !== null;
  useEffect(() => {
    if (!on) return undefined;
    const timer = setInterval(() => { if (document.visibilityState === "visible") latest.current?.(); }, ms);
    return () => { clearInterval(timer); };
  }, [ms, on]);
}

/** A session, told anew whenever it has moved on. */
function useStory(id: string | null): { story: Story | null; failed: string | null } {
  const [story, setStory] = useState<Story | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const current = useRef(id);
  current.current = id;
  const load = useCallback((wanted: string) => {
    readStory(wanted).then((told) => { if (current.current === wanted) setStory(told); }, (error: unknown) => { if (current.current === wanted) setFailed(why(error)); });
  }, []);
  useEffect(() => {
    setStory(null);
    setFailed(null);
    if (id !== null) load(id);
  }, [id, load]);
  const live = id !== null && story?.session.state === "active";
  useEvery(LIVE_MS, live ? () => {
    void readHead(id).then((head) => { if (head.turns !== story.session.turns || head.state !== story.session.state) load(id); }, () => undefined);
  } : null);
  return { story, failed };
}

function Counts({ volumes }: { volumes: Volumes }) {
  const words = useWords();
  const drop = (one: Volumes["nodes"][number]): number => Object.values(one.ended).reduce((sum, count) => sum + count, 0);
  return (
    <section className="trial story" aria-label={words("sessions.volumes")}>
      <h2>{words("sessions.volumes")}</h2>
      <p className="hint">{words("sessions.counted", { count: volumes.sessions })} {volumes.more ? words("sessions.newest") : ""} {volumes.broken > 0 ? words("history.cannotTell", { count: volumes.broken }) : ""}</p>
      <table className="counts">
        <thead><tr><th scope="col">{words("sessions.node")}</th><th scope="col">{words("sessions.cameHead")}</th><th scope="col">{words("sessions.endedHead")}</th></tr></thead>
        <tbody>{[...volumes.nodes].sort((a, b) => b.came - a.came).map((one) => <tr key={one.node}><th scope="row">{one.node}</th><td>{one.came}</td><td>{drop(one)}</td></tr>)}</tbody>
      </table>
    </section>
  );
}

export default function SessionsView() {
  const words = useWords();
  const { id: own, session: chosen, flow, catalog, places } = useEditor();
  const [query, setQuery] = useState<Query>({ flow: own ?? "", state: "", channel: "", contact: "" });
  const [sessions, setSessions] = useState<SessionHead[] | string | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [pages, setPages] = useState(1);
  const [volumes, setVolumes] = useState<Volumes | null>(null);
  const [picked, setPicked] = useState<number | null>(null);
  const [outcome, setOutcome] = useState<(Outcome & { turns?: number }) | null>(null);
  const [base, setBase] = useState<(Base & { key: string }) | null>(null);
  const { story, failed } = useStory(chosen);

  const first = useCallback((asked: Query) => {
    listSessions(asked, null).then((page) => { setSessions((was) => (JSON.stringify(was) === JSON.stringify(page.sessions) ? was : page.sessions)); setNext(page.next); }, (error: unknown) => { setSessions(why(error)); });
  }, []);
  useEffect(() => {
    setSessions(null);
    setPages(1);
    first(query);
  }, [query, first]);
  useEvery(LIST_MS, pages === 1 ? () => { first(query); } : null);
  const more = () => {
    if (next === null) return;
    listSessions(query, next).then((page) => {
      setSessions((was) => [...(Array.isArray(was) ? was : []), ...page.sessions]);
      setNext(page.next);
      setPages(pages + 1);
    }, (error: unknown) => { tell(why(error), true); });
  };

  // Counted anew when the list has changed, and only while it is of one flow.
  useEffect(() => {
    if (query.flow === "" || !Array.isArray(sessions)) {
      setVolumes(null);
      return;
    }
    readVolumes(query).then(setVolumes, () => { setVolumes(null); });
  }, [query, sessions]);

  useEffect(() => {
    setPicked(null);
    setOutcome(null);
  }, [chosen]);
  const last = (story?.steps.length ?? 0) - 1;
  const at = Math.min(picked ?? last, last);
  const step = story?.steps[at];
  const shownFlow = step?.flow ?? story?.session.flow;
  const version = story && shownFlow !== undefined ? versionAt(story, shownFlow, at) : undefined;
  const key = `${shownFlow ?? ""}:${version ?? ""}`;
  useEffect(() => {
    if (shownFlow === undefined || version === undefined || catalog.length === 0) return undefined;
    let gone = false;
    baseOf(shownFlow, version).then((found) => { if (!gone) setBase({ ...found, key }); }, (error: unknown) => { tell(why(error), true); });
    return () => { gone = true; };
  }, [shownFlow, version, key, catalog]);

  const parts = outcome?.place && outcome.place.flow === shownFlow ? outcome.place.node : null;
  const scene = useMemo((): Scene | null => {
    const plain = { analysis: null, selection: [], breakpoints: [] };
    if (story) return base?.key === key ? { ...plain, ...base, layers: { parts } } : null;
    if (chosen !== null) return null;
    return { ...plain, flow, catalog, places, layers: volumes?.flow === own ? layerOf(volumes) : {} };
  }, [story, base, key, parts, chosen, flow, catalog, places, volumes, own, words]); // eslint-disable-line react-hooks/exhaustive-deps
  const walk = useMemo(() => walkOf(shownFlow ?? "", story?.steps ?? [], at), [shownFlow, story, at]);

  const onOutcome = (found: Outcome & { turns?: number }) => {
    setOutcome(found);
    if (found.outcome === "differs" && found.turn !== undefined) setPicked(Math.max(0, found.turn - 1));
  };
  const choose = (id: string | null) => { change({ session: id }); };
  return (
    <div className="sessions">
      <h2 className="spoken">{words("bar.sessions")}</h2>
      <ListView query={query} onQuery={setQuery} sessions={sessions} chosen={chosen} onChoose={choose} next={next} onMore={more} own={own ?? ""} />
      <div className="centre">
        {scene ? (
          <Reader
            scene={scene} walk={walk}
            onPick={(node) => {
              // The next time that it came here, or the first.
              const comes = (from: number) => story?.steps.findIndex((one, index) => index > from && (one.node === node || one.visited.some((visit) => visit.node === node))) ?? -1;
              const found = comes(at) >= 0 ? comes(at) : comes(-1);
              if (found >= 0) setPicked(found);
            }}
          />
        ) : <p className="hint waiting">{failed ?? words("app.loading")}</p>}
      </div>
      {story ? <StoryView key={story.session.id} story={story} at={at} onAt={(step_) => { setPicked(step_ >= last ? null : step_); }} outcome={outcome} onOutcome={onOutcome} onClose={() => { choose(null); }} /> : chosen === null && volumes ? <Counts volumes={volumes} /> : null}
    </div>
  );
}
