import { expect, test } from "vitest";
import { draw, pause } from "./backoff";
import { BACKOFF_FIRST, BACKOFF_LONGEST } from "./limits";

test("pauses grow, stay within half and full, and never exceed the longest", () => {
  let seed = 1;
  for (let failures = 1; failures < 40; failures++) {
    const full = Math.min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** (failures - 1));
    const [ms, next] = pause(failures, seed);
    expect(ms).toBeGreaterThanOrEqual(full / 2);
    expect(ms).toBeLessThanOrEqual(full);
    seed = next;
  }
});

test("windows with different seeds do not return together", () => {
  const pauses = Array.from({ length: 100 }, (_, seed) => pause(5, seed * 7919)[0]);
  expect(new Set(pauses).size).toBeGreaterThan(90);
});

test("draws are even enough and repeat with the seed", () => {
  let seed = 42;
  let sum = 0;
  for (let n = 0; n < 10_000; n++) {
    const [value, next] = draw(seed);
    expect(value >= 0 && value < 1).toBe(true);
    sum += value;
    seed = next;
  }
  expect(sum / 10_000).toBeCloseTo(0.5, 1);
  expect(draw(42)).toEqual(draw(42));
});
