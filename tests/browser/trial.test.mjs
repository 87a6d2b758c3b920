/** More of trying a flow: breakpoints, and what the tests walk; own node types; a server that wants a token. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture, until } from "./chat-page.mjs";
import { cardOf, openFlow, pick } from "./editor-page.mjs";
import { canStart, serve } from "./server.mjs";

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
  tab = await openPage(browser, { viewport: { width: 1600, height: 900 } });
});
afterEach(async () => {
  await tab.context.close();
});

const pane = (page) => page.getByRole("region", { name: "Try it" });
const talk = (page) => page.getByRole("log", { name: "Conversation" });

test("a trial stops before a step, shows how things are, and goes on", async () => {
  const { page } = tab;
  await openFlow(page, server.url, "browser/parrot");
  await cardOf(page, "repeat").click();
  await page.keyboard.press("b");
  await cardOf(page, "repeat").getByRole("img", { name: "Stops here" }).waitFor();
  await page.getByRole("button", { name: "Try it", exact: true }).click();
  await talk(page).getByText("Say something.").waitFor();
  const say = async (words) => {
    await pane(page).getByRole("textbox", { name: "Write a message" }).fill(words);
    await page.keyboard.press("Enter");
  };
  await say("hello");
  await pane(page).getByText("Held before repeat").waitFor();
  // What was heard is known, what comes after has not happened.
  await pane(page).getByRole("row", { name: "heard hello" }).waitFor();
  assert.equal(await talk(page).getByText("You said: hello").count(), 0);
  await picture(page, "trial-held");
  assert.deepEqual(await violations(page), []);
  await pane(page).getByRole("button", { name: "One node further" }).click();
  await pane(page).getByText("Held before hear").waitFor();
  await talk(page).getByText("You said: hello").waitFor();
  await pane(page).getByRole("button", { name: "Go on" }).click();
  await until(async () => (await talk(page).getByText("Say something.").count()) === 2, "asked again");
  await say("world");
  await pane(page).getByText("Held before repeat").waitFor();
  await page.getByRole("complementary", { name: "Settings" }).getByRole("button", { name: "Stop before this step" }).click();
  await talk(page).getByText("You said: world").waitFor();
  assert.deepEqual(tab.complaints, []);
});

test("all tests run here, and what none of them walks is shown", async () => {
  const { page } = tab;
  await openFlow(page, server.url, "pharmacy/refill");
  await page.getByRole("button", { name: "Try it", exact: true }).click();
  const tests = page.getByRole("region", { name: "Run all tests" });
  await tests.getByRole("button", { name: "Run all tests" }).click();
  const said = await tests.getByText(/\d+ of \d+ tests pass/u).textContent();
  const [passed, all] = said.match(/\d+/gu);
  assert.equal(passed, all);
  assert.equal(await tests.getByRole("listitem").count(), Number(all));
  await tests.getByRole("checkbox", { name: "Show what no test walks" }).check();
  // The gallery is walked whole; what is new is not.
  await page.getByRole("button", { name: "Add a step", exact: true }).click();
  await pick(page, "say");
  await until(async () => (await tests.getByRole("listitem").count()) === 0, "what was changed has not been tested");
  await tests.getByRole("button", { name: "Run all tests" }).click();
  await tests.getByText(/tests pass/u).waitFor();
  await tests.getByRole("checkbox", { name: "Show what no test walks" }).check();
  await page.locator(".card, .exit", { hasText: "not tested" }).first().waitFor();
  await picture(page, "trial-missed");
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(tab.complaints, []);
});

test("node types of the folder are known here, too", async () => {
  const { page } = tab;
  await openFlow(page, server.url, "it/service-desk");
  await page.getByRole("region", { name: "Problems" }).getByText("No problems").waitFor();
  await page.keyboard.press("Control+k");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add a step", exact: true }).click();
  await page.getByRole("combobox", { name: "Search" }).fill("Open a ticket");
  await page.getByRole("option", { name: /Open a ticket/u }).waitFor();
  assert.deepEqual(tab.complaints, []);
});

test("a protected server asks for its token, which is sent in a header alone", { skip: !canStart }, async () => {
  const locked = await serve({ OFFHOOK_SERVER__API_TOKEN: "a-token-of-some-length-0815" });
  try {
    const { page } = tab;
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    await page.goto(`${locked.url}/editor`);
    await page.getByText("This server is protected.").waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByLabel("API token").fill("a-token-that-is-not-the-one");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.getByLabel("API token").fill("a-token-of-some-length-0815");
    await page.keyboard.press("Enter");
    await page.locator(".flow-cards a").first().waitFor();
    await openFlow(page, locked.url, "browser/parrot");
    assert.equal(await page.getByLabel("API token").count(), 0);
    assert.ok(asked.every((url) => !url.includes("0815")));
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("0815")), false);
    assert.deepEqual(tab.complaints.filter((one) => !one.includes("401")), []);
  } finally {
    await locked.stop();
  }
});

test("the engine comes compressed to whoever takes it", async () => {
  const page = await (await fetch(`${server.url}/editor`)).text();
  const script = /src="(\/assets\/editor-[^"]+)"/u.exec(page)[1];
  const sizes = {};
  for (const coding of ["gzip", "identity"]) {
    const response = await fetch(server.url + script, { headers: { "accept-encoding": coding } });
    assert.equal(response.headers.get("content-encoding"), coding === "gzip" ? "gzip" : null);
    assert.equal(response.headers.get("vary"), "accept-encoding");
    sizes[coding] = await response.text();
  }
  assert.equal(sizes.gzip, sizes.identity);
});
