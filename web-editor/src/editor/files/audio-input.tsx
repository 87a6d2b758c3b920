/** A place of a recording: typed, chosen from those beside the flows, or uploaded beside this one. */
import { AudioLines } from "lucide-react";
import { useEffect, useState } from "react";
import { TextInput, type Widget } from "../settings/inputs";
import { useMay } from "../home/places";
import { useWork } from "../home/work";
import { useEditor } from "../store";
import { useWords } from "../words/words";
import { folderOf, isSound, listAssets, namedFrom, type AssetHead } from "./files-api";
import Listen from "./listen";
import Upload from "./upload";
import "./files.css";

export default function AudioInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const id = useEditor((now) => now.id) ?? "";
  const mayEdit = useMay("edit");
  const work = useWork();
  const { run } = work;
  const [open, setOpen] = useState(false);
  const [sounds, setSounds] = useState<AssetHead[]>([]);
  const [editing, setEditing] = useState(false);
  const folder = folderOf(id);
  useEffect(() => {
    if (!open) return;
    run(async () => {
      const list = await listAssets();
      setSounds(list.assets.filter(isSound));
      setEditing(list.editing);
    });
  }, [open, run]);
  const value = typeof widget.value === "string" ? widget.value : "";
  const chosen = sounds.find(({ path }) => namedFrom(folder, path) === value);
  return (
    <div className="audio-input">
      <div className="lead">
        <TextInput widget={widget} mono {...(widget.path === "" ? { label: widget.label } : {})} />
        <button type="button" className="square" aria-expanded={open} aria-label={words("files.pick")} title={words("files.pick")} onClick={() => { setOpen(!open); }}><AudioLines size={15} aria-hidden="true" /></button>
      </div>
      {open ? (
        <div className="audio-choice">
          {work.failed === null ? null : <p role="alert" className="field-problem">{work.failed}</p>}
          <label className="field"><span>{words("files.record")}</span>
            <select value={chosen?.path ?? ""} onChange={(event) => { const { value: path } = event.target; if (path !== "") widget.write(namedFrom(folder, path)); }}>
              <option value="">{words("files.none")}</option>
              {sounds.map(({ path }) => <option key={path} value={path}>{namedFrom(folder, path)}</option>)}
            </select>
          </label>
          {chosen === undefined ? null : <Listen asset={chosen} />}
          {editing && mayEdit ? (
            <Upload
              label={words("files.pickUpload")} accept=".wav,.mp3,.ogg" multiple={false} work={work} pathOf={(name) => (folder === "" ? name : `${folder}/${name}`)}
              onDone={async ({ asset }) => { setSounds((await listAssets()).assets.filter(isSound)); widget.write(namedFrom(folder, asset.path)); }}
            />
          ) : null}
        </div>
      ) : null}
    </div>
  );
}
