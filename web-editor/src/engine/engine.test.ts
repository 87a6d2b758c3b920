/** The WebAssembly itself, where it has been built: `npm run engine`. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { answerOf, instance } from "./instance";

const file = new URL("../../engine/engine.wasm", import.meta.url);
const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);

test.skipIf(bytes.length === 0)("the engine answers what it is asked, and refuses with a reason", async () => {
  const engine = await instance(bytes);
  const ask = (request: unknown): { ok?: never; error?: string } => JSON.parse(answerOf(engine, JSON.stringify(request))) as { ok?: never; error?: string };
  expect((ask({ do: "catalog" }).ok as unknown as unknown[]).length).toBeGreaterThan(20);
  const text = "offhook: 1\nid: a\nkind: chatbot\nstart: hi\nnodes:\n  hi: { type: say, text: 'Grüß 😀', next: en }\n";
  const said = ask({ do: "analyse", files: { flow: { name: "a.yaml", text } } }).ok as unknown as { diagnostics: { from: number; to: number; code: string }[] };
  const missing = said.diagnostics.find((one) => one.code === "OH0301");
  expect(text.slice(missing?.from, missing?.to)).toBe("en");
  expect(ask({ do: "dance" }).error).toContain("cannot be read");
});
