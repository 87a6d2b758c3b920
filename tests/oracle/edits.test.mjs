// Edits by the native build and by the WebAssembly build give the same bytes, and a YAML reader that nobody here wrote reads in the
// edited documents what the engine says is in them. NATIVE names what the program `edit_bytes` printed, WASM the same
// program as WebAssembly; scripts/test sets both.
import assert from "node:assert/strict";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { WASI } from "node:wasi";
import YAML from "yaml";

const root = join(import.meta.dirname, "../..");
const lines = readFileSync(process.env.NATIVE, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

test("WebAssembly makes the same edits, byte by byte", async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-"));
  const path = join(folder, "lines");
  const out = openSync(path, "w");
  const wasi = new WASI({
    version: "preview1",
    args: ["edit_bytes", "/examples-flows", "/edits"],
    preopens: { "/examples-flows": join(root, "examples-flows"), "/edits": join(root, "flow-schemas/tests/edits") },
    stdout: out,
  });
  const module = await WebAssembly.compile(readFileSync(process.env.WASM));
  wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
  closeSync(out);
  const same = readFileSync(path).equals(readFileSync(process.env.NATIVE));
  rmSync(folder, { recursive: true });
  assert.ok(same, "the two builds print different edits");
  assert.ok(lines.length > 300, `${lines.length} edits are few`);
});

test("another YAML reader reads the same model", () => {
  let read = 0;
  for (const { response } of lines) {
    const answer = JSON.parse(response);
    if (answer.refused) continue;
    assert.deepEqual(YAML.parse(answer.text, { version: "1.2", merge: false }), answer.value, answer.text);
    for (const { name, text } of answer.changed) {
      assert.doesNotThrow(() => YAML.parse(text), name);
    }
    read += 1;
  }
  assert.ok(read > lines.length / 2, `${read} of ${lines.length} were made`);
});

test("the edits cover no byte that stays", () => {
  for (const { response } of lines) {
    const answer = JSON.parse(response);
    const change = answer.changed?.find((change) => change.name === answer.flow);
    if (!change) continue;
    const before = Buffer.from(answer.before);
    let at = 0;
    const out = [];
    for (const { start, end, text } of change.edits) {
      out.push(before.subarray(at, start), Buffer.from(text));
      at = end;
    }
    out.push(before.subarray(at));
    assert.equal(Buffer.concat(out).toString(), answer.text);
  }
});
