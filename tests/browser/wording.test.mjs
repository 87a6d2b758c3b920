/** All wording of a flow in one table: what is typed changes that text's bytes alone, one step of the history. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture, until } from "./chat-page.mjs";
import { filesOf, openFlow, save } from "./editor-page.mjs";
import { serve } from "./server.mjs";

const LINE = "help/line";

let server;
let browser;
let tab;

before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  tab = await openPage(browser, { viewport: { width: 1440, height: 900 } });
});
afterEach(async () => {
  assert.deepEqual(tab.complaints, []);
  await tab.context.close();
});

const wording = async (page) => {
  await page.getByRole("button", { name: "Wording", exact: true }).click();
  await page.getByRole("region", { name: "Wording" }).waitFor();
};

/** The one line of a file that differs. */
function changed(before, after) {
  const [was, is] = [before.split("\n"), after.split("\n")];
  assert.equal(was.length, is.length, "a translation stands where it stood");
  return is.filter((line, index) => line !== was[index]);
}

test("a translation is typed, saved, and undone; every other byte stays", async () => {
  const { page } = tab;
  const before = await filesOf(server.url, LINE);
  await openFlow(page, server.url, LINE);
  await wording(page);
  await page.getByRole("searchbox", { name: "Search the wording" }).fill("language.text");
  const cell = page.getByRole("textbox", { name: "language.text, es-ES" });
  await cell.fill("Para español, pulse dos.");
  await page.locator(".saving.draft").waitFor();
  await cell.blur();
  await save(page);
  const after = await filesOf(server.url, LINE);
  assert.deepEqual(changed(before["line.es-ES.yaml"], after["line.es-ES.yaml"]), ["  language.text: Para español, pulse dos."]);
  assert.deepEqual({ ...after, "line.es-ES.yaml": "" }, { ...before, "line.es-ES.yaml": "" });
  await page.getByRole("button", { name: "Undo" }).click();
  await until(async () => (await cell.inputValue()).includes("English"), "undone in the table, too");
  await save(page);
  assert.deepEqual(await filesOf(server.url, LINE), before, "one step gives every byte back");
});

test("what is missing is found, written and marked no more; a text leads to its step", async () => {
  const { page } = tab;
  await openFlow(page, server.url, LINE);
  await wording(page);
  await page.getByRole("searchbox", { name: "Search the wording" }).fill("topics.text");
  const cell = page.getByRole("textbox", { name: "topics.text, es-ES" });
  const made = await cell.inputValue();
  assert.match(made, /"voice"/u);
  await cell.fill("{ not finished");
  await page.getByText("This is not valid JSON.").waitFor();
  await cell.fill("");
  const row = page.getByRole("row", { name: /topics\.text/u });
  await row.getByText("missing", { exact: true }).waitFor();
  await page.getByRole("combobox", { name: "Show" }).selectOption("missing");
  await page.getByRole("searchbox", { name: "Search the wording" }).fill("");
  await until(async () => (await page.locator(".wording tbody tr").count()) === 1, "only what is missing");
  await cell.fill('{ "default": "¿En qué puedo ayudarle?" }');
  await page.getByText("No text is like that.").waitFor();
  await page.getByRole("combobox", { name: "Show" }).selectOption("all");
  await row.getByRole("button", { name: "To step topics" }).click();
  await page.getByRole("complementary", { name: "Settings" }).getByRole("heading", { name: "topics" }).waitFor();
});

test("the table is accessible in every theme, and speaks Spanish", async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await openFlow(page, server.url, LINE);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await wording(page);
    await page.getByRole("row").nth(3).waitFor();
    assert.deepEqual(await violations(page), [], theme);
    await picture(page, `wording-${theme}`);
  }
  await page.getByRole("combobox", { name: "Language" }).selectOption("es");
  await page.getByRole("searchbox", { name: "Buscar en los textos" }).waitFor();
});
