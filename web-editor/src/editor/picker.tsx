/** Picking by typing: one list for adding a step, connecting an exit, finding a step and giving a command. WAI-ARIA's combobox with a list. */
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { PICKS } from "../flow/limits";
import { Icon } from "./icons";
import { useWords } from "./words/words";

export interface Pick {
  id: string;
  label: string;
  hint?: string;
  icon?: string;
  group?: string;
  tone?: string;
  keys?: string;
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Those that have every word, those that begin with the first one foremost. */
export function matching(picks: readonly Pick[], words: string): Pick[] {
  const wanted = plain(words).split(/\s+/u).filter(Boolean);
  const found = picks.filter((pick) => {
    const all = plain(`${pick.label} ${pick.id} ${pick.hint ?? ""} ${pick.group ?? ""}`);
    return wanted.every((word) => all.includes(word));
  });
  const first = wanted[0];
  if (first === undefined) return found;
  const rank = (pick: Pick): number => (plain(pick.label).startsWith(first) ? 0 : plain(pick.id).startsWith(first) ? 1 : plain(pick.label).includes(first) ? 2 : 3);
  return found.map((pick, index) => ({ pick, index })).sort((a, b) => rank(a.pick) - rank(b.pick) || a.index - b.index).map(({ pick }) => pick);
}

export function Picker({ title, picks, onPick, onClose }: { title: string; picks: readonly Pick[]; onPick: (pick: Pick) => void; onClose: () => void }) {
  const words = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const name = useId();
  const found = useMemo(() => matching(picks, typed).slice(0, PICKS), [picks, typed]);
  const current = Math.min(active, found.length - 1);

  // Before it is taken out of the page: a dialog that is gone cannot give anything back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closing gives the focus back to where it was.
    return () => { element?.close(); };
  }, []);
  useEffect(() => {
    document.getElementById(`${name}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current, name]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    const move = moves[event.key];
    if (move !== undefined && found.length > 0) {
      event.preventDefault();
      setActive(Math.max(0, Math.min(found.length - 1, current + move)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const pick = found[current];
      if (pick) onPick(pick);
    }
  };
  return (
    <dialog ref={dialog} className="picker" aria-labelledby={`${name}-title`} onClose={onClose} onClick={(event) => { if (event.target === dialog.current) onClose(); }}>
      <div className="picker-inside">
        <h2 id={`${name}-title`}>{title}</h2>
        <input
          role="combobox" aria-expanded="true" aria-controls={`${name}-list`} aria-autocomplete="list" aria-label={words("pick.search")} placeholder={words("pick.search")} autoFocus autoComplete="off" spellCheck={false}
          {...(found.length > 0 ? { "aria-activedescendant": `${name}-${current}` } : {})}
          value={typed} onChange={(event) => { setTyped(event.target.value); setActive(0); }} onKeyDown={onKeyDown}
        />
        <ul role="listbox" id={`${name}-list`} aria-label={title}>
          {found.map((pick, index) => (
            <li
              key={pick.id} id={`${name}-${index}`} role="option" aria-selected={index === current} data-group={pick.group !== found[index - 1]?.group ? pick.group : undefined}
              onPointerMove={() => { setActive(index); }} onClick={() => { onPick(pick); }}
            >
              <span className={`chip tone-${pick.tone ?? "none"}`}>{pick.icon === undefined ? null : <Icon name={pick.icon} />}</span>
              <span className="pick-words"><b>{pick.label}</b>{pick.hint === undefined ? null : <small>{pick.hint}</small>}</span>
              {pick.keys === undefined ? null : <kbd>{pick.keys}</kbd>}
            </li>
          ))}
        </ul>
        <p role="status" className={found.length === 0 ? "hint" : "spoken"}>{found.length === 0 ? words("pick.none") : words("pick.results", { count: found.length })}</p>
      </div>
    </dialog>
  );
}
