/**
 * Conversations in a real browser over a line that breaks: every message exactly once, on the screen and on the server's
 * record.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { hears, launch, openPage, picture, remembered, says, serverLines, until, windowLines } from "./chat-page.mjs";
import { openLine } from "./line.mjs";
import { canKill, serve } from "./server.mjs";

const CLINIC = "clinic/reception";
const PARROT = "browser/parrot";

let server;
let browser;
let line;
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
  line = await openLine(server.url);
  tab = await openPage(browser);
});
afterEach(async () => {
  await tab.context.close();
  await line.close();
});

const show = (flow) => tab.page.goto(`${line.url}/#/${flow}`);

/** The window, the server's record, and the given own words all agree, and nothing stands twice. */
async function assertEachOnce(flow, ownWords) {
  const { page } = tab;
  const { conversation } = await remembered(page, flow);
  const onRecord = await serverLines(server.url, conversation);
  await until(async () => (await windowLines(page)).length >= onRecord.length, "the window shows what is on record");
  const own = onRecord.filter(({ from }) => from === "contact").map(({ text }) => text);
  assert.deepEqual(own, ownWords);
  assert.deepEqual(await windowLines(page), onRecord);
}

const parrotAnswers = (words) => hears(tab.page, `You said: ${words}`);

test("the clinic takes a message, whatever the hour", async () => {
  const { page, complaints } = tab;
  await show(CLINIC);
  // Open or closed, both of the clinic's menus have this choice.
  await page.getByRole("button", { name: "Leave a message" }).click();
  await hears(page, "Please write your message");
  await picture(page, "clinic");
  await says(page, "Ann, 555 0100, my back again.");
  await hears(page, "Thank you, I have your message");
  await page.getByText("This conversation has ended.").waitFor();
  assert.equal(await page.getByRole("textbox", { name: "Write a message" }).isVisible(), false);
  await picture(page, "clinic-ended");
  await assertEachOnce(CLINIC, ["Leave a message", "Ann, 555 0100, my back again."]);

  await page.getByRole("button", { name: "Start again" }).last().click();
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  assert.deepEqual(
    (await windowLines(page)).filter(({ from }) => from === "contact"),
    [],
  );
  assert.deepEqual(complaints, []);
});

test("the clinic's line breaks in the middle and the message is taken all the same", async () => {
  const { page, complaints } = tab;
  await show(CLINIC);
  await page.getByRole("button", { name: "Leave a message" }).click();
  await hears(page, "Please write your message");
  line.cut();
  await page.getByText("Connection lost").waitFor();
  await says(page, "Ann, 555 0100, my back again.");
  await page.getByText("Sending…").waitFor();
  await picture(page, "clinic-line-cut");
  line.mend();
  await hears(page, "Thank you, I have your message");
  await page.getByText("This conversation has ended.").waitFor();
  await assertEachOnce(CLINIC, ["Leave a message", "Ann, 555 0100, my back again."]);
  assert.deepEqual(complaints, []);
});

describe("each message once", () => {
  test("when the browser is offline, sends, and comes back", async () => {
    const { page, context } = tab;
    await show(PARROT);
    await says(page, "before");
    await parrotAnswers("before");
    await context.setOffline(true);
    line.cut();
    await page.getByText("You are offline").waitFor();
    await says(page, "offline one");
    await says(page, "offline two");
    assert.equal(await page.getByText("Sending…").count(), 2);
    await picture(page, "offline");
    line.mend();
    await context.setOffline(false);
    await parrotAnswers("offline two");
    await says(page, "after");
    await parrotAnswers("after");
    await page.getByText("You are offline").waitFor({ state: "hidden" });
    await assertEachOnce(PARROT, ["before", "offline one", "offline two", "after"]);
  });

  test("when the line drops right after each message", async () => {
    const { page } = tab;
    await show(PARROT);
    await hears(page, "Say something.");
    const words = Array.from({ length: 8 }, (_, at) => `message ${at + 1}`);
    for (const [at, text] of words.entries()) {
      await says(page, text);
      // Now before, now after the server has it.
      if (at % 2 === 0) line.drop();
      else await parrotAnswers(text).then(line.drop);
    }
    await parrotAnswers(words.at(-1));
    await assertEachOnce(PARROT, words);
  });

  test("when the line goes mute: open, and nothing comes through", async () => {
    const { page } = tab;
    await show(PARROT);
    await hears(page, "Say something.");
    line.mute();
    await says(page, "into the void");
    // The browser's hint makes the widget ask whether anybody is there; nobody answers.
    await page.evaluate(() => dispatchEvent(new Event("offline")));
    await page.getByText("Connection lost").waitFor();
    line.mend();
    await parrotAnswers("into the void");
    await assertEachOnce(PARROT, ["into the void"]);
  });

  test("where sockets never pass, by long polls", async () => {
    const { page } = tab;
    line.refuseSockets();
    await show(PARROT);
    await hears(page, "Say something.");
    await says(page, "by request");
    await says(page, "by another");
    await parrotAnswers("by another");
    line.cut();
    await page.getByText("Connection lost").waitFor();
    await says(page, "queued");
    line.refuseSockets();
    await parrotAnswers("queued");
    await assertEachOnce(PARROT, ["by request", "by another", "queued"]);
  });

  test("when the start itself meets a broken line", async () => {
    const { page } = tab;
    await page.goto(`${line.url}/#/${CLINIC}`);
    await page.getByRole("button", { name: "Leave a message" }).waitFor();
    // Let the server take the start and lose its answer.
    await page.route("**/chat/v1/conversations", async (route) => {
      await route.fetch();
      await route.abort("connectionreset");
      await page.unroute("**/chat/v1/conversations");
    });
    await page.getByRole("link", { name: /Parrot/u }).click();
    await hears(page, "Say something.");
    await assertEachOnce(PARROT, []);
  });
});

test("a server that is killed and started again goes on with the conversation", { skip: !canKill && "needs OFFHOOK_BIN" }, async () => {
  const { page } = tab;
  await show(PARROT);
  await hears(page, "Say something.");
  const words = [];
  for (let round = 1; round <= 3; round++) {
    words.push(`before ${round}`, `into the gap ${round}`);
    await says(page, `before ${round}`);
    // The message may be on its way, stored, or answered when the server dies.
    if (round === 2) await parrotAnswers(`before ${round}`);
    const killed = server.kill();
    await page.getByText("Connection lost").waitFor();
    await says(page, `into the gap ${round}`);
    await killed;
    line.leadTo(server.url);
    await parrotAnswers(`into the gap ${round}`);
  }
  await assertEachOnce(PARROT, words);
});

describe("a page that is loaded again", () => {
  test("goes on with the conversation", async () => {
    const { page } = tab;
    await show(PARROT);
    await says(page, "one");
    await parrotAnswers("one");
    const { conversation } = await remembered(page, PARROT);
    await page.reload();
    await parrotAnswers("one");
    await says(page, "two");
    await parrotAnswers("two");
    assert.deepEqual((await remembered(page, PARROT)).conversation, conversation);
    await assertEachOnce(PARROT, ["one", "two"]);
  });

  test("delivers what was still waiting", async () => {
    const { page } = tab;
    await show(PARROT);
    await hears(page, "Say something.");
    line.cut();
    await page.getByText("Connection lost").waitFor();
    await says(page, "written before the reload");
    line.mend();
    // The reload comes in the moment at which the widget may be sending again.
    await page.reload();
    await parrotAnswers("written before the reload");
    await assertEachOnce(PARROT, ["written before the reload"]);
  });

  test("begins anew where the server has no such conversation", async () => {
    const { page } = tab;
    await show(PARROT);
    await hears(page, "Say something.");
    await page.evaluate(() => {
      for (const [key, text] of Object.entries(sessionStorage)) {
        const memory = JSON.parse(text);
        memory.conversation = { id: "c_gone", token: "gone" };
        sessionStorage.setItem(key, JSON.stringify(memory));
      }
    });
    await page.reload();
    await hears(page, "Say something.");
    assert.notEqual((await remembered(page, PARROT)).conversation.id, "c_gone");
  });
});

test("what a flow or a person says is shown as text, and only web addresses become links", async () => {
  const { page, complaints } = tab;
  await show(PARROT);
  const hostile = `<img src=x onerror="alert(1)"> javascript:alert(1) https://clinic.example/a?b=1.`;
  await says(page, hostile);
  await parrotAnswers("<img");
  await assertEachOnce(PARROT, [hostile]);
  assert.equal(await page.locator("offhook-chat .bubble img").count(), 0);
  const links = page.locator("offhook-chat .own .bubble a");
  assert.deepEqual(await links.evaluateAll((all) => all.map((link) => [link.href, link.rel, link.target])), [
    ["https://clinic.example/a?b=1", "noopener noreferrer nofollow", "_blank"],
  ]);
  assert.deepEqual(complaints, []);
});

test("what is asked in confidence is seen nowhere: not while typing, not in the window, not in the tab's memory", async () => {
  const { page, complaints } = tab;
  await show("browser/secret");
  await hears(page, "What is your PIN?");
  const field = page.getByRole("textbox", { name: "Write a message" });
  await field.fill("4711");
  assert.equal(await field.evaluate((element) => getComputedStyle(element).webkitTextSecurity), "disc");
  line.cut();
  await page.keyboard.press("Enter");
  await page.getByText("Sending…").waitFor();
  const stored = await page.evaluate(() => JSON.stringify(Object.entries(sessionStorage)));
  assert.doesNotMatch(stored, /4711/u);
  line.mend();
  await hears(page, "Goodbye.");
  assert.deepEqual(await windowLines(page), [
    { from: "flow", text: "What is your PIN?" },
    { from: "contact", text: "••••" },
    { from: "flow", text: "Goodbye." },
  ]);
  assert.deepEqual(complaints, []);
});
