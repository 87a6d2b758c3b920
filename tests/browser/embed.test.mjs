/**
 * The widget on somebody else's site: one script tag, another origin, a strict security policy, hostile styles, and the
 * programmatic interface.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { after, before, test } from "node:test";
import { hears, launch, openPage, picture, says, until, windowLines } from "./chat-page.mjs";
import { openHost } from "./host-page.mjs";
import { serve } from "./server.mjs";

const PARROT = "browser/parrot";
let server;
let browser;
let host;

before(async () => {
  server = await serve();
  browser = await launch();
  host = await openHost(server.url);
});
after(async () => {
  await browser?.close();
  await host?.close();
  await server?.stop();
});

test("is at most 15 KB on the wire", async () => {
  const script = await fetch(`${server.url}/widget.js`);
  assert.equal(script.status, 200);
  const bytes = gzipSync(Buffer.from(await script.arrayBuffer()), { level: 9 }).length;
  assert.ok(bytes <= 15 * 1024, `${bytes} bytes`);
});

test("asks nothing of the server until it is opened, and resumes on the next page", async () => {
  const { page, context, complaints } = await openPage(browser);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(host.page({ flow: PARROT, title: "Parrot" }));
  const launcher = page.getByRole("button", { name: "Open chat: Parrot" });
  await launcher.click();
  await hears(page, "Say something.");
  assert.equal(asked.indexOf("/chat/v1/conversations") > asked.indexOf("/widget.js"), true);
  await says(page, "hello");
  await hears(page, "You said: hello");
  await page.goto(host.page({ flow: PARROT, title: "Parrot", page: "2" }));
  await launcher.click();
  await hears(page, "You said: hello");
  const lines = await windowLines(page);
  assert.equal(lines.filter(({ text }) => text === "hello").length, 1);
  assert.deepEqual(complaints, []);
  await context.close();

  const quiet = await openPage(browser);
  const requests = [];
  quiet.page.on("request", (request) => requests.push(new URL(request.url()).pathname));
  await quiet.page.goto(host.page({ flow: PARROT }));
  await quiet.page.getByRole("button", { name: /^Open chat/u }).waitFor();
  assert.deepEqual(
    requests.filter((path) => path.startsWith("/chat")),
    [],
  );
  await quiet.context.close();
});

test("counts what comes in while it is closed", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(host.page({ flow: PARROT, title: "Parrot" }));
  await page.getByRole("button", { name: "Open chat: Parrot" }).click();
  await hears(page, "Say something.");
  await page.getByRole("textbox", { name: "Write a message" }).fill("hello");
  // Sent and closed in one breath, so that the answer finds the window closed however quick it is.
  await page.evaluate(() => {
    document.querySelector("offhook-chat").shadowRoot.querySelector("form").requestSubmit();
    globalThis.Offhook.close();
  });
  await page.getByRole("button", { name: /^Open chat: Parrot \(\d new\)$/u }).click();
  await hears(page, "You said: hello");
  assert.equal(await page.getByRole("button", { name: "Open chat: Parrot", exact: true }).count(), 1);
  await context.close();
});

test("looks its own whatever the site's styles, and takes the variables", async () => {
  const { page, context } = await openPage(browser, { viewport: { width: 1000, height: 760 } });
  await page.goto(host.page({ flow: PARROT }));
  const launcher = page.getByRole("button", { name: /^Open chat/u });
  await launcher.click();
  await hears(page, "Say something.");
  const look = (selector, property) =>
    page.locator(`offhook-chat ${selector}`).first().evaluate((element, name) => getComputedStyle(element)[name], property);
  assert.equal(await look(".bubble", "letterSpacing"), "normal");
  assert.doesNotMatch(await look(".bubble", "fontFamily"), /^monospace/u);
  assert.equal(await look(".launcher", "backgroundColor"), "rgb(29, 106, 88)");
  await page.evaluate(() => document.documentElement.style.setProperty("--offhook-accent", "rgb(90, 40, 160)"));
  assert.equal(await look(".launcher", "backgroundColor"), "rgb(90, 40, 160)");
  await picture(page, "widget-restyled");
  await context.close();
});

test("serves the programmatic interface: inline, with a contact, events, restart, remove", async () => {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(host.page({}));
  await page.waitForFunction(() => globalThis.Offhook !== undefined);
  const bodies = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/conversations")) bodies.push(request.postDataJSON());
  });
  await page.evaluate((flow) => {
    globalThis.heard = [];
    for (const name of ["offhook-open", "offhook-message", "offhook-over", "offhook-close"]) {
      addEventListener(name, (event) => globalThis.heard.push([name, event.detail?.from ?? null]));
    }
    globalThis.chat = globalThis.Offhook.start({
      flow,
      title: "Inline",
      target: "#room",
      contact: { id: "c1", name: "Ann" },
      strings: { send: "Go" },
    });
  }, PARROT);
  await page.getByRole("region", { name: "Inline" }).waitFor();
  await hears(page, "Say something.");
  await page.getByRole("button", { name: "Go", exact: true }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^Open chat/u }).count(), 0);
  assert.deepEqual(bodies[0].contact, { id: "c1", name: "Ann" });
  assert.equal(bodies[0].flow, PARROT);
  await says(page, "bye");
  await page.getByText("This conversation has ended.").waitFor();
  await until(() => page.evaluate(() => globalThis.heard.some(([name]) => name === "offhook-over")), "the page is told of the end");
  assert.deepEqual(
    (await page.evaluate(() => globalThis.heard)).filter(([name]) => name === "offhook-message").map(([, from]) => from),
    ["flow", "contact", "flow"],
  );
  await page.evaluate(() => globalThis.chat.restart());
  await until(async () => (await windowLines(page)).length === 1, "a new conversation");
  assert.equal(bodies.length, 2);
  assert.notEqual(bodies[0].client_id, bodies[1].client_id);
  await page.evaluate(() => globalThis.chat.remove());
  assert.equal(await page.locator("offhook-chat").count(), 0);

  await page.evaluate((flow) => globalThis.Offhook.start({ flow, title: "Corner", position: "start", theme: "dark" }), PARROT);
  await page.evaluate(() => globalThis.Offhook.open());
  await page.getByRole("dialog", { name: "Corner" }).waitFor();
  await page.evaluate(() => globalThis.Offhook.close());
  await page.getByRole("dialog", { name: "Corner" }).waitFor({ state: "hidden" });
  assert.deepEqual(complaints, []);
  await context.close();
});

test("begins by a chat key, for a site that names no flow", async () => {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(host.page({ key: "clinic", open: "" }));
  await page.getByRole("dialog", { name: "Chat" }).waitFor();
  await page.getByRole("button", { name: "Leave a message" }).click();
  await hears(page, "Please write your message");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("says why when the server refuses", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(host.page({ flow: "no/such-flow" }));
  await page.getByRole("button", { name: /^Open chat/u }).click();
  await page.getByText("The chat could not be started.").waitFor();
  await context.close();
});
