/** The worker in which the engine lives. Takes requests in order and posts each answer under the request's number. */
import address from "../../engine/engine.wasm?url";
import { answerOf, instance, type Exports } from "./instance";

const load = async (): Promise<Exports> => {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status}`);
  return instance(await response.arrayBuffer());
};

const engine = load();

addEventListener("message", ({ data }: MessageEvent<{ number: number; request: string }>) => {
  void engine.then(
    (exports) => {
      postMessage({ number: data.number, answer: answerOf(exports, data.request) });
    },
    (error: unknown) => {
      postMessage({ number: data.number, answer: JSON.stringify({ error: String(error), fatal: true }) });
    },
  );
});
