/**
 * The editor at `/editor`: a newcomer makes a flow from nothing, by mouse and by keyboard alone, tries it, mends a mistake with what is
 * offered, and no byte changes that was not edited.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, until } from "./chat-page.mjs";
import { begin, cardOf, filesOf, openFlow, pick, save, untilCards } from "./editor-page.mjs";
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
  tab = await openPage(browser, { viewport: { width: 1440, height: 900 } });
});
afterEach(async () => {
  assert.deepEqual(tab.complaints, []);
  await tab.context.close();
});

test("by mouse: a menu is added after the greeting, tried by telephone, saved, kept as a test", async () => {
  const { page } = tab;
  await begin(page, server.url, "Bakery by mouse");
  await cardOf(page, "hello").getByRole("button", { name: "Add a step after “then” of hello" }).click();
  await page.getByRole("option", { name: /Menu/u }).first().click();
  await untilCards(page, 2);
  await page.getByRole("textbox", { name: "Text", exact: false }).first().fill("For bread, press 1. For cake, press 2.");
  await cardOf(page, "menu").getByText("For bread, press 1.").waitFor();

  await cardOf(page, "menu").getByRole("button", { name: /“book”/u }).click();
  await pick(page, "say");
  await untilCards(page, 3);
  await page.getByRole("complementary", { name: "Settings" }).getByLabel(/^Text/u).first().fill("Bread is ready.");
  await cardOf(page, "say").getByText("Bread is ready.").waitFor();

  await page.getByRole("button", { name: "Try it", exact: true }).click();
  const talk = page.getByRole("log", { name: "Conversation" });
  await talk.getByText("For bread, press 1.").waitFor();
  await page.getByRole("group", { name: "Telephone keys" }).getByRole("button", { name: "1", exact: true }).click();
  await talk.getByText("Bread is ready.").waitFor();
  await page.locator(".react-flow__edge.walked").first().waitFor({ state: "attached" });
  await page.getByRole("button", { name: "One step back" }).click();
  await until(async () => (await talk.getByText("Bread is ready.").count()) === 0, "one step back");
  await page.getByRole("button", { name: "One step forward" }).click();
  await talk.getByText("Bread is ready.").waitFor();
  await page.getByRole("button", { name: "Save as a test" }).click();
  await page.getByPlaceholder("What does it show?").fill("Sells bread");
  await page.getByPlaceholder("What does it show?").press("Enter");
  await until(async () => (await page.getByRole("status").allTextContents()).some((text) => text.includes("sells-bread")), "kept");
  await save(page);

  const files = await filesOf(server.url, "bakery-by-mouse");
  assert.match(files["bakery-by-mouse.yaml"], /For bread, press 1/u);
  assert.match(files["bakery-by-mouse.sells-bread.talk.yaml"], /Sells bread/u);
  await page.getByRole("button", { name: "Run all tests" }).click();
  await page.getByText("1 of 1 tests pass").waitFor();
});

test("by keyboard alone: steps are added, connected, named and undone", async () => {
  const { page } = tab;
  const { keyboard } = page;
  await begin(page, server.url, "Bakery by keys");
  await page.getByRole("treeitem").first().focus();
  await keyboard.press("a");
  await pick(page, "ask");
  await untilCards(page, 2);
  await until(() => page.evaluate(() => document.activeElement?.tagName === "TEXTAREA"), "the first field has the focus");
  await keyboard.press("Control+a");
  await keyboard.type("Which bread?");
  await cardOf(page, "ask").getByText("Which bread?").waitFor();
  await keyboard.press("Escape");
  await until(() => page.evaluate(() => document.activeElement?.classList.contains("board") === true), "the canvas has the focus");
  await keyboard.press("a");
  await pick(page, "say");
  await untilCards(page, 3);
  await keyboard.press("Escape");
  await keyboard.press("c");
  await pick(page, "hello");
  await until(async () => (await page.locator('.react-flow__edge[data-id^="say"]').count()) === 1 || (await page.locator(".react-flow__edge").count()) === 4, "say leads to hello");
  await keyboard.press("Control+z");
  await until(async () => (await page.locator(".react-flow__edge").count()) < 4, "undone");
  await keyboard.press("Control+y");
  await keyboard.press("F2");
  await keyboard.press("Control+a");
  await keyboard.type("goodbye");
  await keyboard.press("Enter");
  await cardOf(page, "goodbye").waitFor();
  await save(page);
  const text = (await filesOf(server.url, "bakery-by-keys"))["bakery-by-keys.yaml"];
  assert.match(text, /goodbye:\n\s+type: say/u);
  assert.match(text, /text: Which bread\?/u);
});

test("a mistake is told on its card, in the list and in the text, and mended with what is offered", async () => {
  const { page } = tab;
  // Short enough that its start is in view.
  await openFlow(page, server.url, "browser/parrot");
  const original = (await filesOf(server.url, "browser/parrot"))["parrot.yaml"];
  await page.getByRole("button", { name: "Text", exact: true }).click();
  const target = /start: (\S+)/u.exec(original)[1];
  await page.locator(".cm-content").waitFor();
  await page.locator(".cm-line", { hasText: `start: ${target}` }).first().click();
  await page.keyboard.press("End");
  await page.keyboard.type("x");
  const problems = page.getByRole("region", { name: "Problems" });
  await problems.getByRole("button", { name: `Write \`${target}\`` }).click();
  await problems.getByText("No problems").waitFor();
  assert.equal(await page.locator(".saving.saved").count(), 1, "the text is as it was");
});

test("opening and saving changes no byte; dragging none of the flow; a form only its own; undo gives all back", async () => {
  const { page } = tab;
  const { flows } = await (await fetch(`${server.url}/api/v1/flows`)).json();
  for (const flow of flows) {
    const before = await filesOf(server.url, flow.id);
    await openFlow(page, server.url, flow.id);
    await page.locator(".saving.saved").waitFor();
    await page.keyboard.press("Control+s");
    assert.deepEqual(await filesOf(server.url, flow.id), before, flow.id);
  }

  const id = "pharmacy/refill";
  await openFlow(page, server.url, id);
  const before = await filesOf(server.url, id);
  const card = page.locator(".card:not(.tone-interrupts)").first();
  const box = await card.boundingBox();
  await page.mouse.move(box.x + 80, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + 120, box.y + 90, { steps: 5 });
  await page.mouse.up();
  await page.locator(".saving.draft").waitFor();
  await save(page);
  const { "refill.layout.yaml": layout, ...rest } = await filesOf(server.url, id);
  assert.match(layout, /\[-?\d+, -?\d+\]/u);
  assert.deepEqual(rest, before, "a place is no byte of the flow");

  await card.click();
  const field = page.getByRole("complementary", { name: "Settings" }).locator(".fields textarea").first();
  await field.waitFor();
  const words = await field.inputValue();
  await field.fill(`${words} Thanks.`);
  await page.locator(".saving.draft").waitFor();
  await save(page);
  const edited = (await filesOf(server.url, id))["refill.yaml"];
  let head = 0;
  while (edited[head] === before["refill.yaml"][head]) head += 1;
  let tail = 0;
  while (edited.at(-1 - tail) === before["refill.yaml"].at(-1 - tail)) tail += 1;
  assert.ok(before["refill.yaml"].length - head - tail < words.length + 60, "only the text's own bytes changed");
  await field.blur();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.locator(".saving.draft").waitFor();
  await save(page);
  assert.deepEqual(await filesOf(server.url, id), before, "undo gives every byte back");
});

test("two people change different steps: both are kept", async () => {
  const { page } = tab;
  const other = await openPage(browser, { viewport: { width: 1440, height: 900 } });
  await begin(page, server.url, "Two people");
  await cardOf(page, "hello").getByRole("button", { name: /“then”/u }).click();
  await pick(page, "ask");
  await untilCards(page, 2);
  await save(page);
  await openFlow(other.page, server.url, "two-people");
  const settings = (one) => one.getByRole("complementary", { name: "Settings" }).locator(".fields textarea").first();
  await cardOf(page, "hello").click();
  await settings(page).fill("Changed by one.");
  await cardOf(page, "hello").getByText("Changed by one.").waitFor();
  await cardOf(other.page, "ask").click();
  await settings(other.page).fill("Changed by two?");
  await cardOf(other.page, "ask").getByText("Changed by two?").waitFor();
  await save(page);
  await save(other.page);
  await cardOf(other.page, "hello").getByText("Changed by one.").waitFor();
  const text = (await filesOf(server.url, "two-people"))["two-people.yaml"];
  assert.match(text, /Changed by one\./u);
  assert.match(text, /Changed by two\?/u);
  // The refused write is a 412, which the browser reports.
  assert.deepEqual(other.complaints.filter((one) => !one.includes("412")), []);
  await other.context.close();
});

test("every screen is accessible in every theme", async () => {
  const { page } = tab;
  for (const theme of ["light", "dark", "contrast"]) {
    await page.goto(`${server.url}/editor`);
    await page.getByRole("combobox", { name: "Colours" }).selectOption(theme);
    await page.locator(".flow-cards a").first().waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the flows`);
    await openFlow(page, server.url, "clinic/reception");
    await page.locator(".card:not(.tone-interrupts)").first().click();
    await page.locator(".details .fields").waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the canvas`);
    await page.getByRole("button", { name: "Try it", exact: true }).click();
    await page.getByRole("log", { name: "Conversation" }).locator("li").first().waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: trying`);
    await page.getByRole("button", { name: "Try it", exact: true }).click();
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await page.locator(".cm-content").waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the text`);
    await page.getByRole("button", { name: "Text", exact: true }).click();
    await page.getByRole("button", { name: "History", exact: true }).click();
    await page.getByRole("heading", { name: "Versions" }).waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the history`);
    await page.getByRole("button", { name: "History", exact: true }).click();
    await page.keyboard.press("Control+k");
    await page.locator("dialog.picker").waitFor();
    assert.deepEqual(await violations(page), [], `${theme}: the commands`);
    await page.keyboard.press("Escape");
  }
});
