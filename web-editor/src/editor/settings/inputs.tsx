/** The smallest parts of forms: a field with its label, help and problems, and inputs that write after a short rest. */
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { Diagnostic, Json } from "../../engine/protocol";
import { FIELD_MS } from "../../flow/limits";
import { Problem } from "../problems-view";
import { plainOf } from "../../flow/schema";
import { useWords } from "../words/words";

/** What a widget is given: its value, and where to write another. Undefined takes the value away. */
export interface Widget {
  id: string;
  /** JSON pointer within the node. */
  path: string;
  value: Json | undefined;
  fallback: Json | undefined;
  describedBy: string | undefined;
  label: string;
  write: (value: Json | undefined) => void;
}

/** A value that is typed: kept here while the fingers move, written when they rest or leave. */
export function useTyped(value: string, write: (value: string) => void): { value: string; onChange: (value: string) => void; onBlur: () => void } {
  const [own, setOwn] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const latest = useRef({ own, write });
  latest.current = { own, write };
  const flush = () => {
    clearTimeout(timer.current);
    const typed = latest.current.own;
    if (typed !== null && typed !== value) latest.current.write(typed);
  };
  const leave = useRef(flush);
  leave.current = flush;
  // Whoever chooses another step in the middle of a word loses nothing of it.
  useEffect(() => () => { leave.current(); }, []);
  return {
    value: own ?? value,
    onChange: (next) => {
      setOwn(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => { leave.current(); }, FIELD_MS);
    },
    onBlur: () => {
      flush();
      setOwn(null);
    },
  };
}

export function TextInput({ widget, list, mono = false, pattern, placeholder, label }: { widget: Widget; list?: string | undefined; mono?: boolean; pattern?: string | undefined; placeholder?: string; label?: string }) {
  const shown = widget.value === undefined || widget.value === null ? "" : typeof widget.value === "string" ? widget.value : JSON.stringify(widget.value);
  const typed = useTyped(shown, (text) => { widget.write(text === "" ? undefined : text); });
  return (
    <input
      id={widget.id} className={mono ? "mono" : ""} value={typed.value} list={list} pattern={pattern} placeholder={placeholder ?? (plainOf(widget.fallback))} aria-describedby={widget.describedBy}
      spellCheck={!mono} autoComplete="off" aria-label={label} onChange={(event) => { typed.onChange(event.target.value); }} onBlur={typed.onBlur}
    />
  );
}

export function TextArea({ widget, mono = false, rows = 2 }: { widget: Widget; mono?: boolean; rows?: number }) {
  const typed = useTyped(plainOf(widget.value), (text) => { widget.write(text === "" ? undefined : text); });
  const lines = Math.min(14, Math.max(rows, Math.ceil(typed.value.length / 34), typed.value.split("\n").length));
  return (
    <textarea
      id={widget.id} className={mono ? "mono" : ""} rows={lines} value={typed.value} aria-describedby={widget.describedBy} spellCheck={!mono}
      onChange={(event) => { typed.onChange(event.target.value); }} onBlur={typed.onBlur}
    />
  );
}

export function NumberInput({ widget, integer, least, most }: { widget: Widget; integer: boolean; least: number | null; most: number | null }) {
  const typed = useTyped(typeof widget.value === "number" ? String(widget.value) : "", (text) => {
    const value = Number(text);
    widget.write(text.trim() === "" || Number.isNaN(value) ? undefined : value);
  });
  return (
    <input
      id={widget.id} type="number" inputMode={integer ? "numeric" : "decimal"} step={integer ? 1 : "any"} {...(least === null ? {} : { min: least })} {...(most === null ? {} : { max: most })} value={typed.value}
      placeholder={plainOf(widget.fallback)} aria-describedby={widget.describedBy} onChange={(event) => { typed.onChange(event.target.value); }} onBlur={typed.onBlur}
    />
  );
}

export function Switch({ widget }: { widget: Widget }) {
  const on = typeof widget.value === "boolean" ? widget.value : widget.fallback === true;
  return (
    <input
      id={widget.id} type="checkbox" role="switch" className="switch" checked={on} aria-describedby={widget.describedBy}
      onChange={(event) => { widget.write(event.target.checked === (widget.fallback === true) && widget.fallback !== undefined ? undefined : event.target.checked); }}
    />
  );
}

export function Choice({ widget, values, required }: { widget: Widget; values: Json[]; required: boolean }) {
  const words = useWords();
  const shown = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
  return (
    <select
      id={widget.id} value={widget.value === undefined || widget.value === null ? "" : shown(widget.value)} aria-describedby={widget.describedBy}
      onChange={(event) => { widget.write(values.find((value) => shown(value) === event.target.value)); }}
    >
      {required && widget.value !== undefined ? null : <option value="">{widget.fallback === undefined ? words("details.unset") : words("details.default", { value: shown(widget.fallback) })}</option>}
      {values.map((value) => <option key={shown(value)} value={shown(value)}>{shown(value).replace(/_/gu, " ")}</option>)}
    </select>
  );
}

/** Anything, as JSON: for what has no shape of its own. */
export function JsonInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const shown = widget.value === undefined ? "" : typeof widget.value === "string" ? widget.value : JSON.stringify(widget.value, null, 2);
  const [bad, setBad] = useState(false);
  const typed = useTyped(shown, (text) => {
    const plain = text.trim();
    if (plain === "") {
      widget.write(undefined);
      return;
    }
    try {
      widget.write(JSON.parse(plain) as Json);
      setBad(false);
    } catch {
      // A text that does not look like JSON is meant as a text.
      const isText = !/^[[{"]/u.test(plain);
      setBad(!isText);
      if (isText) widget.write(text);
    }
  });
  const lines = Math.min(12, Math.max(1, typed.value.split("\n").length));
  return (
    <>
      <textarea id={widget.id} className="mono" rows={lines} value={typed.value} aria-invalid={bad} aria-describedby={widget.describedBy} spellCheck={false} onChange={(event) => { typed.onChange(event.target.value); }} onBlur={typed.onBlur} />
      {bad ? <p className="field-problem" role="alert">{words("details.badJson")}</p> : null}
    </>
  );
}

/** A label, a widget, its help, and what is wrong with it. */
export function Labelled({ label, name, help, required = false, inline = false, problems, children }: {
  label: string; name?: string; help?: string; required?: boolean; inline?: boolean; problems?: readonly Diagnostic[] | undefined; children: (id: string, describedBy: string | undefined) => ReactNode;
}) {
  const words = useWords();
  const id = useId();
  const hasHelp = help !== undefined && help !== "";
  return (
    <div className={`field${inline ? " inline" : ""}${problems && problems.length > 0 ? " bad" : ""}`}>
      <label htmlFor={id}>{label}{required ? <span className="needed"> {words("details.required")}</span> : null}{name === undefined ? null : <code>{name}</code>}</label>
      {children(id, hasHelp ? `${id}-help` : undefined)}
      {hasHelp ? <p className="help" id={`${id}-help`}>{help}</p> : null}
      {problems?.map((problem, index) => <Problem key={index} problem={problem} place={false} />)}
    </div>
  );
}
