/** What happened in a trial, line by line. Choosing a line shows the canvas and the variables as they were then. */
import type { Json, JsonMap, TrialStep } from "../../engine/protocol";
import { plainOf } from "../../flow/schema";
import { useWords } from "../words/words";

type Words = (key: string, values?: Record<string, unknown>) => string;

/** What the contact, the clock or a service did; nothing for what happens by itself and says nothing. */
export function heard(step: TrialStep, before: TrialStep | undefined, words: Words): { who: "contact" | "world"; text: string } | null {
  const { event } = step;
  const [kind, value]: [string, Json] = typeof event === "string" ? [event, null] : (Object.entries(event)[0] ?? ["", null]);
  const map = (typeof value === "object" && value !== null ? value : {}) as JsonMap;
  const passed = before ? step.at - before.at : 0;
  switch (kind) {
    case "start":
      return { who: "world", text: words("trial.began") };
    case "keys":
      return { who: "contact", text: words("trial.youKeys", { keys: value }) };
    case "text":
    case "button":
      return { who: "contact", text: plainOf(value) };
    case "speech":
      return { who: "contact", text: plainOf(map.text) };
    case "hangup":
      return { who: "contact", text: words("trial.youHangup") };
    case "timer":
      return passed > 0 ? { who: "contact", text: words("trial.youSilence", { time: `${passed / 1_000} s` }) } : null;
    case "result":
      return { who: "world", text: words("trial.result") };
    case "failed":
      return { who: "world", text: words("trial.failed") };
    case "connected":
      return { who: "world", text: words("trial.connected", { outcome: map.outcome }) };
    case "recorded":
      return { who: "contact", text: words("trial.recorded") };
    default:
      return null;
  }
}

/** The words of what is said or shown. */
function partWords(part: JsonMap): string {
  const [kind, value]: [string, Json] = Object.entries(part)[0] ?? ["", ""];
  if (kind === "text") return plainOf(value);
  if (kind === "ssml") return plainOf(value).replace(/<[^>]*>/gu, " ").replace(/\s+/gu, " ").trim();
  if (kind === "audio") return `♪ ${plainOf(value)}`;
  if (kind === "video") return `▶ ${plainOf(value)}`;
  const all: string[] = [];
  const walk = (one: unknown): void => {
    if (typeof one !== "object" || one === null) return;
    for (const [key, inner] of Object.entries(one)) {
      if (typeof inner === "string" && ["title", "text", "name", "label", "alt", "address"].includes(key) && inner !== "") all.push(inner);
      else walk(inner);
    }
  };
  walk(value);
  return all.join(" · ");
}

function told(step: TrialStep, words: Words): { kind: "say" | "act"; text: string }[] {
  return step.commands.flatMap((command): { kind: "say" | "act"; text: string }[] => {
    if (command.say) return ((command.say.parts ?? []) as JsonMap[]).map((part) => ({ kind: "say" as const, text: partWords(part) }));
    if (command.connect) return [{ kind: "act", text: words("trial.connect", { to: command.connect.to }) }];
    if (command.note) return [{ kind: "act", text: words("trial.note", { name: command.note.name }) }];
    if (command.record) return [{ kind: "act", text: words("trial.record") }];
    return [];
  });
}

export function Transcript({ steps, at, onPick }: { steps: readonly TrialStep[]; at: number | null; onPick: (at: number) => void }) {
  const words = useWords();
  return (
    <ol>
      {steps.map((step, index) => {
        const act = heard(step, steps[index - 1], words);
        const said = told(step, words);
        if (!act && said.length === 0) return null;
        return (
          <li key={index} className={`${at === index ? "picked" : ""}${at !== null && index > at ? " later" : ""}`}>
            {act ? <p className={act.who}>{act.text}</p> : null}
            {said.map((one, line) => <p key={line} className={one.kind}>{one.text}</p>)}
            <button type="button" className="at" aria-pressed={at === index} aria-label={`${step.node}: ${words("trial.step", { number: index + 1 })}`} onClick={() => { onPick(index); }}>{step.node}</button>
          </li>
        );
      })}
    </ol>
  );
}
