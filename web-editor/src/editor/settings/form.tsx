/** A form for any schema: objects, lists, maps and variants of the shapes below them. */
import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import type { Diagnostic, Json, JsonMap } from "../../engine/protocol";
import { escaped } from "../../flow/names";
import { blank, variantOf, type Field, type Shape } from "../../flow/schema";
import { useWords } from "../words/words";
import { FormatInput } from "./formats";
import { Choice, JsonInput, Labelled, NumberInput, Switch, TextInput, type Widget } from "./inputs";

const mapOf = (value: Json | undefined): JsonMap => (typeof value === "object" && value !== null && !Array.isArray(value) ? value : {});
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Where a form writes: pointers within the node, and the problems that are told beside fields. */
export interface Desk {
  write: (path: string, value: Json | undefined) => void;
  problems: (path: string) => readonly Diagnostic[];
}

const isLarge = (shape: Shape): boolean => shape.is === "object" || shape.is === "list" || shape.is === "map" || (shape.is === "variants" && shape.variants.some((one) => one.shape.is === "object"));

/** A short name for an item of a list: its id, its first words. */
function nameOf(value: Json, index: number, words: (key: string, values?: Record<string, unknown>) => string): string {
  const map = mapOf(value);
  const named = map.id ?? map.name ?? map.label ?? map.when ?? map.title ?? Object.values(map).find((one) => typeof one === "string");
  const text = typeof value === "string" || typeof value === "number" ? String(value) : typeof named === "string" ? named : "";
  return text === "" ? words("details.item", { number: index + 1 }) : text.slice(0, 40);
}

function ListInput({ shape, path, value, desk, label }: { shape: Shape; path: string; value: Json[]; desk: Desk; label: string }) {
  const words = useWords();
  const put = (items: Json[]) => { desk.write(path, items.length === 0 ? undefined : items); };
  const move = (from: number, to: number) => {
    const items = [...value];
    const [one] = items.splice(from, 1);
    if (one !== undefined) items.splice(to, 0, one);
    put(items);
  };
  return (
    <div className="list" role="group" aria-label={label}>
      {value.map((item, index) => {
        const name = nameOf(item, index, words);
        const tools = (
          <span className="item-tools">
            <button type="button" className="square quiet" aria-label={`${words("details.up")}: ${name}`} disabled={index === 0} onClick={() => { move(index, index - 1); }}><ArrowUp size={14} aria-hidden="true" /></button>
            <button type="button" className="square quiet" aria-label={`${words("details.down")}: ${name}`} disabled={index === value.length - 1} onClick={() => { move(index, index + 1); }}><ArrowDown size={14} aria-hidden="true" /></button>
            <button type="button" className="square quiet" aria-label={words("details.removeItem", { name })} onClick={() => { put(value.filter((_, at) => at !== index)); }}><Trash2 size={14} aria-hidden="true" /></button>
          </span>
        );
        return isLarge(shape) ? (
          <div key={index} className="item folded"><details open={value.length <= 3}><summary>{name}</summary><ShapeInput shape={shape} path={`${path}/${index}`} value={item} fallback={undefined} required desk={desk} label={name} /></details>{tools}</div>
        ) : (
          <div key={index} className="item line"><ShapeInput shape={shape} path={`${path}/${index}`} value={item} fallback={undefined} required desk={desk} label={words("details.item", { number: index + 1 })} />{tools}</div>
        );
      })}
      <button type="button" className="quiet add-item" onClick={() => { put([...value, blank(shape)]); }}><Plus size={14} aria-hidden="true" /> {words("details.addItem")}</button>
    </div>
  );
}

function MapInput({ shape, path, value, desk, label }: { shape: Shape; path: string; value: JsonMap; desk: Desk; label: string }) {
  const words = useWords();
  const [fresh, setFresh] = useState("");
  const add = () => {
    const key = fresh.trim();
    if (key === "" || value[key] !== undefined) return;
    desk.write(`${path}/${escaped(key)}`, blank(shape));
    setFresh("");
  };
  return (
    <div className="list" role="group" aria-label={label}>
      {Object.entries(value).map(([key, item]) => (
        <div key={key} className="item entry">
          <span className="entry-key">{key}</span>
          <ShapeInput shape={shape} path={`${path}/${escaped(key)}`} value={item} fallback={undefined} required desk={desk} label={key} />
          <button type="button" className="square quiet" aria-label={words("details.removeItem", { name: key })} onClick={() => { desk.write(Object.keys(value).length === 1 ? path : `${path}/${escaped(key)}`, undefined); }}><Trash2 size={14} aria-hidden="true" /></button>
        </div>
      ))}
      <div className="item entry">
        <input className="entry-new" aria-label={`${label}: ${words("details.key")}`} placeholder={words("details.key")} value={fresh} onChange={(event) => { setFresh(event.target.value); }} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); add(); } }} />
        <button type="button" className="quiet" disabled={fresh.trim() === ""} onClick={add}><Plus size={14} aria-hidden="true" /> {words("details.add")}</button>
      </div>
    </div>
  );
}

/** The widget of any shape. */
export function ShapeInput({ shape, path, value, fallback, required, desk, label, id, describedBy }: {
  shape: Shape; path: string; value: Json | undefined; fallback: Json | undefined; required: boolean; desk: Desk; label: string; id?: string; describedBy?: string | undefined;
}) {
  const words = useWords();
  // An item of a list or an entry of a map stays when it is emptied; it is removed by its own button.
  const stays = /\/(?:\d+)$/u.test(path);
  const widget: Widget = {
    id: id ?? `w${path.replaceAll("/", "-")}`, path, value, fallback, describedBy, label,
    write: (next) => { desk.write(path, next === undefined && (required || stays) && value !== undefined ? (shape.is === "text" || shape.is === "format" ? "" : undefined) : next); },
  };
  switch (shape.is) {
    case "format":
      return <span className="with-name"><span className="spoken" />{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<FormatInput format={shape.format} widget={widget} /></span>;
    case "choice":
      return <>{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<Choice widget={widget} values={shape.values} required={required} /></>;
    case "switch":
      return <>{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<Switch widget={widget} /></>;
    case "number":
      return <>{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<NumberInput widget={widget} integer={shape.integer} least={shape.least} most={shape.most} /></>;
    case "text":
      return <>{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<TextInput widget={widget} /></>;
    case "object":
      return <Fields fields={shape.fields} path={path} value={mapOf(value)} desk={desk} />;
    case "list":
      return <ListInput shape={shape.shape} path={path} value={listOf(value)} desk={desk} label={label} />;
    case "map":
      return <MapInput shape={shape.shape} path={path} value={mapOf(value)} desk={desk} label={label} />;
    case "variants": {
      const index = variantOf(value, shape.variants);
      const chosen = shape.variants[index];
      return (
        <div className="variants">
          <select aria-label={`${label}: ${words("details.kind")}`} value={index} onChange={(event) => { const next = shape.variants[Number(event.target.value)]; if (next) desk.write(path, blank(next.shape)); }}>
            {shape.variants.map((one, at) => <option key={at} value={at}>{one.title.slice(0, 60)}</option>)}
          </select>
          {chosen ? <ShapeInput shape={chosen.shape} path={path} value={value} fallback={fallback} required={required} desk={desk} label={label} {...(id === undefined ? {} : { id })} describedBy={describedBy} /> : null}
        </div>
      );
    }
    default:
      return <>{id === undefined ? <label className="spoken" htmlFor={widget.id}>{label}</label> : null}<JsonInput widget={widget} /></>;
  }
}

function FieldInput({ field, path, value, desk }: { field: Field; path: string; value: Json | undefined; desk: Desk }) {
  const own = desk.problems(path);
  if (isLarge(field.shape)) {
    return (
      <details className="group" open={field.required || value !== undefined} data-path={path}>
        <summary>{field.label}<code>{field.key}</code></summary>
        {field.help === "" ? null : <p className="help">{field.help}</p>}
        <ShapeInput shape={field.shape} path={path} value={value} fallback={field.fallback} required={field.required} desk={desk} label={field.label} />
      </details>
    );
  }
  return (
    <div data-path={path}>
      <Labelled label={field.label} name={field.key} help={field.help} required={field.required && value === undefined} inline={field.shape.is === "switch"} problems={own}>
        {(id, describedBy) => <ShapeInput shape={field.shape} path={path} value={value} fallback={field.fallback} required={field.required} desk={desk} label={field.label} id={id} describedBy={describedBy} />}
      </Labelled>
    </div>
  );
}

/** Fields of an object: those that are needed, set or come first; the rest on demand. */
export function Fields({ fields, path, value, desk, first = 99, open = false }: { fields: Field[]; path: string; value: JsonMap; desk: Desk; first?: number; open?: boolean }) {
  const words = useWords();
  const [all, setAll] = useState(open);
  const near = fields.filter((field, index) => field.required || value[field.key] !== undefined || index < first);
  const shown = all ? fields : near;
  return (
    <div className="fields">
      {shown.map((field) => <FieldInput key={field.key} field={field} path={`${path}/${escaped(field.key)}`} value={value[field.key]} desk={desk} />)}
      {near.length < fields.length ? <button type="button" className="quiet more" aria-expanded={all} onClick={() => { setAll(!all); }}>{words(all ? "details.less" : "details.more")}</button> : null}
    </div>
  );
}
