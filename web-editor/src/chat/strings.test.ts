import { expect, test } from "vitest";
import { direction, directionOf, strings } from "./strings";
import type { Strings } from "./strings";
import { en } from "./strings-en";
import { es } from "./strings-es";

test("the first wish with a catalogue wins; English is last", () => {
  expect(strings("es-MX")).toBe(es);
  expect(strings(undefined, "", "fr", "ES_es", "en")).toBe(es);
  expect(strings("fr", null)).toBe(en);
});

test("catalogues say the same things, and each in its own words", () => {
  expect(Object.keys(es)).toEqual(Object.keys(en));
  for (const key of Object.keys(en) as (keyof Strings)[]) {
    expect(es[key].trim(), key).not.toBe("");
    if (key !== "title") expect(es[key], key).not.toBe(en[key]);
  }
  expect(es.unread).toContain("{n}");
  expect(en.unread).toContain("{n}");
});

test.each([
  ["ar", "rtl"],
  ["he-IL", "rtl"],
  ["fa_IR", "rtl"],
  ["az-Arab", "rtl"],
  ["ks-Latn", "ltr"],
  ["en-US", "ltr"],
  ["", "ltr"],
  [undefined, "ltr"],
] as const)("%s is written %s", (locale, expected) => {
  expect(direction(locale)).toBe(expected);
});

test.each([
  ["شكرا على وقتك.", "ar", "rtl"],
  ["Widget: شكرا", "ar", "rtl"],
  ["Thank you for your time.", "ar", "auto"],
  ["Thank you, \u2068محمد\u2069.", "ar", "auto"],
  ["محمد, thank you", "en-US", "ltr"],
  ["123", "ar", "auto"],
  ["שלום", null, "auto"],
] as const)("%s in %s is laid out %s", (text, locale, expected) => {
  expect(directionOf(text, locale)).toBe(expected);
});
