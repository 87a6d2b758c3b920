/** Entry points in the page: a chat that is made there is answered by the widget on the page of somebody else, and refused when it is removed. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture, until } from "./chat-page.mjs";
import { serve } from "./server.mjs";

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
  tab = await openPage(browser, { viewport: { width: 1280, height: 900 } });
});
afterEach(async () => {
  // A refusal that is meant is told by the console, too.
  assert.deepEqual(tab.complaints.filter((text) => !/status of 4(09|04|12) /u.test(text)), []);
  await tab.context.close();
});

const made = async () => (await (await fetch(`${server.url}/api/v1/entries`)).json()).entries.filter(({ source }) => source === "made");
const row = (page, name) => page.getByRole("row", { name });
const form = (page) => page.getByRole("form", { name: /entry point/u });

async function entries(page) {
  await page.goto(`${server.url}/editor`);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Entry points" }).click();
  await page.getByRole("row", { name: /200/u }).first().waitFor();
}

test("a chat is made, tried, embedded, changed and removed", async () => {
  const { page } = tab;
  await entries(page);
  // Those of the configuration are there to be read.
  const clinic = row(page, /^200/u);
  await clinic.getByText("from offhook.toml").waitFor();
  assert.equal(await clinic.getByRole("button", { name: /Change|Remove/u }).count(), 0);
  await clinic.getByText(/^sip:200@127\.0\.0\.1:\d+$/u).waitFor();
  await page.getByText("No entry point leads to", { exact: false }).waitFor();

  await page.getByRole("button", { name: "New entry point" }).click();
  await form(page).getByLabel("Door").selectOption("chat");
  await form(page).getByLabel("Key of the chat").fill("clinic");
  await form(page).getByLabel("Flow 1", { exact: true }).selectOption("browser/parrot");
  await form(page).getByRole("button", { name: "Keep it" }).click();
  await form(page).getByRole("alert").getByText("offhook.toml").waitFor();
  await form(page).getByLabel("Key of the chat").fill("night");
  await page.keyboard.press("Enter");
  const night = row(page, /^night/u);
  await night.getByText("made here").waitFor();

  await night.getByRole("button", { name: "Try it: night" }).click();
  const dialog = page.getByRole("dialog", { name: "Chat “night”" }).first();
  await dialog.waitFor();
  await page.locator("offhook-chat .entry:not(.own) .bubble").first().waitFor();
  await picture(page, "entries-try");
  await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
  await page.locator("offhook-chat").waitFor({ state: "detached" });

  // The snippet, on a page of somebody else.
  const snippet = await night.locator(".way code").textContent();
  const host = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>${snippet}</html>`);
  });
  await new Promise((done) => host.listen(0, "127.0.0.1", done));
  const shop = await openPage(browser);
  const visit = async () => {
    await shop.page.goto(`http://127.0.0.1:${host.address().port}/`);
    await shop.page.evaluate(() => sessionStorage.clear());
    await shop.page.reload();
    await shop.page.locator("offhook-chat button").first().click();
  };
  await visit();
  await shop.page.locator("offhook-chat .entry:not(.own) .bubble").first().waitFor();

  // Two flows by weight.
  await night.getByRole("button", { name: "Change night" }).click();
  await form(page).getByRole("button", { name: "Another flow for some of the contacts" }).click();
  await form(page).getByLabel("Flow 2", { exact: true }).selectOption("delivery/status");
  await form(page).getByLabel("Weight of flow 1").fill("3");
  await form(page).getByText("75 %").waitFor();
  await form(page).getByRole("button", { name: "Keep it" }).click();
  await night.getByText("25 %").waitFor();
  assert.deepEqual((await made())[0].entry.flows, [{ flow: "browser/parrot", weight: 3 }, { flow: "delivery/status", weight: 1 }]);

  // Somebody else was first: it is told, and nothing is lost.
  await night.getByRole("button", { name: "Change night" }).click();
  const [{ id, etag, entry }] = await made();
  const other = await fetch(`${server.url}/api/v1/entries/${id}`, { method: "PUT", headers: { "content-type": "application/json", "if-match": etag }, body: JSON.stringify({ ...entry, flows: [{ flow: "delivery/status" }] }) });
  assert.equal(other.status, 200);
  await form(page).getByRole("button", { name: "Keep it" }).click();
  await form(page).getByRole("alert").getByText("another version").waitFor();
  await form(page).getByRole("button", { name: "Cancel" }).click();
  await until(async () => (await night.locator(".leads li").count()) === 1, "what the other has written is shown");

  await night.getByRole("button", { name: "Remove night" }).click();
  const asks = page.getByRole("dialog", { name: "Remove night" });
  await asks.getByText("Nobody begins a chat with this key").waitFor();
  await asks.getByRole("button", { name: "Remove", exact: true }).click();
  await night.waitFor({ state: "detached" });
  assert.deepEqual(await made(), []);
  const refused = shop.page.waitForResponse((response) => response.url().endsWith("/chat/v1/conversations") && response.status() === 404);
  await visit();
  await refused;
  await shop.context.close();
  await new Promise((done) => host.close(done));
});

test("a number is made by keyboard alone", async () => {
  const { page } = tab;
  await entries(page);
  await page.getByRole("button", { name: "New entry point" }).focus();
  await page.keyboard.press("Enter");
  await form(page).getByLabel("Door").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("7001");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Clinic");
  await page.keyboard.press("Tab");
  await form(page).getByLabel("Flow 1", { exact: true }).focus();
  await page.getByLabel("Flow 1", { exact: true }).selectOption("clinic/reception");
  await page.getByRole("button", { name: "Keep it" }).focus();
  await page.keyboard.press("Enter");
  await row(page, /^7001/u).getByText(/^sip:7001@/u).waitFor();
});

test("the screen is accessible in every theme, and speaks Spanish", async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await page.goto("about:blank");
    await page.goto(`${server.url}/editor#entries`);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await page.getByRole("row", { name: /200/u }).first().waitFor();
    await picture(page, `entries-${theme}`);
    await page.getByRole("button", { name: "New entry point" }).click();
    await form(page).getByLabel("Door").selectOption("webhook");
    await form(page).getByRole("button", { name: "An input of the flow" }).click();
    assert.deepEqual(await violations(page), [], theme);
    await picture(page, `entries-form-${theme}`);
  }
  await page.getByRole("combobox", { name: "Language" }).selectOption("es");
  await page.getByRole("heading", { name: "Puntos de entrada" }).waitFor();
});
