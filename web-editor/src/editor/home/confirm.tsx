/** Asks before something is lost. */
import type { ReactNode } from "react";
import { useWords } from "../words/words";

export default function Confirm({ title, act, children, onYes, onNo }: { title: string; act: string; children: ReactNode; onYes: () => void; onNo: () => void }) {
  const words = useWords();
  return (
    <dialog className="asks" aria-label={title} ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={onNo}>
      <h2>{title}</h2>
      {children}
      <div className="buttons">
        <button type="button" className="bad" onClick={onYes}>{act}</button>
        <button type="button" autoFocus onClick={onNo}>{words("home.cancel")}</button>
      </div>
    </dialog>
  );
}
