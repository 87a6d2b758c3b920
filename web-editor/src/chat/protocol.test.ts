import { describe, expect, test } from "vitest";
import { MAX_CHOICES, MAX_PARTS } from "./limits";
import { readCredentials, readFrame, readMessage, readPolled, readProblem, webAddress } from "./protocol";

const base = "https://chat.example";
const wire = {
  cursor: 7,
  from: "flow",
  at: "2026-11-23T09:00:00Z",
  parts: [{ text: "Hello" }, { audio: "/media/a.wav", alt: "Hello" }, { image: "https://img.example/x.png" }, { video: "v.mp4" }],
  choices: [{ id: "book", label: "Book", keys: "1" }, { id: "other" }],
  locale: "en-US",
};

test("a message is read whole; relative media belong to the server", () => {
  expect(readMessage(wire, base)).toEqual({
    cursor: 7,
    from: "flow",
    at: "2026-11-23T09:00:00Z",
    client_id: null,
    parts: [
      { text: "Hello" },
      { audio: "https://chat.example/media/a.wav", alt: "Hello" },
      { image: "https://img.example/x.png", alt: "" },
      { video: "https://chat.example/v.mp4", alt: "" },
    ],
    choices: [
      { id: "book", label: "Book" },
      { id: "other", label: "other" },
    ],
    locale: "en-US",
    sensitive: false,
  });
});

test.each(["javascript:alert(1)", "data:text/html,x", "blob:https://x/1", "file:///etc/passwd", "https://", 7, null])(
  "%s is not an address of media",
  (address) => {
    expect(webAddress(address, base)).toBeNull();
  },
);

test("parts that nobody can show are left out, and there is an end to parts and choices", () => {
  const parts = [{ audio: "javascript:alert(1)" }, { hologram: "x" }, null, { text: "kept" }];
  expect(readMessage({ ...wire, parts }, base)?.parts).toEqual([{ text: "kept" }]);
  const many = readMessage({ ...wire, parts: Array(999).fill({ text: "x" }), choices: Array(999).fill({ id: "x" }) }, base);
  expect([many?.parts.length, many?.choices.length]).toEqual([MAX_PARTS, MAX_CHOICES]);
});

test.each([null, [], "x", {}, { ...wire, cursor: -1 }, { ...wire, cursor: 1.5 }, { ...wire, cursor: "7" }, { ...wire, from: "server" }])(
  "%j is not a message",
  (value) => {
    expect(readMessage(value, base)).toBeNull();
  },
);

describe("frames", () => {
  test("of every kind", () => {
    const read = (value: unknown): unknown => readFrame(JSON.stringify(value), base);
    expect(read({ type: "message", message: wire })).toMatchObject({ type: "message", message: { cursor: 7 } });
    expect(read({ type: "accepted", client_id: "a", cursor: 3 })).toEqual({ type: "accepted", client_id: "a", cursor: 3 });
    expect(read({ type: "typing", on: true })).toEqual({ type: "typing", on: true });
    expect(read({ type: "ended", reason: "done" })).toEqual({ type: "ended", reason: "done" });
    expect(read({ type: "error", code: "too_long", message: "m" })).toEqual({ type: "error", code: "too_long", message: "m", client_id: null });
    expect(read({ type: "pong" })).toEqual({ type: "pong" });
  });

  test.each(["", "{", "null", "[]", '{"type":"news"}', '{"type":"message"}', '{"type":"accepted"}', new ArrayBuffer(2)])("%s is ignored", (data) => {
    expect(readFrame(data, base)).toBeNull();
  });
});

test("polls, starts and problems", () => {
  expect(readPolled({ messages: [wire, "x"], cursor: 7, ended: true }, base)).toMatchObject({ cursor: 7, ended: true, messages: [{ cursor: 7 }] });
  expect(readPolled({ messages: [] }, base)).toBeNull();
  expect(readCredentials({ conversation: "c_1", token: "t", cursor: 0 })).toEqual({ id: "c_1", token: "t" });
  expect(readCredentials({ conversation: "c_1" })).toBeNull();
  expect(readProblem({ title: "Not Found", detail: "No such flow." })).toBe("No such flow.");
  expect(readProblem("x")).toBe("");
});
