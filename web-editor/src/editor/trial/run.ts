/** Trying the flow: the talk that a person makes by trying is performed from its start after every change of it or of the flow. */
import { ask } from "../../engine/client";
import type { Json, Trial } from "../../engine/protocol";
import { TRIAL_LINES } from "../../flow/limits";
import { before, heldAt, visitsOf } from "../../flow/held";
import { beside, idOf } from "../../flow/names";
import { filesOf, write } from "../document";
import { change, state, tell, type Line, type TrialState } from "../store";
import { t } from "../words/words";

/** The talk as the flow language writes it. */
export function talkOf(flow: string, trial: Pick<TrialState, "channel" | "locale" | "inputs" | "lines" | "mocks">): Json {
  const mocks: Record<string, Json> = {};
  for (const [node, text] of Object.entries(trial.mocks)) mocks[node] = mockOf(text);
  const inputs = Object.fromEntries(Object.entries(trial.inputs).filter(([, value]) => value !== "").map(([name, value]) => [name, scalar(value)]));
  const start: Record<string, Json> = { channel: trial.channel };
  if (trial.channel === "voice") start.from = "+15550100";
  if (trial.locale !== "") start.locale = trial.locale;
  if (Object.keys(inputs).length > 0) start.inputs = inputs;
  return { about: "trial", flow, start, ...(Object.keys(mocks).length > 0 ? { mocks } : {}), talk: trial.lines.map((line) => ({ in: line })) };
}

/** A value as somebody types it: a number, a truth or else a text. */
function scalar(text: string): Json {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === "object" && value !== null ? text : value;
  } catch {
    return text;
  }
}

/** An answer as it is typed: what the talks of the flow language know, or else any JSON that is answered as such. */
export function mockOf(text: string): Json {
  const plain = text.trim();
  try {
    return JSON.parse(plain) as Json;
  } catch {
    return ["silence", "answered", "busy", "no_answer", "rejected", "failed"].includes(plain) ? plain : { json: plain };
  }
}

const set = (part: Partial<TrialState>): void => {
  change((now) => ({ trial: { ...now.trial, ...part } }));
};

let latest = 0;

/** Performs the trial anew; does nothing while none is shown. */
export async function rerun(): Promise<void> {
  const { panes, id, file, history, flow, trial } = state();
  if (!panes.trial || id === null || !flow) return;
  latest += 1;
  const number = latest;
  try {
    const whole = await ask("try", { files: filesOf(file, history.texts), talk: talkOf(flow.id, trial) });
    if (number !== latest) return;
    const { breakpoints, passed, single } = state().trial;
    const held = heldAt(whole.steps, flow.id, breakpoints, passed, single);
    if (held) set({ result: { ...whole, steps: before(whole.steps, held), asks: null, ended: null, wakes_at: null }, held, error: null });
    // What was shown was passed: a breakpoint that is set later stops the next time.
    else set({ result: whole, held: null, passed: visitsOf(whole.steps), single: false, error: null });
  } catch (error) {
    if (number === latest) set({ error: error instanceof Error ? error.message : String(error) });
  }
}

/** Goes on from where it is held: to the next breakpoint, or by one node. */
export async function goOn(single: boolean): Promise<void> {
  const { held } = state().trial;
  if (!held) return;
  set({ passed: held.number + 1, single, at: null });
  await rerun();
}

/** Sets a breakpoint before a step, or takes it away. */
export async function toggleBreakpoint(node: string): Promise<void> {
  const { breakpoints, held } = state().trial;
  const is = breakpoints.includes(node);
  set({ breakpoints: is ? breakpoints.filter((one) => one !== node) : [...breakpoints, node] });
  tell(t(is ? "trial.breakpointGone" : "trial.breakpointSet", { node }));
  if (held) await rerun();
}

/** Begins anew, on another channel or in another locale perhaps. */
export async function restart(part: Partial<TrialState> = {}): Promise<void> {
  set({ ...part, lines: [], undone: [], at: null, result: null, held: null, passed: 0, single: false });
  await rerun();
}

/** Something happens. */
export async function act(line: Line): Promise<void> {
  const { lines } = state().trial;
  if (lines.length >= TRIAL_LINES) return;
  set({ lines: [...lines, line], undone: [], at: null });
  await rerun();
}

/** Takes back what happened last. */
export async function stepBack(): Promise<void> {
  const { lines, undone } = state().trial;
  const last = lines.at(-1);
  if (last === undefined) return;
  set({ lines: lines.slice(0, -1), undone: [last, ...undone], at: null, single: false });
  await rerun();
}

/** Does again what was taken back. */
export async function stepForth(): Promise<void> {
  const { lines, undone } = state().trial;
  const [next, ...rest] = undone;
  if (next === undefined) return;
  set({ lines: [...lines, next], undone: rest, at: null });
  await rerun();
}

/** Goes back to a step of the past, and goes on from there. */
export async function returnTo(step: number): Promise<void> {
  const { lines, undone, result } = state().trial;
  const kept = Math.max(0, (result?.marks ?? []).filter((mark) => mark <= step + 1).length - 1);
  set({ lines: lines.slice(0, kept), undone: [...lines.slice(kept), ...undone], at: null });
  await rerun();
}

/** Answers for a service: for all its questions, from now on. */
export async function answer(node: string, text: string): Promise<void> {
  const { mocks } = state().trial;
  set({ mocks: { ...mocks, [node]: text } });
  await rerun();
}

export async function forget(node: string): Promise<void> {
  const mocks = Object.fromEntries(Object.entries(state().trial.mocks).filter(([name]) => name !== node));
  set({ mocks });
  await rerun();
}

/** The time from the last step to the moment at which the flow moves by itself, as the flow language writes it. */
export function pause(result: Trial): string {
  const at = result.steps.at(-1)?.at ?? 0;
  const ms = Math.max(1, (result.wakes_at ?? at + 5_000) - at);
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

/** Puts the text of a talk beside the flow: a test from now on. */
export function keepTalk(about: string, talk: string): void {
  const { file, history } = state();
  const wish = idOf(about) || "trial";
  let name = beside(file, `${wish}.talk`);
  for (let number = 2; history.texts[name] !== undefined; number += 1) name = beside(file, `${wish}-${number}.talk`);
  write([{ name, created: true, edits: [{ from: 0, to: 0, insert: talk }] }]);
  tell(t("trial.kept", { name }));
}

/** Keeps the trial as a talk beside the flow: a test from now on. */
export async function keep(about: string): Promise<void> {
  const { file, history, flow, trial } = state();
  if (!flow) return;
  try {
    const { talk } = await ask("try", { files: filesOf(file, history.texts), talk: talkOf(flow.id, trial), about });
    if (talk) keepTalk(about, talk);
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error), true);
  }
}
