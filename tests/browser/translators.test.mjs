/** Wording to translators and back in the page: a file goes out, comes back with a translation, is looked at, and taken as one step. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
  tab = await openPage(browser, { viewport: { width: 1440, height: 900 }, acceptDownloads: true });
});
afterEach(async () => {
  assert.deepEqual(tab.complaints.filter((text) => !/status of 422 /u.test(text)), []);
  await tab.context.close();
});

async function translators(page) {
  await page.getByRole("button", { name: "Wording", exact: true }).click();
  await page.getByRole("region", { name: "Wording" }).waitFor();
  await page.getByText("Translators", { exact: true }).click();
}

for (const [format, ending] of [["po", "po"], ["xliff", "xlf"]]) {
  test(`a file goes out as ${format} and comes back`, async () => {
    const { page } = tab;
    await openFlow(page, server.url, LINE);
    const before = await filesOf(server.url, LINE);
    await translators(page);
    await page.locator(".exchange").getByLabel(/^Format/u).selectOption(format);
    await page.locator(".exchange").getByLabel(/^Language/u).selectOption("es-ES");
    const [got] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download the file" }).click()]);
    assert.equal(got.suggestedFilename(), `help-line.es-ES.${ending}`);
    const text = await readFile(await got.path(), "utf8");
    const input = page.getByLabel("Choose a file").last();
    // Untouched it changes nothing.
    await input.setInputFiles({ name: `a.${ending}`, mimeType: "text/plain", buffer: Buffer.from(text) });
    const looking = page.getByRole("dialog", { name: "What the file changes in es-ES" });
    await looking.getByText("Nothing changes.").waitFor();
    await looking.getByRole("button", { name: "Cancel" }).click();
    // A broken one is told in the server's words.
    await input.setInputFiles({ name: `b.${ending}`, mimeType: "text/plain", buffer: Buffer.from("hello") });
    await page.getByRole("alert").getByText("cannot be read").waitFor();
    const was = /^ {2}language\.text: (.*)$/mu.exec(before["line.es-ES.yaml"])?.[1].replace(/^["']|["']$/gu, "");
    assert.ok(was && text.includes(was), `${was} is in the file`);
    await input.setInputFiles({ name: `c.${ending}`, mimeType: "text/plain", buffer: Buffer.from(text.replace(was, "Otras palabras.")) });
    await looking.getByRole("rowheader", { name: "language.text" }).waitFor();
    await looking.getByText("Otras palabras.").waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, `translators-${format}`);
    await looking.getByRole("button", { name: "Take it" }).click();
    await page.locator(".saving.draft").waitFor();
    const cell = page.getByRole("textbox", { name: "language.text, es-ES" });
    await until(async () => (await cell.inputValue()) === "Otras palabras.", "it is in the table");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator(".saving.saved").waitFor();
    await page.getByRole("button", { name: "Redo" }).click();
    await save(page);
    const after = await filesOf(server.url, LINE);
    assert.ok(after["line.es-ES.yaml"].includes("Otras palabras."));
    assert.deepEqual({ ...after, "line.es-ES.yaml": "" }, { ...before, "line.es-ES.yaml": "" });
    await page.getByRole("button", { name: "Undo" }).click();
    await save(page);
    assert.deepEqual(await filesOf(server.url, LINE), before, "one step gives every byte back");
  });
}

test("the sheet is accessible in every theme", async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await openFlow(page, server.url, LINE);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await translators(page);
    await page.getByRole("button", { name: "Download the file" }).waitFor();
    assert.deepEqual(await violations(page), [], theme);
    await picture(page, `translators-sheet-${theme}`);
  }
});
