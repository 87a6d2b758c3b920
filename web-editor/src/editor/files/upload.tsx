/** Files from the person's computer, by a button or dropped. One that is there already is replaced only when somebody says so. */
import { Upload as UploadIcon } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import Confirm from "../home/confirm";
import type { Work } from "../home/work";
import { Problem } from "../server";
import { tell } from "../store";
import { useWords } from "../words/words";
import { listAssets, writeAsset, type SavedAsset } from "./files-api";

interface UploadProps {
  label: string;
  /** The endings that are taken. */
  accept: string;
  /** Where a file goes; nothing where it cannot go anywhere. */
  pathOf: (name: string) => string | null;
  work: Work;
  onDone: (saved: SavedAsset) => Promise<unknown>;
  multiple?: boolean;
  children?: ReactNode;
}

export default function Upload({ label, accept, pathOf, work, onDone, multiple = true, children }: UploadProps) {
  const words = useWords();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  /** A file that is there already, until somebody says what to do. */
  const [asking, setAsking] = useState<{ path: string; file: File; etag: string; rest: File[] } | null>(null);
  const endings = accept.split(",");
  const told = async (saved: SavedAsset) => {
    const [first] = saved.diagnostics;
    if (first === undefined) tell(words("files.uploaded", { name: saved.asset.path }));
    else tell(`${saved.asset.path}: ${words("problems.line", { line: first.line })}: ${first.message}`, true);
    await onDone(saved);
  };
  const take = async (files: File[]): Promise<void> => {
    for (const [at, file] of files.entries()) {
      const path = endings.some((ending) => file.name.toLowerCase().endsWith(ending)) ? pathOf(file.name) : null;
      if (path === null) throw new Error(words("files.notTaken", { name: file.name, endings: endings.join(" ") }));
      try {
        await told(await writeAsset(path, file, null));
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error;
        const there = (await listAssets()).assets.find((one) => one.path === path);
        if (there === undefined) throw error;
        setAsking({ path, file, etag: there.etag, rest: files.slice(at + 1) });
        return;
      }
    }
  };
  const from = (list: FileList | null) => {
    const files = [...(list ?? [])];
    if (files.length > 0) work.run(() => take(multiple ? files : files.slice(0, 1)));
  };
  return (
    <div
      className={`upload${over ? " over" : ""}`}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => { setOver(false); }}
      onDrop={(event) => { event.preventDefault(); setOver(false); from(event.dataTransfer.files); }}
    >
      {children}
      <button type="button" disabled={work.busy} onClick={() => { input.current?.click(); }}><UploadIcon size={16} aria-hidden="true" /> {label}</button>
      <input ref={input} type="file" hidden accept={accept} multiple={multiple} aria-label={label} tabIndex={-1} onChange={(event) => { from(event.target.files); event.target.value = ""; }} />
      <span className="hint">{words("files.drop")}</span>
      {asking === null ? null : (
        <Confirm
          title={words("files.replaceOne", { name: asking.path })} act={words("files.replace")} onNo={() => { const { rest } = asking; setAsking(null); work.run(() => take(rest)); }}
          onYes={() => { const { path, file, etag, rest } = asking; setAsking(null); work.run(async () => { await told(await writeAsset(path, file, etag)); await take(rest); }); }}
        >
          <p>{words("files.replaceWhy")}</p>
        </Confirm>
      )}
    </div>
  );
}
