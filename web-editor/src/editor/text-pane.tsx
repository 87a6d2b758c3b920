/** The text beside the graph, in CodeMirror. The texts and their history are the editor's; the pane shows them and hands over what is typed. */
import { closeBrackets } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, defaultHighlightStyle, foldGutter, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics, type Diagnostic as Mark } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef, useState } from "react";
import { between } from "../flow/history";
import { breakOf, toPane, toText } from "../flow/lines";
import { back, forth, mend, typed } from "./document";
import { select, state, useEditor } from "./store";
import { useWords } from "./words/words";

/** A change that came from elsewhere, which is not handed over again. */
const remote = Annotation.define<boolean>();

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--code-key)", fontWeight: "600" },
  { tag: [tags.string, tags.content], color: "var(--code-text)" },
  { tag: [tags.number, tags.bool, tags.keyword, tags.null], color: "var(--code-value)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.meta, tags.separator], color: "var(--soft)" },
]);

/** The text as the pane holds it: every line break one unit. */
const paned = (text: string): string => text.replaceAll("\r\n", "\n");

export default function TextPane() {
  const words = useWords();
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const { file, history, analysis, selection, flow } = useEditor();
  const names = Object.keys(history.texts);
  const [chosen, setChosen] = useState(file);
  const name = names.includes(chosen) ? chosen : file;
  const text = history.texts[name] ?? "";
  const own = useRef(name);
  own.current = name;

  useEffect(() => {
    if (!holder.current) return undefined;
    const pane = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: paned(state().history.texts[own.current] ?? ""),
        extensions: [
          lineNumbers(), foldGutter(), drawSelection(), highlightActiveLine(), bracketMatching(), closeBrackets(), highlightSelectionMatches(), lintGutter(), yaml(), indentUnit.of("  "),
          syntaxHighlighting(colours), syntaxHighlighting(defaultHighlightStyle, { fallback: true }), EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": words("text.label"), tabindex: "0" }),
          keymap.of([
            { key: "Mod-z", run: () => (back(), true) }, { key: "Mod-y", run: () => (forth(), true) }, { key: "Mod-Shift-z", run: () => (forth(), true) },
            // Tab indents; Escape first, and Tab leaves the pane (WCAG 2.1.2).
            indentWithTab, ...searchKeymap, ...defaultKeymap,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged && !update.transactions.some((one) => one.annotation(remote))) {
              const before = state().history.texts[own.current] ?? "";
              const place = toText(before);
              const end = breakOf(before);
              let after = "";
              let at = 0;
              update.changes.iterChanges((from, to, _, __, insert) => {
                after += before.slice(at, place(from)) + insert.toString().replaceAll("\n", end);
                at = place(to);
              });
              typed(own.current, after + before.slice(at));
            }
            if (update.selectionSet && update.view.hasFocus && own.current === state().file) {
              const at = toText(state().history.texts[own.current] ?? "")(update.state.selection.main.head);
              const node = state().flow?.nodes.find((one) => one.from <= at && at <= one.to);
              if (node) select([node.id]);
            }
          }),
        ],
      }),
    });
    view.current = pane;
    return () => {
      pane.destroy();
      view.current = null;
    };
  }, []); // eslint-disable-line react-hooks/exhaustive-deps

  useEffect(() => {
    const pane = view.current;
    if (!pane) return;
    const [edit] = between(pane.state.doc.toString(), paned(text));
    if (edit) pane.dispatch({ changes: edit, annotations: remote.of(true) });
  }, [text]);

  useEffect(() => {
    const pane = view.current;
    if (!pane) return;
    const place = toPane(text);
    const end = pane.state.doc.length;
    const marks = (analysis?.diagnostics ?? []).filter((one) => one.file === name && one.from !== undefined).map((one): Mark => {
      const from = Math.min(place(one.from ?? 0), end);
      return {
        from, to: Math.min(Math.max(place(one.to ?? 0), from), end), severity: one.severity === "hint" ? "info" : one.severity, message: one.remedy === undefined ? one.message : `${one.message}\n${one.remedy}`,
        actions: one.fixes.map((fix) => ({ name: fix.title, apply: () => void mend(one, fix) })),
      };
    });
    pane.dispatch(setDiagnostics(pane.state, marks.filter((mark) => mark.severity !== "info")));
  }, [analysis, name]); // eslint-disable-line react-hooks/exhaustive-deps

  const last = selection.at(-1);
  useEffect(() => {
    const pane = view.current;
    const node = flow?.nodes.find((one) => one.id === last);
    if (!pane || !node || pane.hasFocus || name !== file) return;
    const from = Math.min(toPane(text)(node.from), pane.state.doc.length);
    pane.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "start", yMargin: 40 }) });
  }, [last, flow === null, name]); // eslint-disable-line react-hooks/exhaustive-deps

  return (
    <section className="text-pane" aria-label={words("text.label")}>
      {names.length > 1 ? (
        <label className="text-file"><span>{words("text.file")}</span>
          <select value={name} onChange={(event) => { setChosen(event.target.value); }}>{names.map((one) => <option key={one}>{one}</option>)}</select>
        </label>
      ) : null}
      <div ref={holder} className="code-view" />
    </section>
  );
}
