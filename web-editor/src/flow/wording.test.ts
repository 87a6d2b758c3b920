import { expect, test } from "vitest";
import type { TextRow } from "../engine/protocol";
import { isMade, narrowed, valueOf, wordsOf, worst } from "./wording";

const row = (key: string, text: TextRow["text"], state: "translated" | "stale" | "missing", es: TextRow["text"] = null): TextRow => ({
  key, pointer: "", node: key.split(".")[0] ?? null, kind: "text", needs_words: true, text, locales: { "es-ES": { text: es, state, before: null } },
});

test("what is typed keeps the form of the original", () => {
  expect(valueOf("Hello", "Hi")).toBe("Hello");
  expect(wordsOf(["one", "two"])).toBe("one\ntwo");
  expect(valueOf("one\n\n two ", ["yes"])).toEqual(["one", "two"]);
  expect(valueOf('{ "voice": "Hi" }', { voice: "Hello" })).toEqual({ voice: "Hi" });
  expect(valueOf("{", { voice: "Hello" })).toBeUndefined();
  expect([isMade("a"), isMade(["a"]), isMade({ voice: "a" }), isMade([{ text: "a" }])]).toEqual([false, false, true, true]);
});

test("rows are found by words of any language and by how they stand", () => {
  const rows = [row("hello.text", "Welcome", "translated", "Bienvenido"), row("menu.text", "Press 1", "missing"), row("bye.text", "Goodbye", "stale", "Adiós")];
  const keys = (words: string, wish: "all" | "missing" | "stale") => narrowed(rows, words, wish).map(({ key }) => key);
  expect(keys("bienv", "all")).toEqual(["hello.text"]);
  expect(keys("", "missing")).toEqual(["menu.text"]);
  expect(keys("adi", "stale")).toEqual(["bye.text"]);
  expect(keys("menu goodbye", "all")).toEqual([]);
  expect(rows.map(worst)).toEqual(["translated", "missing", "stale"]);
});
