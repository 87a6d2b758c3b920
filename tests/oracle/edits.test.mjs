// Edits by the native build and by the WebAssembly build give the same bytes, and a YAML reader that nobody here wrote reads in the
// edited documents what the engine says is in them. WASM names the module and NATIVE the lines of `edit_bytes`; scripts/test sets both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import YAML from "yaml";

const lines = readFileSync(process.env.NATIVE, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));

test("WebAssembly makes the same edits, byte by byte", async () => {
  const module = new WebAssembly.Module(readFileSync(process.env.WASM));
  // A library deep below asks for doors to JavaScript (a clock, randomness); edits must not go through any of them.
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`an edit called ${name}`);
    };
  }
  const instance = await WebAssembly.instantiate(module, imports);
  const { room, answer, memory } = instance.exports;
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  for (const { request, response } of lines) {
    const bytes = encoder.encode(request);
    const at = room(bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    const out = answer(at, bytes.length);
    const length = new DataView(memory.buffer).getUint32(out, true);
    assert.equal(decoder.decode(new Uint8Array(memory.buffer, out + 4, length)), response);
  }
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
