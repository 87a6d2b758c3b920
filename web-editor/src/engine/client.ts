/** The engine seen from the page: questions are promises. One worker, started at the first question. */
import type { Answers, Question } from "./protocol";

/** The engine refused, with its reason in a sentence. */
export class Refused extends Error {
  /** The engine itself is not there. */
  readonly fatal: boolean;

  constructor(message: string, fatal = false) {
    super(message);
    this.fatal = fatal;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Refused): void;
}

let worker: Worker | undefined;
let last = 0;
const waiting = new Map<number, Waiting>();

function begin(): Worker {
  const started = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", ({ data }: MessageEvent<{ number: number; answer: string }>) => {
    const one = waiting.get(data.number);
    waiting.delete(data.number);
    const answer = JSON.parse(data.answer) as { ok?: unknown; error?: string; fatal?: boolean };
    if (answer.error === undefined) one?.resolve(answer.ok);
    else one?.reject(new Refused(answer.error, answer.fatal));
  });
  // A bug in the engine ends its worker's code, not the page: whoever waits is told, and the next question begins anew.
  started.addEventListener("error", (event) => {
    started.terminate();
    worker = undefined;
    const all = [...waiting.values()];
    waiting.clear();
    for (const one of all) one.reject(new Refused(event.message || "the engine stopped", true));
  });
  return started;
}

/** Asks the engine. Rejects with {@link Refused}. */
export function ask<Q extends Question>(question: Q, request: Answers[Q]["request"]): Promise<Answers[Q]["answer"]> {
  worker ??= begin();
  last += 1;
  const number = last;
  const answer = new Promise<Answers[Q]["answer"]>((resolve, reject) => {
    waiting.set(number, { resolve: resolve, reject });
  });
  worker.postMessage({ number, request: JSON.stringify({ do: question, ...request }) });
  return answer;
}
