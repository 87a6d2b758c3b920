/** A data table as a grid that can be typed into. What nobody changes keeps its bytes; what the server finds wrong is told, and the last good version serves until it is mended. */
import { Plus, Save, Trash2, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { Diagnostic } from "../../engine/protocol";
import { useWork } from "../home/work";
import { Problem } from "../server";
import { tell } from "../store";
import { useWords } from "../words/words";
import { addColumn, addRow, cellsOf, readCsv, removeColumn, removeRow, setCell, writeCsv, type Grid } from "./csv";
import { nameOf, readAsset, writeAsset } from "./files-api";
import { CELLS } from "./limits";

interface Open {
  grid: Grid;
  etag: string;
  changed: boolean;
}

export default function TableEditor({ path, editing, onSaved, onClose }: { path: string; editing: boolean; onSaved: () => Promise<unknown>; onClose: () => void }) {
  const words = useWords();
  const { busy, failed, run } = useWork();
  const [open, setOpen] = useState<Open | null>(null);
  const [found, setFound] = useState<Diagnostic[]>([]);
  /** The tag of what somebody else has written meanwhile. */
  const [other, setOther] = useState<string | null>(null);
  const [column, setColumn] = useState("");
  useEffect(() => {
    run(async () => {
      const { bytes, etag } = await readAsset(path);
      // Blob.text() would take the mark away that some programs need.
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await bytes.arrayBuffer());
      setOpen({ grid: readCsv(text), etag, changed: false });
    });
  }, [path, run]);
  const name = nameOf(path).replace(/\.csv$/u, "");
  const put = (grid: Grid) => { setOpen((now) => (now === null ? now : { ...now, grid, changed: true })); };
  const save = (etag: string) => {
    if (open === null) return;
    run(async () => {
      try {
        const saved = await writeAsset(path, writeCsv(open.grid), etag);
        setFound(saved.diagnostics);
        setOther(null);
        setOpen({ grid: readCsv(writeCsv(open.grid)), etag: saved.asset.etag, changed: false });
        if (saved.diagnostics.length === 0) tell(words("files.saved", { name }));
        await onSaved();
      } catch (error) {
        if (!(error instanceof Problem) || error.status !== 412) throw error;
        setOther((await readAsset(path)).etag);
      }
    });
  };
  const again = () => {
    setOther(null);
    run(async () => {
      const { bytes, etag } = await readAsset(path);
      setOpen({ grid: readCsv(new TextDecoder("utf-8", { ignoreBOM: true }).decode(await bytes.arrayBuffer())), etag, changed: false });
    });
  };
  const head = open?.grid.rows[0]?.cells ?? [];
  const full = open !== null && cellsOf(open.grid) + head.length > CELLS;
  return (
    <section className="paper" aria-label={words("files.tableOf", { name })}>
      <div className="file-head">
        <h2>{name}</h2>
        <span className="grow" />
        {editing ? <button type="button" className="primary" disabled={open?.changed !== true || busy} onClick={() => { save(open?.etag ?? ""); }}><Save size={16} aria-hidden="true" /> {words("bar.save")}</button> : null}
        <button type="button" className="square" aria-label={words("files.closeTable", { name })} title={words("canvas.key.close")} onClick={onClose}><X size={16} aria-hidden="true" /></button>
      </div>
      <p className="hint">{words("files.types")}</p>
      {failed === null ? null : <p role="alert" className="trial-error">{failed}</p>}
      {other === null ? null : (
        <div role="alert" className="note-warn">
          <p>{words("files.conflict")}</p>
          <div className="buttons"><button type="button" onClick={again}>{words("files.theirs")}</button><button type="button" onClick={() => { save(other); }}>{words("files.mine")}</button></div>
        </div>
      )}
      {found.length === 0 ? null : (
        <div role="alert" className="note-warn"><p>{words("files.mistakes")}</p><ul>{found.map((one, index) => <li key={index}>{words("problems.line", { line: one.line })}: {one.message}</li>)}</ul></div>
      )}
      {open === null ? null : (
        <div className="grid-scroll" role="region" aria-label={words("files.cells", { name })} tabIndex={0}>
          <table className="grid">
            <thead>
              <tr>
                <td />
                {head.map((cell, at) => (
                  <th key={at} scope="col">
                    <input aria-label={words("files.columnName", { number: at + 1 })} readOnly={!editing} value={cell} onChange={(event) => { put(setCell(open.grid, 0, at, event.target.value)); }} />
                    {editing && head.length > 1 ? <button type="button" className="square quiet" aria-label={words("files.withoutColumn", { name: cell })} onClick={() => { put(removeColumn(open.grid, at)); }}><Trash2 size={13} aria-hidden="true" /></button> : null}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {open.grid.rows.map((row, index) => (index === 0 || row.cells.length === 0 ? null : (
                <tr key={index}>
                  <th scope="row">{index}{editing ? <button type="button" className="square quiet" aria-label={words("files.withoutRow", { number: index })} onClick={() => { put(removeRow(open.grid, index)); }}><Trash2 size={13} aria-hidden="true" /></button> : null}</th>
                  {Array.from({ length: Math.max(head.length, row.cells.length) }, (_, at) => (
                    <td key={at}><input aria-label={words("files.cell", { column: head[at] ?? at + 1, row: index })} readOnly={!editing} value={row.cells[at] ?? ""} onChange={(event) => { put(setCell(open.grid, index, at, event.target.value)); }} /></td>
                  ))}
                </tr>
              )))}
            </tbody>
          </table>
        </div>
      )}
      {open !== null && editing ? (
        <form className="lead" onSubmit={(event) => { event.preventDefault(); if (column.trim() !== "") { put(addColumn(open.grid, column.trim())); setColumn(""); } }}>
          <button type="button" disabled={full} onClick={() => { put(addRow(open.grid, open.grid.rows.length - 1)); }}><Plus size={15} aria-hidden="true" /> {words("files.addRow")}</button>
          <span className="grow" />
          <input aria-label={words("files.newColumn")} placeholder="price:decimal" className="mono" value={column} onChange={(event) => { setColumn(event.target.value); }} />
          <button type="submit" disabled={column.trim() === "" || cellsOf(open.grid) + open.grid.rows.length > CELLS}><Plus size={15} aria-hidden="true" /> {words("files.addColumn")}</button>
        </form>
      ) : null}
      {full ? <p className="hint">{words("files.full", { count: CELLS })}</p> : null}
    </section>
  );
}
