/** What can be picked, and what happens then: steps to add, targets, steps to find, commands. */
import { useMemo } from "react";
import { START } from "../flow/card";
import { summaryOf } from "../flow/schema";
import { back, forth } from "./document";
import { Picker, type Pick } from "./picker";
import { save } from "./saving";
import { addStep, connect, copied, duplicate, freeExit, nodeOf, pasteSteps, removeSteps, tidy } from "./steps";
import { change, focusField, select, state, tell, togglePane, typeOf, useEditor } from "./store";
import { toggleBreakpoint } from "./trial/run";
import { exitWords, useWords } from "./words/words";

const ENDS = ["end", "hangup", "return"];

interface Act extends Pick {
  run(): void;
}

export function Picking() {
  const words = useWords();
  const { picking, catalog, flow } = useEditor();

  const types = useMemo((): Pick[] => {
    const kind = flow?.kind;
    const legal = catalog.filter(({ meta }) => meta.kinds.length === 0 || kind === undefined || meta.kinds.includes(kind));
    return legal.map((type) => ({
      id: type.meta.name, label: type.meta.title, hint: type.docs.split(/(?<=\.)\s/u)[0] ?? "", icon: type.meta.icon, group: words(`families.${type.meta.family}`), tone: type.meta.family,
    }));
  }, [catalog, flow?.kind, words]);
  const steps = useMemo((): Pick[] => (flow?.nodes ?? []).map((node) => {
    const type = typeOf(catalog, node.type);
    return { id: node.id, label: node.title ?? node.id, hint: summaryOf(node.value, type?.schema ?? {}) || (type?.meta.title ?? ""), icon: type?.meta.icon ?? "box", tone: type?.meta.family ?? "none" };
  }), [flow, catalog]);
  const acts = useMemo((): Act[] => {
    const { selection } = state();
    const last = selection.at(-1);
    const node = nodeOf(last);
    const all: Act[] = [
      { id: "add", label: words("keys.add"), keys: "A", run: () => { change({ picking: { for: "add", node: node?.id ?? null, exit: node ? freeExit(node) : null } }); } },
      { id: "find", label: words("keys.find"), keys: "/", run: () => { change({ picking: { for: "find" } }); } },
      { id: "save", label: words("bar.save"), keys: "Ctrl+S", run: () => void save() },
      { id: "undo", label: words("bar.undo"), keys: "Ctrl+Z", run: back },
      { id: "redo", label: words("bar.redo"), keys: "Ctrl+Y", run: forth },
      { id: "tidy", label: words("bar.tidy"), run: () => void tidy() },
      { id: "paste", label: words("keys.copy"), keys: "Ctrl+V", run: () => void navigator.clipboard.readText().then(pasteSteps, (error: unknown) => { tell(String(error), true); }) },
      ...(["outline", "text", "problems", "trial", "details"] as const).map((pane) => ({ id: `pane-${pane}`, label: words(`bar.${pane}`), run: () => { togglePane(pane); } })),
      { id: "texts", label: words("bar.texts"), run: () => { change({ view: "texts" }); } },
      { id: "sessions", label: words("bar.sessions"), run: () => { change({ view: "sessions" }); } },
      { id: "history", label: words("bar.history"), run: () => { change({ view: "history" }); } },
      { id: "build", label: words("bar.build"), run: () => { change({ view: "build" }); } },
    ];
    if (node) {
      all.unshift(
        { id: "settings", label: words("keys.enter"), keys: "Enter", hint: node.id, run: () => { focusField(""); } },
        { id: "breakpoint", label: words("trial.breakpoint"), hint: node.id, keys: "B", run: () => void toggleBreakpoint(node.id) },
        { id: "duplicate", label: words("details.copy"), hint: node.id, run: () => void duplicate(node.id) },
        { id: "connect", label: words("keys.connect"), hint: node.id, keys: "C", run: () => { change({ picking: { for: "connect", node: node.id, exit: freeExit(node) ?? "next" } }); } },
        { id: "remove", label: words("keys.remove"), keys: "Delete", run: () => void removeSteps(state().selection) },
        { id: "copy", label: words("keys.copy"), keys: "Ctrl+C", run: () => void navigator.clipboard.writeText(copied()) },
      );
    }
    return all;
  }, [picking, words]); // eslint-disable-line react-hooks/exhaustive-deps

  if (!picking) return null;
  const close = () => {
    change((now) => (now.picking === picking ? { picking: null } : {}));
  };
  const done = (run: () => void) => {
    close();
    run();
  };
  switch (picking.for) {
    case "add":
      return (
        <Picker
          title={words("pick.add")} picks={types} onClose={close}
          onPick={(pick) => {
            const type = typeOf(catalog, pick.id);
            const from = picking.node !== null && picking.exit !== null ? { node: picking.node, exit: picking.exit } : null;
            if (type) done(() => void addStep(type, from));
          }}
        />
      );
    case "connect": {
      const own = nodeOf(picking.node);
      const others = (own?.exits ?? []).filter((exit) => exit.name !== picking.exit).map((exit) => ({ id: `\u0000${exit.name}`, label: words("pick.connect", { exit: exitWords(exit.name) }), hint: exit.target ?? "", icon: "git-fork" }));
      const picks = [...steps, ...ENDS.map((end) => ({ id: end, label: words(`pick.endings.${end}`), icon: "circle-stop" })), { id: "\u0001new", label: words("pick.newStep"), icon: "sparkles" }, { id: "\u0001none", label: words("pick.nowhere"), icon: "circle-stop" }, ...others];
      return (
        <Picker
          key={picking.exit} title={words("pick.connect", { exit: exitWords(picking.exit) })} picks={picks} onClose={close}
          onPick={({ id }) => {
            if (id.startsWith("\u0000")) change({ picking: { ...picking, exit: id.slice(1) } });
            else if (id === "\u0001new") change({ picking: { for: "add", node: picking.node, exit: picking.exit } });
            else done(() => void connect(picking.node === "" ? START : picking.node, picking.exit, id === "\u0001none" ? null : id));
          }}
        />
      );
    }
    case "find":
      return <Picker title={words("pick.find")} picks={steps} onClose={close} onPick={({ id }) => { done(() => { select([id]); }); }} />;
    case "command":
      return <Picker title={words("pick.command")} picks={acts} onClose={close} onPick={({ id }) => { const act = acts.find((one) => one.id === id); if (act) done(() => { act.run(); }); }} />;
  }
}
