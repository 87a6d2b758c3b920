import { expect, test } from "vitest";
import { readFlows, readStatus } from "./api";
import { grouped } from "./groups";
import { reachable, sipUri } from "./dial";
import { flowOf, routeTo } from "./route";
import { colour } from "./yaml";
import type { Look } from "./yaml";

test("flows are read, with defaults for what is missing", () => {
  expect(readFlows({ flows: [{ id: "a/b", chat: true, numbers: ["200", 7] }, { title: "no id" }, null] })).toEqual([
    { id: "a/b", title: "a/b", description: "", kind: "", channels: [], locales: [], version: 0, chat: true, numbers: ["200"], diagnostics: 0 },
  ]);
  expect(readFlows("x")).toEqual([]);
});

test("the list is grouped by kind, and nothing is lost", () => {
  const flows = readFlows({ flows: [["a", "library"], ["b", "ivr"], ["c", "new"], ["d", "ivr"], ["e", "chatbot"]].map(([id, kind]) => ({ id, kind })) });
  expect(grouped(flows).map(({ title, flows: those }) => [title, those.map(({ id }) => id).join("")])).toEqual([
    ["Answer calls and chats", "bd"],
    ["Answer chats", "e"],
    ["Pieces of other flows", "a"],
    ["Others", "c"],
  ]);
  expect(grouped([])).toEqual([]);
});

test("a server without a telephone has none", () => {
  expect(readStatus({ version: "0.1.0" })).toEqual({ version: "0.1.0", sip: null });
  expect(readStatus({ sip: { address: "127.0.0.1:5060", transports: ["udp"] } }).sip).toEqual({ address: "127.0.0.1:5060", transports: ["udp"] });
});

test("an address of the page names a flow and back", () => {
  for (const id of ["clinic/reception", "a", "odd name/ñ%"]) expect(flowOf(routeTo(id))).toBe(id);
  for (const hash of ["", "#", "#/", "#main", "#/%E0%A4%A"]) expect(flowOf(hash)).toBeNull();
});

test("what to dial", () => {
  expect(sipUri("200", "127.0.0.1:5060")).toBe("sip:200@127.0.0.1");
  expect(sipUri("+15551230001", "pbx.example:5070")).toBe("sip:+15551230001@pbx.example:5070");
  expect(sipUri("a@b", "h:1")).toBe("sip:a%40b@h:1");
  expect(reachable("0.0.0.0:5060", "box.local")).toBe("box.local:5060");
  expect(reachable("[::]:5060", "box.local")).toBe("box.local:5060");
  expect(reachable("10.0.0.1:5060", "box.local")).toBe("10.0.0.1:5060");
});

const looks = (line: string): [string, Look][] => (colour(line)[0] ?? []).filter(({ look }) => look !== "plain").map(({ text, look }) => [text, look]);

test("yaml lines get their colours", () => {
  expect(looks("title: Clinic # main")).toEqual([
    ["title", "key"],
    [":", "mark"],
    ["# main", "comment"],
  ]);
  expect(looks('  - { id: book, keys: "1", ok: true }')).toEqual([
    ["-", "mark"],
    ["{", "mark"],
    ["id", "key"],
    [":", "mark"],
    [",", "mark"],
    ["keys", "key"],
    [":", "mark"],
    ['"1"', "string"],
    [",", "mark"],
    ["ok", "key"],
    [":", "mark"],
    ["true", "value"],
    ["}", "mark"],
  ]);
  expect(looks("wait: 10m")).toContainEqual(["10m", "value"]);
  expect(looks("url: https://a.example/#x")).toEqual([
    ["url", "key"],
    [":", "mark"],
  ]);
});

test("a block is a string until its indent ends", () => {
  const lines = colour("text: |\n  To book: press 1\n\n  # not a comment\nnext: end");
  expect(lines.map((line) => line[0]?.look)).toEqual(["key", "string", "string", "string", "key"]);
});

test("no character is lost, whatever the document", () => {
  const documents = ["", "\t: x", "'unclosed: [", "- - a", "]}{[", 'a: "b\\"c" # d', "🙂: ñ", "text: {{ patient.name }}"];
  for (const document of documents) {
    const again = colour(document).map((line) => line.map(({ text }) => text).join(""));
    expect(again.join("\n")).toBe(document);
  }
});
