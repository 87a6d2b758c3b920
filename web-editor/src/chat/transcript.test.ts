import { expect, test } from "vitest";
import { MAX_ENTRIES } from "./limits";
import type { Message } from "./protocol";
import { delivered, offered, queued, received } from "./transcript";
import type { Transcript } from "./transcript";

const message = (cursor: number, over: Partial<Message> = {}): Message => ({
  cursor,
  from: "flow",
  at: "2026-11-23T09:00:00Z",
  client_id: null,
  parts: [{ text: `line ${cursor}` }],
  choices: [],
  locale: null,
  sensitive: false,
  ...over,
});
const keys = (transcript: Transcript): string[] => transcript.map(({ key }) => key);
const choices = [{ id: "book", label: "Book" }];

test("the echo takes the place of what was shown, under the same key", () => {
  let list = queued([], "a", "hello");
  list = received(list, message(1, { from: "contact", client_id: "a", parts: [{ text: "hello" }] }), false);
  expect(list).toMatchObject([{ key: "a", cursor: 1, delivery: "sent" }]);
});

test("an echo without words keeps the label of the pressed button", () => {
  const list = received(queued([], "a", "Book"), message(1, { from: "contact", client_id: "a", parts: [] }), false);
  expect(list[0]?.parts).toEqual([{ text: "Book" }]);
});

test("what waits stays below what is stored", () => {
  let list = queued(queued([], "a", "one"), "b", "two");
  list = received(list, message(1), false);
  expect(keys(list)).toEqual(["m1", "a", "b"]);
  list = received(list, message(2, { from: "contact", client_id: "a" }), false);
  expect(keys(list)).toEqual(["m1", "a", "b"]);
});

test("the same cursor twice is one line", () => {
  const list = received([], message(1), false);
  expect(received(list, message(1), false)).toBe(list);
});

test("delivery changes only what is not yet echoed; a second attempt is the same line", () => {
  let list = delivered(queued([], "a", "one"), "a", "failed");
  expect(list).toMatchObject([{ delivery: "failed" }]);
  list = queued(list, "a", "one");
  expect(list).toMatchObject([{ delivery: "sending" }]);
  list = received(list, message(1, { from: "contact", client_id: "a" }), false);
  expect(delivered(list, "a", "failed")).toMatchObject([{ delivery: "sent" }]);
});

test("choices stand until the person speaks, and come back when that failed", () => {
  let list = received([], message(1, { choices }), false);
  list = received(list, message(2), false);
  expect(offered(list)).toBe(choices);
  list = queued(list, "a", "Book");
  expect(offered(list)).toEqual([]);
  expect(offered(delivered(list, "a", "failed"))).toBe(choices);
});

test("a tab open for days keeps only the newest", () => {
  let list: Transcript = [];
  for (let cursor = 1; cursor <= MAX_ENTRIES + 5; cursor++) list = received(list, message(cursor), false);
  expect([list.length, list[0]?.cursor]).toEqual([MAX_ENTRIES, 6]);
});
