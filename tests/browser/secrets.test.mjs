/** Secrets in the page: set, replaced and removed; who uses them; and no value anywhere. Whoever has not the role sees nothing of them. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture, until } from "./chat-page.mjs";
import { canStart, serve } from "./server.mjs";

const VALUE = "not-to-be-seen-4711";
let server;
let browser;
let tab;

before(async () => {
  if (canStart) {
    server = await serve({ OFFHOOK_VAULT__KEY: "0123456789abcdef".repeat(4) });
    const text = "offhook: 1\nid: test/wants\nkind: ivr\nsecrets: [WANTED_KEY]\nstart: bye\nnodes:\n  bye: { type: end, text: Goodbye. }\n";
    const made = await fetch(`${server.url}/api/v1/flows`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ flow: "test/wants", files: [{ part: "flow", text }] }) });
    assert.equal(made.status, 201, await made.text());
  }
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  tab = await openPage(browser, { viewport: { width: 1280, height: 860 } });
});
afterEach(async () => {
  assert.deepEqual(tab.complaints, []);
  await tab.context.close();
});

const names = async () => (await (await fetch(`${server.url}/api/v1/secrets`)).json()).secrets.map(({ name }) => name);

test("a secret is set, replaced and removed, by keys and mouse, and never shown", { skip: !canStart }, async () => {
  const { page } = tab;
  await page.goto(`${server.url}/editor`);
  await page.getByRole("navigation", { name: "Places" }).getByRole("link", { name: "Secrets" }).click();
  await page.getByRole("heading", { name: "Secrets", exact: true }).waitFor();
  // What a flow asks for and nobody has set is there, with the flow.
  const wanted = page.getByRole("row", { name: /WANTED_KEY/u });
  await wanted.getByText("Not set yet").waitFor();
  await wanted.getByRole("link", { name: "test/wants" }).waitFor();
  await page.getByRole("button", { name: "New secret" }).click();
  await page.getByLabel("Name", { exact: true }).fill("booking key");
  await page.getByLabel("Value").fill(VALUE);
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.deepEqual((await names()).includes("booking key"), false, "a name that none can be is not sent");
  await page.getByLabel("Name", { exact: true }).fill("BOOKING_API_KEY");
  await page.getByLabel("Value").press("Enter");
  const row = page.getByRole("row", { name: /BOOKING_API_KEY/u });
  await row.getByText("Kept here").waitFor();
  await row.getByText("Nothing uses it.").waitFor();
  assert.ok((await names()).includes("BOOKING_API_KEY"));
  assert.equal((await page.content()).includes(VALUE), false);
  await row.getByRole("button", { name: "Replace BOOKING_API_KEY" }).click();
  assert.equal(await page.getByLabel("Value").inputValue(), "", "what was set is not told");
  await page.getByLabel("It has several lines").check();
  await page.getByLabel("Value").fill("-----BEGIN\nkey\n-----END");
  await page.getByRole("button", { name: "Keep it" }).click();
  await page.getByRole("form", { name: "Replace a secret" }).waitFor({ state: "detached" });
  // Reload and back stay at the place.
  await page.reload();
  await row.waitFor();
  await page.getByRole("link", { name: "Flows", exact: true }).click();
  await page.getByRole("heading", { name: "Flows", exact: true }).waitFor();
  await page.goBack();
  await row.getByRole("button", { name: "Remove BOOKING_API_KEY" }).click();
  const asks = page.getByRole("dialog", { name: "Remove BOOKING_API_KEY" });
  await asks.getByRole("button", { name: "Cancel" }).click();
  assert.ok((await names()).includes("BOOKING_API_KEY"), "only who says so removes it");
  await row.getByRole("button", { name: "Remove BOOKING_API_KEY" }).click();
  await asks.getByRole("button", { name: "Remove", exact: true }).click();
  await row.waitFor({ state: "detached" });
  await until(async () => !(await names()).includes("BOOKING_API_KEY"), "it is gone");
});

test("the screen is accessible in every theme, and speaks Spanish", { skip: !canStart }, async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await page.goto(`${server.url}/editor#secrets`);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await page.getByRole("row", { name: /WANTED_KEY/u }).waitFor();
    await page.getByRole("button", { name: "Set WANTED_KEY" }).click();
    await page.getByLabel("Value").waitFor();
    assert.deepEqual(await violations(page), [], theme);
    await picture(page, `secrets-${theme}`);
  }
  await page.getByRole("combobox", { name: "Language" }).selectOption("es");
  await page.getByRole("heading", { name: "Secretos" }).waitFor();
});
