import { expect, test } from "vitest";
import type { Memory } from "./connection-state";
import { decode, encode, memoryKey } from "./memory";

const memory: Memory = {
  request: { flow: "clinic/reception", client_id: "s" },
  conversation: { id: "c_1", token: "t" },
  cursor: 4,
  outbox: [{ client_id: "a", words: { text: "hello" }, shown: "hello" }],
};

test("what is written is read", () => {
  expect(decode(encode(memory))).toEqual(memory);
  expect(decode(encode({ ...memory, conversation: null }))).toEqual({ ...memory, conversation: null });
});

test.each([null, "", "x", "null", "[]", "{}", '{"shape":0}', '{"shape":1,"request":{}}', '{"shape":1,"request":{"client_id":"s"},"cursor":1,"conversation":{}}'])(
  "%s is not read",
  (text) => {
    expect(decode(text)).toBeNull();
  },
);

test("each server, entrance and language has its own place", () => {
  const places = [memoryKey("https://a", "x", null), memoryKey("https://b", "x", null), memoryKey("https://a", "y", null), memoryKey("https://a", "x", "es")];
  expect(new Set(places).size).toBe(4);
});
