import { expect, test } from "vitest";
import { linkRuns } from "./links";

const hrefs = (text: string): (string | undefined)[] => linkRuns(text).flatMap((run) => (run.href === undefined ? [] : [run.href]));

test.each([
  ["See https://clinic.example/hours.", ["https://clinic.example/hours"]],
  ["(https://a.example/x_(y))", ["https://a.example/x_(y)"]],
  ["http://a.example, and https://b.example/?q=1&r=2#top!", ["http://a.example/", "https://b.example/?q=1&r=2#top"]],
  ["“https://a.example/”", ["https://a.example/"]],
  ["HTTPS://A.EXAMPLE/Path", ["https://a.example/Path"]],
])("%s", (text, expected) => {
  expect(hrefs(text)).toEqual(expected);
});

test.each([
  "javascript:alert(1)",
  "data:text/html,<script>",
  "ftp://a.example",
  "https://",
  "https://bank.example@evil.example/",
  "mailto:a@b.example",
  "<a href='javascript:x'>",
])("%s is only text", (text) => {
  expect(hrefs(text)).toEqual([]);
});

test("nothing of the text is lost or added", () => {
  for (const text of ["", "plain", "a https://x.example/. b", "https://x.example", "https://u@x.example y https://z.example)"]) {
    expect(
      linkRuns(text)
        .map((run) => run.text)
        .join(""),
    ).toBe(text);
  }
});

test("a long hostile text is read in one pass", () => {
  const text = `https://${"(".repeat(50_000)}${")".repeat(50_000)}`;
  expect(linkRuns(text).length).toBeGreaterThan(0);
});
