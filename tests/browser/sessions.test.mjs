/**
 * Recorded sessions in the editor: found in the list, told moment by moment on the version that ran, held against the draft, kept as a
 * test; one that goes on is followed; and how many went which way.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { hears, launch, openPage, picture, says, until } from "./chat-page.mjs";
import { cardOf, filesOf, openFlow, save, write } from "./editor-page.mjs";
import { canStart, serve } from "./server.mjs";

const PARROT = "browser/parrot";

let server;
let browser;
let tab;
let visitor;

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
  visitor = await openPage(browser);
});
afterEach(async () => {
  assert.deepEqual(tab.complaints, []);
  await tab.context.close();
  await visitor.context.close();
});

/** Somebody writes to the parrot. */
async function talk(...words) {
  const { page } = visitor;
  await page.goto(`${server.url}/#/${PARROT}`);
  await hears(page, "Say something.");
  for (const one of words) {
    await says(page, one);
    // Whatever words a draft that was saved by then puts before it.
    await hears(page, one === "bye" ? "Goodbye." : `: ${one}`);
  }
}

const sessions = (page) => page.getByRole("button", { name: "Sessions", exact: true }).click();
const listed = (page) => page.getByRole("navigation", { name: "Recorded sessions" }).getByRole("listitem");
const story = (page) => page.getByRole("region", { name: "Session", exact: true });
const transcript = (page) => story(page).getByRole("log", { name: "Conversation" });

test("a session is told moment by moment, held against the draft, and kept as a test", async () => {
  const { page } = tab;
  await talk("cracker", "bye");
  await openFlow(page, server.url, PARROT);
  await sessions(page);
  await listed(page).first().getByRole("button").click();
  await transcript(page).getByText("You said: cracker").waitFor();
  await transcript(page).getByText("Goodbye.").waitFor();
  await page.locator(".react-flow__edge.walked").first().waitFor({ state: "attached" });
  await cardOf(page, "goodbye").locator("xpath=self::*[contains(@class, 'here')]").waitFor();

  // Back to where it had said nothing yet, by keys alone, and forth again.
  const moment = page.getByRole("slider", { name: "Moment of the session" });
  await moment.focus();
  await page.keyboard.press("Home");
  await cardOf(page, "hear").locator("xpath=self::*[contains(@class, 'here')]").waitFor();
  await story(page).getByRole("row", { name: /heard/u }).waitFor();
  assert.doesNotMatch(await story(page).getByRole("row", { name: /heard/u }).textContent(), /cracker/u);
  await page.getByRole("button", { name: "One step forward" }).click();
  await story(page).getByRole("row", { name: "heard cracker" }).waitFor();
  await picture(page, "session");
  await page.keyboard.press("End");

  await page.getByRole("button", { name: "Replay against my draft" }).click();
  await story(page).getByText(/^Your draft does the same in all \d+ turns/u).waitFor();
  await sessions(page);
  await write(page, "repeat", "I heard: {{ heard }}");
  await sessions(page);
  await page.getByRole("button", { name: "Replay against my draft" }).click();
  await story(page).getByText("Your draft parts at repeat, in turn 2").waitFor();
  await story(page).getByText("I heard: cracker").waitFor();
  await cardOf(page, "repeat").getByText("parts here").waitFor();
  await picture(page, "session-against");
  assert.deepEqual(await violations(page), []);

  await page.getByRole("button", { name: "Save as a test" }).click();
  await page.getByPlaceholder("What does it show?").fill("Heard as it was");
  await page.getByPlaceholder("What does it show?").press("Enter");
  await until(async () => (await page.getByRole("status").allTextContents()).some((text) => text.includes("heard-as-it-was")), "kept");
  await sessions(page);
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Redo" }).click();
  await page.getByRole("button", { name: "Redo" }).click();
  await save(page);
  const files = await filesOf(server.url, PARROT);
  assert.match(files["parrot.heard-as-it-was.talk.yaml"], /cracker/u);
});

test("a session that goes on is followed, and counts show who went where", async () => {
  const { page } = tab;
  await talk("seed");
  await openFlow(page, server.url, PARROT);
  await sessions(page);
  await page.getByRole("combobox", { name: "State" }).selectOption("active");
  await listed(page).first().getByRole("button").click();
  await transcript(page).getByText("seed", { exact: true }).waitFor();
  await says(visitor.page, "corn");
  await transcript(page).getByText(": corn").waitFor();
  await says(visitor.page, "bye");
  await transcript(page).getByText("Goodbye.").waitFor();
  await story(page).getByText("The conversation has ended").waitFor();
  await page.getByRole("button", { name: "Close" }).first().click().catch(() => undefined);
  await page.getByRole("combobox", { name: "State" }).selectOption("ended");
  await listed(page).first().waitFor();
  const ended = await listed(page).count();
  const counts = page.getByRole("region", { name: "How many went which way" });
  if (!(await counts.isVisible())) await story(page).getByRole("button", { name: /Close/u }).click();
  await counts.getByRole("row", { name: new RegExp(`goodbye ${ended} ${ended}`, "u") }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await cardOf(page, "goodbye").getByText(`${ended} came`).waitFor();
  await cardOf(page, "goodbye").locator(".ended-here").waitFor();
  assert.equal(await cardOf(page, "enough").locator(".exit", { hasText: "bye" }).locator(".taken").textContent(), String(ended));
  await picture(page, "session-volumes");

  await page.getByRole("searchbox", { name: "Search the list" }).fill("nothing is called so");
  await page.getByText("There are no such sessions.").waitFor();
  await page.getByRole("searchbox", { name: "Search the list" }).fill("webchat");
  assert.equal(await listed(page).count(), ended);
});

test("what was entered in confidence is not told", { skip: !canStart }, async () => {
  const { page } = tab;
  await visitor.page.goto(`${server.url}/#/browser/secret`);
  await hears(visitor.page, "What is your PIN?");
  await visitor.page.getByRole("textbox").last().fill("4711");
  await visitor.page.keyboard.press("Enter");
  await hears(visitor.page, "Goodbye.");
  await openFlow(page, server.url, "browser/secret");
  await sessions(page);
  await listed(page).first().getByRole("button").click();
  await transcript(page).getByText("Goodbye.").waitFor();
  await story(page).getByRole("row", { name: "pin •" }).waitFor();
  const { sessions: known } = await (await fetch(`${server.url}/api/v1/sessions?flow=browser/secret`)).json();
  const told = await (await fetch(`${server.url}/api/v1/sessions/${known[0].id}/story`)).text();
  assert.doesNotMatch(told, /4711/u);
});

test("the screen is accessible in every theme, and speaks Spanish", async () => {
  const { page } = tab;
  await talk("nut", "bye");
  for (const theme of ["light", "dark", "contrast"]) {
    await openFlow(page, server.url, PARROT);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await sessions(page);
    await page.getByRole("region", { name: "How many went which way" }).waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the list and the counts`);
    await listed(page).first().getByRole("button").click();
    await transcript(page).getByText("Goodbye.").waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: a session`);
    await picture(page, `session-${theme}`);
  }
  await page.getByRole("combobox", { name: "Language" }).selectOption("es");
  await page.getByRole("button", { name: "Repetir con mi borrador" }).waitFor();
  await page.getByRole("slider", { name: "Momento de la sesión" }).waitFor();
});
