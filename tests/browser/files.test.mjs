/** Tables and media in the page: a table is typed into and changes its cells alone, a recording is uploaded, heard and used, and removing asks. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture, until } from "./chat-page.mjs";
import { begin, cardOf, filesOf, save } from "./editor-page.mjs";
import { canStart, serve } from "./server.mjs";

let server;
let browser;
let tab;

before(async () => {
  if (canStart) server = await serve({ OFFHOOK_FLOWS__EDITING: "true" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  tab = await openPage(browser, { viewport: { width: 1280, height: 900 }, acceptDownloads: true });
});
afterEach(async () => {
  assert.deepEqual(tab.complaints.filter((text) => !/status of 4(12|22) /u.test(text)), []);
  await tab.context.close();
});

/** Two seconds of silence as WAV, 8 kHz, 8 bit. */
function wav(seconds = 2) {
  const data = Buffer.alloc(8_000 * seconds, 0x80);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + data.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}

const asset = async (path) => {
  const response = await fetch(`${server.url}/api/v1/assets/${encodeURIComponent(path)}`);
  return { status: response.status, text: await response.text(), etag: response.headers.get("etag") };
};

async function files(page) {
  await page.goto(`${server.url}/editor`);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Tables and media" }).click();
  await page.getByRole("row", { name: /districts/u }).waitFor();
}

test("a table is typed into, and a conflict and a mistake are told", { skip: !canStart }, async () => {
  const { page } = tab;
  const path = "tables/districts.csv";
  const before = await asset(path);
  await files(page);
  await page.getByRole("button", { name: "Edit districts" }).click();
  const grid = page.getByRole("region", { name: "Table districts" });
  const cell = grid.getByRole("textbox", { name: /, row 2$/u }).last();
  const was = await cell.inputValue();
  await cell.fill('new, "quoted"');
  await grid.getByRole("button", { name: "Save" }).click();
  await page.getByText("districts is saved").waitFor();
  const after = await asset(path);
  const [wasLines, lines] = [before.text.split("\n"), after.text.split("\n")];
  assert.equal(lines.length, wasLines.length);
  assert.deepEqual(lines.filter((line, index) => line !== wasLines[index]), [lines[2]], "one row has changed, and no other byte");
  assert.ok(lines[2].endsWith('"new, ""quoted"""'), lines[2]);
  // Somebody else is first.
  const other = await fetch(`${server.url}/api/v1/assets/${encodeURIComponent(path)}`, { method: "PUT", headers: { "if-match": after.etag, "content-type": "text/csv" }, body: before.text });
  assert.equal(other.status, 200);
  await cell.fill("mine");
  await grid.getByRole("button", { name: "Save" }).click();
  await grid.getByText("Somebody else has changed this table").waitFor();
  assert.equal((await asset(path)).text, before.text, "nothing was overwritten");
  await grid.getByRole("button", { name: "Show theirs and drop mine" }).click();
  await until(async () => (await cell.inputValue()) === was, "theirs is shown");
  // A mistake is saved, told, and mended by taking the column away.
  await grid.getByRole("textbox", { name: "Name of the new column" }).fill("size:int");
  await page.keyboard.press("Enter");
  await grid.getByRole("textbox", { name: "size:int, row 1" }).fill("large");
  await grid.getByRole("button", { name: "Save" }).click();
  await grid.getByText("It is saved, but has mistakes").waitFor();
  await grid.getByRole("button", { name: "Remove the column size:int" }).click();
  await grid.getByRole("button", { name: "Add a row" }).click();
  await grid.getByRole("button", { name: "Remove row 1", exact: true }).click();
  await grid.getByRole("button", { name: "Save" }).click();
  await page.getByText("districts is saved").waitFor();
});

test("a recording is uploaded, heard, replaced, used by a step and removed", { skip: !canStart }, async () => {
  const { page } = tab;
  await files(page);
  await page.getByRole("combobox", { name: "into" }).selectOption("clinic");
  const input = page.getByLabel("Upload files");
  await input.last().setInputFiles({ name: "hello.wav", mimeType: "audio/wav", buffer: wav() });
  const row = page.getByRole("row", { name: /hello\.wav/u });
  await row.getByText("2 sec").waitFor();
  await row.getByText("Nothing uses it.").waitFor();
  await row.getByRole("button", { name: "Listen to clinic/hello.wav" }).click();
  await row.locator("audio").waitFor();
  // Once more is asked about; what is no recording is refused in the server's words.
  await input.last().setInputFiles({ name: "hello.wav", mimeType: "audio/wav", buffer: wav(3) });
  await page.getByRole("dialog", { name: "Replace clinic/hello.wav" }).getByRole("button", { name: "Replace", exact: true }).click();
  await row.getByText("3 sec").waitFor();
  await input.last().setInputFiles({ name: "fake.wav", mimeType: "audio/wav", buffer: Buffer.from("no sound") });
  await page.getByText("does not begin as audio/wav does").waitFor();
  const [got] = await Promise.all([page.waitForEvent("download"), row.getByRole("button", { name: "Download clinic/hello.wav" }).click()]);
  assert.equal(got.suggestedFilename(), "hello.wav");

  // A step plays it, chosen in its settings.
  await begin(page, server.url, "With sound", "ivr");
  await cardOf(page, "hello").click();
  const settings = page.getByRole("complementary", { name: "Settings" });
  await settings.getByRole("combobox", { name: /Kind$/u }).first().selectOption("parts");
  await settings.getByRole("combobox", { name: "Part" }).first().selectOption("audio");
  await settings.getByRole("button", { name: "Choose a recording" }).first().click();
  await settings.getByRole("combobox", { name: "Recording" }).selectOption("clinic/hello.wav");
  await until(async () => (await page.locator(".saving.draft").count()) === 1, "the flow has changed");
  await save(page);
  assert.match((await filesOf(server.url, "with-sound"))["with-sound.yaml"], /audio: clinic\/hello\.wav/u);

  await files(page);
  await row.getByRole("link", { name: "with-sound" }).waitFor();
  await row.getByRole("button", { name: "Remove clinic/hello.wav" }).click();
  const asks = page.getByRole("dialog", { name: "Remove clinic/hello.wav" });
  await asks.getByText("These flows use it").waitFor();
  await asks.getByRole("link", { name: "with-sound" }).waitFor();
  await asks.getByRole("button", { name: "Remove", exact: true }).click();
  await row.waitFor({ state: "detached" });
  assert.equal((await asset("clinic/hello.wav")).status, 404);
});

test("the screen is accessible in every theme, and speaks Spanish", { skip: !canStart }, async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await page.goto("about:blank");
    await page.goto(`${server.url}/editor#files`);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await page.getByRole("button", { name: "Edit districts" }).click();
    await page.getByRole("region", { name: "Cells of districts" }).waitFor();
    assert.deepEqual(await violations(page), [], theme);
    await picture(page, `files-${theme}`);
  }
  await page.getByRole("combobox", { name: "Language" }).selectOption("es");
  await page.getByRole("heading", { name: "Tablas y medios" }).waitFor();
});
