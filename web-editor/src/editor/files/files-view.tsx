/** What lies beside flows: data tables as grids, sound and pictures to listen to and look at, and who uses them. */
import { Download, FileAudio, FileText, Image, Pencil, Search, Table2, Trash2 } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import Confirm from "../home/confirm";
import { useMay } from "../home/places";
import { readUses, type Uses } from "../home/uses";
import Users from "../home/users";
import { useWork } from "../home/work";
import { listFlows } from "../server";
import { tell } from "../store";
import { useWords } from "../words/words";
import { download, folderOf, isPicture, isSound, listAssets, nameOf, readAsset, removeAsset, type AssetHead, type AssetList } from "./files-api";
import { SHOWN, TABLE_BYTES } from "./limits";
import Listen from "./listen";
import TableEditor from "./table-editor";
import Upload from "./upload";
import "./files.css";

const MEDIA = ".wav,.mp3,.ogg,.mp4,.webm,.png,.jpg,.jpeg,.gif,.webp,.pdf,.ics,.vcf";

const tableName = (path: string): string => nameOf(path).replace(/\.csv$/u, "");

function sizeOf(bytes: number, language: string): string {
  const [unit, value]: [string, number] = bytes < 1_000 ? ["byte", bytes] : bytes < 1_000_000 ? ["kilobyte", bytes / 1_000] : ["megabyte", bytes / 1_000_000];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
}

export default function FilesView() {
  const words = useWords();
  const mayEdit = useMay("edit");
  const work = useWork();
  const { run } = work;
  const [list, setList] = useState<AssetList | null>(null);
  const [uses, setUses] = useState<Uses>({ secrets: {}, tables: {}, files: {} });
  const [folders, setFolders] = useState<string[]>([]);
  const [folder, setFolder] = useState("");
  const [search, setSearch] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const [table, setTable] = useState<string | null>(null);
  const [removing, setRemoving] = useState<AssetHead | null>(null);
  const read = useCallback(async () => {
    const [found, used] = await Promise.all([listAssets(), readUses()]);
    setList(found);
    setUses(used);
  }, []);
  useEffect(() => {
    run(async () => {
      await read();
      const all = [...new Set((await listFlows()).map(({ id }) => folderOf(id)))].sort();
      setFolders(all);
      setFolder(all[0] ?? "");
    });
  }, [read, run]);
  const language = document.documentElement.lang;
  const editing = mayEdit && list?.editing === true;
  const tables = list?.assets.filter(({ kind }) => kind === "table") ?? [];
  const media = useMemo(() => {
    const wanted = search.toLowerCase().split(/\s+/u).filter(Boolean);
    return (list?.assets ?? []).filter(({ kind, path }) => kind === "media" && wanted.every((word) => path.toLowerCase().includes(word)));
  }, [list, search]);
  const usersOf = (asset: AssetHead): string[] => (asset.kind === "table" ? uses.tables[tableName(asset.path)] : uses.files[asset.path]) ?? [];
  const remove = (asset: AssetHead) => {
    setRemoving(null);
    run(async () => {
      await removeAsset(asset.path, asset.etag).finally(read);
      if (table === asset.path) setTable(null);
      tell(words("files.removed", { name: asset.path }));
    });
  };
  const get = (asset: AssetHead) => { run(async () => { download(nameOf(asset.path), (await readAsset(asset.path)).bytes); }); };
  const tools = (asset: AssetHead) => (
    <>
      <button type="button" className="square" aria-label={words("files.downloadOne", { name: asset.path })} title={words("files.downloadOne", { name: asset.path })} onClick={() => { get(asset); }}><Download size={15} aria-hidden="true" /></button>
      {editing ? <button type="button" className="square bad" aria-label={words("files.removeOne", { name: asset.path })} title={words("files.removeOne", { name: asset.path })} onClick={() => { setRemoving(asset); }}><Trash2 size={15} aria-hidden="true" /></button> : null}
    </>
  );
  return (
    <>
      <div className="home-head"><div><h1>{words("places.files")}</h1><p>{words("files.lead")}</p></div></div>
      {work.failed === null ? null : <p role="alert" className="trial-error">{work.failed}</p>}
      {list !== null && !list.editing ? <p className="note-warn">{words("files.readOnly")}</p> : null}

      <section className="files-part" aria-label={words("files.tables")}>
        <div className="file-head"><h2>{words("files.tables")}</h2><span className="grow" />
          {editing ? <Upload label={words("files.uploadTable")} accept=".csv" work={work} pathOf={(name) => `tables/${name}`} onDone={async ({ asset }) => { await read(); if (table === asset.path) setTable(null); }} /> : null}
        </div>
        {list !== null && tables.length === 0 ? <p className="hint">{words("files.noTables")}</p> : null}
        {tables.length === 0 ? null : (
          <div className="paper scrolls">
            <table className="list-table">
              <thead><tr><th scope="col">{words("files.table")}</th><th scope="col">{words("files.size")}</th><th scope="col">{words("places.usedBy")}</th><th scope="col"><span className="spoken">{words("people.actions")}</span></th></tr></thead>
              <tbody>
                {tables.map((asset) => (
                  <tr key={asset.path}>
                    <th scope="row"><span className="door-name"><Table2 size={17} aria-hidden="true" /> {tableName(asset.path)}</span></th>
                    <td>{sizeOf(asset.bytes, language)}{asset.bytes > TABLE_BYTES ? <small>{words("files.tooLarge")}</small> : null}</td>
                    <td><Users flows={usersOf(asset)} /></td>
                    <td><div className="buttons">
                      {asset.bytes > TABLE_BYTES ? null : <button type="button" aria-label={words(editing ? "files.openOne" : "files.lookAt", { name: tableName(asset.path) })} aria-expanded={table === asset.path} onClick={() => { setTable(asset.path); }}><Pencil size={15} aria-hidden="true" /> {words(editing ? "files.edit" : "files.look")}</button>}
                      {tools(asset)}
                    </div></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {table === null ? null : <TableEditor key={table} path={table} editing={editing} onSaved={read} onClose={() => { setTable(null); }} />}
      </section>

      <section className="files-part" aria-label={words("files.media")}>
        <div className="file-head"><h2>{words("files.media")}</h2><span className="grow" />
          {editing ? (
            <Upload label={words("files.upload")} accept={MEDIA} work={work} pathOf={(name) => (folder === "" ? name : `${folder}/${name}`)} onDone={read}>
              <label className="into"><span>{words("files.into")}</span><select value={folder} onChange={(event) => { setFolder(event.target.value); }}>{folders.map((one) => <option key={one} value={one}>{one === "" ? "/" : one}</option>)}</select></label>
            </Upload>
          ) : null}
        </div>
        <label className="search"><Search size={17} aria-hidden="true" /><input type="search" aria-label={words("files.search")} placeholder={words("files.search")} value={search} onChange={(event) => { setSearch(event.target.value); setShown(SHOWN); }} /></label>
        {list !== null && media.length === 0 ? <p className="hint">{words("files.noMedia")}</p> : null}
        {media.length === 0 ? null : (
          <div className="paper scrolls">
            <table className="list-table">
              <thead><tr><th scope="col">{words("files.file")}</th><th scope="col">{words("files.size")}</th><th scope="col">{words("files.length")}</th><th scope="col">{words("places.usedBy")}</th><th scope="col"><span className="spoken">{words("people.actions")}</span></th></tr></thead>
              <tbody>
                {media.slice(0, shown).map((asset) => {
                  const Icon = isSound(asset) ? FileAudio : isPicture(asset) ? Image : FileText;
                  return (
                    <tr key={asset.path}>
                      <th scope="row"><span className="door-name"><Icon size={17} aria-hidden="true" /> <span>{nameOf(asset.path)}</span></span><small>{folderOf(asset.path)}</small></th>
                      <td>{sizeOf(asset.bytes, language)}</td>
                      <td><Listen asset={asset} /></td>
                      <td><Users flows={usersOf(asset)} /></td>
                      <td><div className="buttons">{tools(asset)}</div></td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        )}
        {media.length > shown ? <button type="button" onClick={() => { setShown(shown + SHOWN); }}>{words("files.more", { count: media.length - shown })}</button> : null}
      </section>
      {removing === null ? null : (
        <Confirm title={words("files.removeOne", { name: removing.path })} act={words("people.remove")} onYes={() => { remove(removing); }} onNo={() => { setRemoving(null); }}>
          {usersOf(removing).length === 0 ? <p>{words("files.removeUnused")}</p> : <><p>{words("files.removeUsed")}</p><Users flows={usersOf(removing)} /></>}
        </Confirm>
      )}
    </>
  );
}
