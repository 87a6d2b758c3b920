import { expect, test } from "vitest";
import type { TrialStep } from "../engine/protocol";
import { before, heldAt, visitsOf } from "./held";

const visit = (node: string, commands: number, path: number, n: number) => ({ flow: "f", node, commands, path, variables: { n } });
const step = (visited: TrialStep["visited"], said: string[], node: string): TrialStep => ({
  at: 0, event: "timer", commands: said.map((text) => ({ say: { text } })), path: visited.map((one) => ({ flow: "f", node: one.node, exit: "next" })), visited, flow: "f", node, variables: { n: 9 }, locale: "en-US", used: true,
});
const steps = [step([visit("a", 0, 0, 1), visit("b", 1, 1, 2), visit("c", 2, 2, 3)], ["A", "B"], "c"), step([visit("b", 0, 1, 4)], ["B"], "b")];

test("a trial is held before a node, as it was then", () => {
  const held = heldAt(steps, "f", ["b"], 0, false);
  expect(held).toEqual({ number: 1, step: 0, visit: 1, node: "b" });
  if (!held) return;
  const [only, more] = before(steps, held);
  expect(more).toBeUndefined();
  expect([only?.commands.length, only?.path.length, only?.visited.length, only?.node, only?.variables]).toEqual([1, 1, 1, "b", { n: 2 }]);
});

test("it goes on to the next time, or to the next node", () => {
  expect(heldAt(steps, "f", ["b"], 2, false)?.number).toBe(3);
  expect(heldAt(steps, "f", ["b"], 4, false)).toBeNull();
  expect(heldAt(steps, "f", [], 2, true)?.node).toBe("c");
  expect(heldAt(steps, "other", ["b"], 0, false)).toBeNull();
  expect(visitsOf(steps)).toBe(4);
});
