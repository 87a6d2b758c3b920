import { expect, test } from "vitest";
import { apply, begin, between, edited, inverted, perform, redo, undo } from "./history";
import { breakOf, toPane, toText } from "./lines";

const set = (name: string, from: number, to: number, insert: string) => ({ name, created: false, edits: [{ from, to, insert }] });

test("edits apply and are undone to the letter", () => {
  const text = "a: 'ä' # 😀\nb: 2\n";
  const edits = [{ from: 3, to: 6, insert: '"x"' }, { from: 12, to: 13, insert: "bb" }];
  const after = edited(text, edits);
  expect(after).toBe('a: "x" # 😀\nbb: 2\n');
  expect(edited(after, inverted(text, edits))).toBe(text);
  expect(() => edited("ab", [{ from: 1, to: 5, insert: "" }])).toThrow(RangeError);
});

test("the edit between two texts is the smallest", () => {
  expect(between("same", "same")).toEqual([]);
  expect(between("one two three", "one 2 three")).toEqual([{ from: 4, to: 7, insert: "2" }]);
  expect(between("aa", "aaa")).toEqual([{ from: 2, to: 2, insert: "a" }]);
});

test("files come and go with undo", () => {
  const start = begin({ "a.yaml": "x" });
  const created = perform(start, [set("a.yaml", 0, 1, "y"), { name: "a.layout.yaml", created: true, edits: [{ from: 0, to: 0, insert: "n" }] }], 0);
  expect(created.texts).toEqual({ "a.yaml": "y", "a.layout.yaml": "n" });
  expect(undo(created).texts).toEqual({ "a.yaml": "x" });
  expect(redo(undo(created)).texts).toEqual(created.texts);
  expect(apply({ b: "1" }, [{ name: "b", created: false, removed: true, edits: [] }]).texts).toEqual({});
});

test("random steps undone give the first texts back", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed % below;
  };
  const first = begin({ f: "0123456789".repeat(5) });
  let history = first;
  for (let step = 0; step < 300; step += 1) {
    const length = (history.texts.f ?? "").length;
    const from = random(length + 1);
    const to = from + random(length - from + 1);
    history = perform(history, [set("f", from, to, "é😀"[random(2)] ?? "z")], step * 500, random(2) ? "typing" : null);
  }
  const last = history.texts;
  while (history.past.length > 0) history = undo(history);
  expect(history.texts).toEqual(first.texts);
  while (history.future.length > 0) history = redo(history);
  expect(history.texts).toEqual(last);
});

test("quick typing is one step, a pause begins another", () => {
  let history = begin({ f: "" });
  history = perform(history, [set("f", 0, 0, "a")], 0, "typing");
  history = perform(history, [set("f", 1, 1, "b")], 100, "typing");
  history = perform(history, [set("f", 2, 2, "c")], 9_000, "typing");
  expect(history.past).toHaveLength(2);
  expect(undo(history).texts.f).toBe("ab");
  expect(undo(undo(history)).texts.f).toBe("");
  expect(perform(history, [], 0)).toBe(history);
});

test("places are turned round line breaks of two units", () => {
  const text = "a\r\nbc\r\nd\ne";
  const pane = text.replaceAll("\r\n", "\n");
  for (let place = 0; place <= pane.length; place += 1) {
    expect(toPane(text)(toText(text)(place))).toBe(place);
    expect(text.slice(toText(text)(place)).replaceAll("\r\n", "\n")).toBe(pane.slice(place));
  }
  expect(breakOf(text)).toBe("\r\n");
  expect(breakOf("a\nb\r\nc\n")).toBe("\n");
  expect(toText("plain\n")(3)).toBe(3);
});
