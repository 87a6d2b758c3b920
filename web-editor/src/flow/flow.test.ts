import { expect, test } from "vitest";
import type { Flow, FlowNode, JsonMap } from "../engine/protocol";
import { cardOf, drawing, neighbour } from "./card";
import { beside, freeId, idOf, pointerOf } from "./names";
import { isOpen, outline, parentOf } from "./outline";
import { blank, fieldsOf, spoken, summaryOf, variantOf } from "./schema";

const node = (id: string, ...exits: [string, string | null][]): FlowNode => ({
  id, type: "t", title: null, value: {}, waits: false, terminal: false, from: 0, to: 0,
  exits: exits.map(([name, target]) => ({ name, target, pointer: null, falls: target === null })),
});
const flow = (start: string, nodes: FlowNode[]): Flow => ({
  id: "f", title: null, kind: "ivr", channels: [], locales: [], start, head: {}, interrupts: [], nodes, texts: [], variables: [], inputs: {},
});

test("ids are free and readable", () => {
  expect(freeId("say", new Set(["say", "say-2"]))).toBe("say-3");
  expect(freeId("end", new Set())).toBe("end-2");
  expect(idOf("  ¿Qué desea? (año)")).toBe("que-desea-ano");
  expect(pointerOf("a/b~c")).toBe("/nodes/a~1b~0c");
  expect(beside("reception.yaml", "layout")).toBe("reception.layout.yaml");
});

test("the outline tells every node once, chains at one level", () => {
  const rows = outline(
    flow("a", [
      node("a", ["next", "b"], ["error", null]),
      node("b", ["x", "c"], ["y", "a"], ["z", "end"]),
      node("c", ["next", "end"]),
      node("alone", ["next", "b"]),
    ]),
    new Set(),
  );
  expect(rows.map((row) => `${row.level} ${row.key}${"target" in row ? ` ${row.target}` : ""}`)).toEqual([
    "1 node:a", "2 exit:a.error none", "1 node:b", "2 exit:b.x below", "3 node:c", "4 exit:c.next end", "2 exit:b.y told", "2 exit:b.z end",
    "1 head:loose", "2 node:alone", "3 exit:alone.next told",
  ]);
  expect(parentOf(rows, 4)).toBe(3);
  expect(rows.slice(0, 1).map(isOpen)).toEqual([true]);
});

test("folded rows hide what is below, not what follows", () => {
  const all = flow("a", [node("a", ["x", "b"], ["y", "c"]), node("b", ["next", "c"]), node("c")]);
  const rows = outline(all, new Set(["exit:a.x"]));
  expect(rows.map((row) => row.key)).toEqual(["node:a", "exit:a.x", "exit:a.y"]);
});

test("what would stand too far in is told at the first level", () => {
  const chain = ["a", "b", "c", "d"].map((id, index, all) => node(id, ["x", all[index + 1] ?? "end"], ["y", "end"]));
  const rows = outline(flow("a", chain), new Set());
  expect(Math.max(...rows.map((row) => row.level))).toBe(4);
  expect(rows.find((row) => row.key === "exit:b.x")).toMatchObject({ target: "told" });
  expect(rows.find((row) => row.key === "node:c")).toMatchObject({ level: 1 });
  expect(rows.filter((row) => row.kind === "node")).toHaveLength(4);
});

test("a circle of nodes ends", () => {
  expect(outline(flow("a", [node("a", ["next", "b"]), node("b", ["next", "a"])]), new Set())).toHaveLength(3);
});

test("cards have their sizes and edges their places", () => {
  const cards = [cardOf("a", node("a", ["x", "b"], ["y", "nowhere"]).exits, "words"), cardOf("b", [], "")];
  const { boxes, edges } = drawing(cards);
  expect(boxes[0]?.height).toBeGreaterThan(boxes[1]?.height ?? 0);
  expect(edges).toEqual([{ from: 0, outlet: cards[0]?.outlets[0], to: 1 }]);
});

test("arrows go along exits and to what is near", () => {
  const nodes = [node("a", ["x", "b"]), node("b"), node("c")];
  const places = new Map([["a", { x: 0, y: 0 }], ["b", { x: 300, y: 0 }], ["c", { x: 0, y: 200 }]]);
  expect(neighbour("right", "a", nodes, places)).toBe("b");
  expect(neighbour("left", "b", nodes, places)).toBe("a");
  expect(neighbour("down", "a", nodes, places)).toBe("c");
  expect(neighbour("up", "a", nodes, places)).toBeNull();
});

const schema: JsonMap = {
  type: "object",
  required: ["text"],
  properties: {
    text: { type: ["string", "array", "object"], format: "prompt", description: "What is said." },
    retries: { type: "integer", format: "uint32", minimum: 0, maximum: 9, default: 2 },
    save: { type: ["string", "null"], format: "variable" },
    keys: { anyOf: [{ $ref: "#/$defs/Keys" }, { type: "null" }], description: "How." },
    mode: { oneOf: [{ const: "a", description: "A" }, { enum: ["b"] }] },
    ways: { type: "array", items: { $ref: "#/$defs/Way" } },
    headers: { type: "object", additionalProperties: { type: "string" } },
    status: { anyOf: [{ type: "integer" }, { type: "string" }] },
  },
  $defs: {
    Keys: { type: "object", properties: { end: { type: "string", default: "#" } } },
    Way: { type: "object", required: ["id"], properties: { id: { type: "string" }, next: { type: ["string", "null"], format: "target" } } },
  },
};

test("a schema becomes fields by its shapes and formats", () => {
  const fields = Object.fromEntries(fieldsOf(schema, schema).map((field) => [field.key, field]));
  expect(fields.text).toMatchObject({ required: true, help: "What is said.", shape: { is: "format", format: "prompt" } });
  expect(fields.retries).toMatchObject({ fallback: 2, shape: { is: "number", integer: true, least: 0, most: 9 } });
  expect(fields.save?.shape).toEqual({ is: "format", format: "variable" });
  expect(fields.keys?.shape).toMatchObject({ is: "object", fields: [{ key: "end" }] });
  expect(fields.mode?.shape).toEqual({ is: "choice", values: ["a", "b"] });
  expect(fields.ways?.shape).toMatchObject({ is: "list", shape: { is: "object" } });
  expect(fields.headers?.shape).toMatchObject({ is: "map", shape: { is: "text" } });
  const { status } = fields;
  if (status?.shape.is !== "variants") throw new Error("two kinds of value");
  expect(variantOf("5xx", status.shape.variants)).toBe(1);
  expect(variantOf(200, status.shape.variants)).toBe(0);
});

test("a new item has what it must have", () => {
  const ways = fieldsOf(schema, schema).find((field) => field.key === "ways");
  if (ways?.shape.is !== "list") throw new Error("a list");
  expect(blank(ways.shape.shape)).toEqual({ id: "" });
});

test("a card says the first words of its node", () => {
  expect(summaryOf({ text: "Hello", retries: 1 }, schema)).toBe("Hello");
  expect(summaryOf({ text: { voice: [{ text: "Your balance" }, { value: "= b" }], default: "x" } }, schema)).toBe("x");
  expect(summaryOf({ headers: { a: "1" } }, schema)).toBe("a 1");
  expect(spoken([{ text: "One" }, { audio: "two.wav" }])).toBe("One two.wav");
});
