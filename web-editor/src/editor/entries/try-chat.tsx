/** A chat through a door, in the page: the very widget that a web site shows. */
import { useEffect, useRef } from "react";
import { useWork } from "../home/work";
import { useWords } from "../words/words";

/** The widget, once a page. */
let loading: Promise<void> | undefined;
function widget(): Promise<void> {
  loading ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = "/widget.js";
    script.onload = () => { done(); };
    script.onerror = () => {
      loading = undefined;
      fail(new Error("/widget.js"));
    };
    document.head.append(script);
  });
  return loading;
}

export default function TryChat({ door, onClose }: { door: string; onClose: () => void }) {
  const words = useWords();
  const place = useRef<HTMLDivElement>(null);
  const { failed, run } = useWork();
  const title = words("entries.tryTitle", { name: door });
  useEffect(() => {
    let gone = false;
    let chat: { remove(): void } | undefined;
    run(async () => {
      await widget();
      if (!gone && place.current !== null) chat = window.Offhook?.start({ key: door, target: place.current, title });
    });
    return () => {
      gone = true;
      chat?.remove();
    };
  }, [door, run, title]);
  return (
    <dialog className="try-chat" aria-label={title} ref={(element) => { if (element && !element.open) element.showModal(); }} onClose={onClose}>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      <div ref={place} className="try-place" />
      <button type="button" onClick={onClose}>{words("canvas.key.close")}</button>
    </dialog>
  );
}
