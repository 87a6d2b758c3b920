/**
 * What is live is what was published, from the page: a flow is made, looked at, published, answered at its chat, changed and published
 * again, and taken back; then for a moment to come, and for some contacts first.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { hears, launch, openPage, picture, until } from "./chat-page.mjs";
import { begin, save, write } from "./editor-page.mjs";
import { canStart, serve } from "./server.mjs";

let server;
let browser;
let tab;

before(async () => {
  if (canStart) server = await serve({ OFFHOOK_FLOWS__LIVE: "releases" });
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

const history = (page) => page.getByRole("button", { name: "History", exact: true }).click();
const versions = (page) => page.locator("ol.versions:not(.log) li");
const live = (page) => page.locator("ol.versions li.live b").textContent();

/** What somebody who has never written before is greeted with. */
async function greeted(id, words) {
  const visitor = await openPage(browser);
  await visitor.page.goto(`${server.url}/#/${id}`);
  await hears(visitor.page, words);
  assert.deepEqual(visitor.complaints, []);
  await visitor.context.close();
}

/** Changes the greeting, saves, and goes back to the history. */
async function greet(page, words) {
  await history(page);
  await write(page, "hello", words);
  await save(page);
  await history(page);
  await page.getByRole("heading", { name: "What publishing would do" }).waitFor();
}

const publish = (page, name = "Publish") => page.getByRole("button", { name, exact: true }).click();

test("a flow is published, answers, is changed, and is taken back", { skip: !canStart }, async () => {
  const { page } = tab;
  await begin(page, server.url, "Tea shop", "chatbot");
  await write(page, "hello", "Welcome to the tea shop.");
  await history(page);
  await page.getByText("Save first").waitFor();
  assert.equal(await page.getByRole("button", { name: "Publish", exact: true }).isDisabled(), true, "only what is saved is published");
  await history(page);
  await save(page);

  await history(page);
  await page.getByText("Nothing was published yet.").waitFor();
  await page.getByText("There were none in the last days.").waitFor();
  await page.getByLabel("Your name").fill("Eva");
  await page.getByLabel("What is new?").fill("The first words.");
  await publish(page);
  await until(async () => (await versions(page).count()) === 1, "the first version");
  assert.equal(await live(page), "Version 1");
  await page.getByText("What is saved is live already.").first().waitFor();
  await greeted("tea-shop", "Welcome to the tea shop.");

  await greet(page, "Tea of the day: jasmine.");
  // What changes for people, and the conversation that was held with the first version.
  const blast = page.getByRole("region", { name: "What publishing would do" });
  await blast.getByRole("listitem").first().waitFor();
  await blast.getByText("1 recent conversation was run on what is saved.").waitFor();
  await blast.getByText("1 would go another way.").waitFor();
  await blast.getByText("1 of 1 part at hello").waitFor();
  await page.getByLabel("Saved, but not live yet").getByText("jasmine").waitFor();
  await picture(page, "publish-preview");
  assert.deepEqual(await violations(page), []);
  await greeted("tea-shop", "Welcome to the tea shop.");
  await page.getByLabel("What is new?").fill("Jasmine.");
  await publish(page);
  await until(async () => (await versions(page).count()) === 2, "the second version");
  assert.equal(await live(page), "Version 2");
  await greeted("tea-shop", "Tea of the day: jasmine.");

  await page.getByRole("button", { name: "Go back to this version: 1" }).click();
  await until(async () => (await live(page)) === "Version 1", "back to the first");
  await greeted("tea-shop", "Welcome to the tea shop.");
  const log = page.getByRole("list", { name: "What happened" });
  await log.getByText("Back to version 1").waitFor();
  assert.equal(await log.getByRole("listitem").count(), 3);
  await log.getByText("Eva").first().waitFor();
});

test("a version becomes live at its moment, and another is for some contacts first", { skip: !canStart }, async () => {
  const { page } = tab;
  await begin(page, server.url, "Coffee shop", "chatbot");
  await write(page, "hello", "Coffee one.");
  await save(page);
  await history(page);
  assert.equal(await page.getByLabel("For some contacts first").isDisabled(), true, "the first version is for everybody");
  await publish(page);
  await until(async () => (await versions(page).count()) === 1, "the first version");

  await greet(page, "Coffee two.");
  await page.getByLabel("For everybody, from a moment on").check();
  const moment = (ms) => { const at = new Date(Date.now() + ms); return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 19); };
  await page.getByLabel("From when?").fill(moment(3_600_000));
  await publish(page, "Schedule");
  await page.getByText(/^Version 2 will be live from/u).waitFor();
  assert.equal(await live(page), "Version 1");
  await page.getByRole("button", { name: "Do not" }).click();
  await until(async () => (await page.getByText(/^Version 2 will be live from/u).count()) === 0, "it does not come");
  await page.getByLabel("For everybody, from a moment on").check();
  await page.getByLabel("From when?").fill(moment(4_000));
  await publish(page, "Schedule");
  await until(async () => (await live(page)) === "Version 3", "the moment has come, and the page shows it");
  await greeted("coffee-shop", "Coffee two.");

  await greet(page, "Coffee three.");
  await page.getByLabel("For some contacts first").check();
  await page.getByLabel("Share of the contacts, in percent").fill("99");
  await page.getByLabel("More than this share").fill("7");
  await page.getByLabel("After this many conversations").fill("30");
  await picture(page, "publish-canary");
  assert.deepEqual(await violations(page), []);
  await publish(page);
  await page.getByText("Version 4 is for 99 % of the contacts.").waitFor();
  await page.getByText("more than 7 % of its conversations fail, after 30").waitFor();
  assert.equal(await live(page), "Version 3");
  await page.getByRole("button", { name: "Take it back" }).click();
  await until(async () => (await page.getByText("Version 4 is for 99 %").count()) === 0, "taken back");
  await page.getByLabel("For some contacts first").check();
  await publish(page);
  await page.getByText("Version 5 is for 10 % of the contacts.").waitFor();
  await page.getByRole("button", { name: "Make it live for everybody" }).click();
  await until(async () => (await live(page)) === "Version 5", "for everybody");
  await greeted("coffee-shop", "Coffee three.");
  const log = page.getByRole("list", { name: "What happened" });
  for (const words of ["Version 2 was scheduled", "Version 3 became live at its moment", "Version 4 was given to some contacts", "Version 5 became live for everybody"]) await log.getByText(words).waitFor();
  await picture(page, "publish-log");
});
