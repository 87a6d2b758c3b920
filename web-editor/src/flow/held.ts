/** Where a trial is held: before a node with a breakpoint, or before the next node whatever it is. Plain data. */
import type { TrialStep } from "../engine/protocol";

/** Every node that was entered has a number, from 0, over the whole trial. */
export interface Held {
  number: number;
  step: number;
  visit: number;
  node: string;
}

/** How many nodes were entered. */
export const visitsOf = (steps: readonly TrialStep[]): number => steps.reduce((sum, step) => sum + step.visited.length, 0);

/** The first node, `passed` of them left aside, before which the trial is held; `single` holds before each. */
export function heldAt(steps: readonly TrialStep[], flow: string, breakpoints: readonly string[], passed: number, single: boolean): Held | null {
  let number = 0;
  for (const [step, { visited }] of steps.entries()) {
    for (const [visit, { node, flow: of }] of visited.entries()) {
      if (number >= passed && (single || (of === flow && breakpoints.includes(node)))) return { number, step, visit, node };
      number += 1;
    }
  }
  return null;
}

/** The trial as it was before that node: nothing of what came later, and the variables of that moment. */
export function before(steps: readonly TrialStep[], held: Held): TrialStep[] {
  const step = steps[held.step];
  const visit = step?.visited[held.visit];
  if (!step || !visit) return [...steps];
  const stands = { node: visit.node, flow: visit.flow, variables: visit.variables ?? step.variables };
  return [...steps.slice(0, held.step), { ...step, ...stands, commands: step.commands.slice(0, visit.commands), path: step.path.slice(0, visit.path), visited: step.visited.slice(0, held.visit) }];
}
