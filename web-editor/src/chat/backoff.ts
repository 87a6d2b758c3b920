/**
 * Pauses between attempts: exponential with jitter, from a seed that the caller keeps.
 * Does not know what is attempted, nor the time.
 */
import { BACKOFF_FIRST, BACKOFF_LONGEST } from "./limits";

/** A number in [0, 1) and the seed for the next one (mulberry32). */
export function draw(seed: number): [value: number, seed: number] {
  const next = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), 1 | next);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return [((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296, next];
}

/**
 * The pause in milliseconds after `failures` attempts in a row failed (1 or more): half of it certain, half by chance,
 * so that thousands of windows do not return in the same instant after a restart.
 */
export function pause(failures: number, seed: number): [ms: number, seed: number] {
  const full = Math.min(BACKOFF_LONGEST, BACKOFF_FIRST * 2 ** Math.min(failures - 1, 16));
  const [chance, next] = draw(seed);
  return [Math.round(full / 2 + (full / 2) * chance), next];
}
