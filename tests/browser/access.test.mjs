/**
 * Whether everybody can use the page and the widget: axe finds nothing in any state and scheme, all is done with keys
 * alone, the log speaks, and right-to-left, small and calm screens are served.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { hears, launch, openPage, picture, says, until } from "./chat-page.mjs";
import { openHost } from "./host-page.mjs";
import { serve } from "./server.mjs";

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

/** The element that has the focus, through shadow roots: its role, name and whether one can see the focus. */
function focused(page) {
  return page.evaluate(() => {
    let element = document.activeElement;
    while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    return {
      tag: element.localName,
      name: element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent?.trim() ?? "",
      isVisible: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1) || element.localName === "main",
    };
  });
}

/** Presses `key` until the focus is on what `wanted` accepts; each stop on the way must show its focus. */
async function walkTo(page, wanted, key = "Tab") {
  for (let steps = 0; steps < 80; steps++) {
    const at = await focused(page);
    if (at) assert.ok(at.isVisible, `the focus on ${JSON.stringify(at)} cannot be seen`);
    if (at && wanted(at)) return at;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} never gets there; it stands on ${JSON.stringify(await focused(page))}`);
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on the page, ${colorScheme}`, async () => {
    const { page, context, complaints } = await openPage(browser, { colorScheme });
    await page.goto(`${server.url}/#/clinic/reception`);
    await page.getByRole("button", { name: "Leave a message" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, `page-${colorScheme}`);
    await page.getByRole("tab", { name: "Source" }).click();
    await page.getByText("clinic/reception").last().waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, `source-${colorScheme}`);
    await context.setOffline(true);
    await page.evaluate(() => dispatchEvent(new Event("offline")));
    await says(page, "hello?");
    await page.getByText("Sending…").waitFor();
    assert.deepEqual(await violations(page), []);
    await context.setOffline(false);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  test(`axe finds nothing in the widget on another site, ${colorScheme}`, async () => {
    const { page, context, complaints } = await openPage(browser, { colorScheme, viewport: { width: 1000, height: 760 } });
    await page.goto(host.page({ flow: "clinic/reception", title: "Lakeside Clinic" }));
    await page.getByRole("button", { name: "Open chat: Lakeside Clinic" }).waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Open chat: Lakeside Clinic" }).click();
    await page.getByRole("button", { name: "Leave a message" }).click();
    await hears(page, "Please write your message");
    assert.deepEqual(await violations(page), []);
    await picture(page, `widget-${colorScheme}`);
    await says(page, "Ann, 555 0100.");
    await page.getByText("This conversation has ended.").waitFor();
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing on the API's page, ${colorScheme}`, async () => {
    const { page, context, complaints } = await openPage(browser, { colorScheme });
    await page.goto(`${server.url}/docs`);
    await page.getByRole("heading", { name: "POST /chat/v1/conversations", exact: true }).waitFor();
    assert.deepEqual(await violations(page), []);
    await picture(page, `docs-${colorScheme}`);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a whole conversation on the page with keys alone", async () => {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(server.url);
  await page.getByRole("link", { name: /Clinic reception/u }).waitFor();
  await walkTo(page, ({ tag, name }) => tag === "a" && name.startsWith("Clinic reception"));
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  // The tabs: one stop, arrows between them.
  await walkTo(page, ({ name }) => name === "Graph");
  await page.keyboard.press("ArrowRight");
  assert.equal((await focused(page)).name, "Source");
  await page.keyboard.press("ArrowLeft");
  await walkTo(page, ({ name }) => name === "Leave a message");
  await page.keyboard.press("Enter");
  await hears(page, "Please write your message");
  // The button is gone; the focus is where one goes on.
  assert.equal((await focused(page)).tag, "textarea");
  await page.keyboard.type("Ann, 555 0100.");
  await page.keyboard.press("Enter");
  await hears(page, "Thank you, I have your message");
  await until(async () => (await focused(page))?.name === "Start again", "the focus is on the way on");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  assert.equal((await focused(page)).tag, "textarea");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("the launcher with keys alone: opens, walks the choices, Escape gives the focus back", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(host.page({ flow: "clinic/reception" }));
  const launcher = page.getByRole("button", { name: /^Open chat/u });
  await launcher.waitFor();
  assert.equal(await launcher.getAttribute("aria-expanded"), "false");
  await walkTo(page, ({ name }) => name.startsWith("Open chat"));
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Chat" }).waitFor();
  assert.equal((await focused(page)).tag, "textarea");
  assert.equal(await launcher.getAttribute("aria-expanded"), "true");
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  await walkTo(page, ({ name }) => name === "Leave a message", "Shift+Tab");
  const choices = page.getByRole("group", { name: "Quick replies" }).getByRole("button");
  await page.keyboard.press("ArrowRight");
  assert.notEqual((await focused(page)).name, "Leave a message");
  for (let back = 1; back < (await choices.count()); back++) await page.keyboard.press("ArrowRight");
  assert.equal((await focused(page)).name, "Leave a message");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  assert.match((await focused(page)).name, /^Open chat/u);
  await context.close();
});

test("on a small screen the window covers the page and Tab stays in it", async () => {
  const { page, context } = await openPage(browser, { viewport: { width: 320, height: 640 } });
  await page.goto(host.page({ flow: "clinic/reception", title: "Lakeside Clinic" }));
  await page.getByRole("button", { name: /^Open chat/u }).click();
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  assert.deepEqual(await page.getByRole("dialog").boundingBox(), { x: 0, y: 0, width: 320, height: 640 });
  for (const key of ["Tab", "Shift+Tab"]) {
    for (let steps = 0; steps < 12; steps++) {
      await page.keyboard.press(key);
      const inside = await page.evaluate(() => document.querySelector("offhook-chat").shadowRoot.activeElement?.closest(".panel") !== null);
      assert.ok(inside, `${key} leaves the window`);
    }
  }
  await picture(page, "widget-phone");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  await context.close();
});

for (const [name, viewport] of Object.entries({ phone: { width: 390, height: 844 }, narrow: { width: 320, height: 700 }, tablet: { width: 900, height: 1000 }, wide: { width: 1360, height: 860 } })) {
  test(`the page needs no sideways scrolling: ${name}`, async () => {
    const { page, context } = await openPage(browser, { viewport });
    await page.goto(`${server.url}/#/clinic/reception`);
    await page.getByRole("button", { name: "Leave a message" }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
    await picture(page, `page-${name}`, { fullPage: true });
    await page.getByRole("tab", { name: "Source" }).click();
    await page.getByRole("region", { name: "Source" }).getByText("clinic/reception").first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), viewport.width);
    const [source, talk] = await Promise.all([page.locator(".about .tabs").boundingBox(), page.locator(".talk").boundingBox()]);
    const apart = source.x + source.width <= talk.x || source.y >= talk.y + talk.height;
    assert.ok(apart, "the source runs under the chat");
    await context.close();
  });
}

test("the log is announced, its history is not, and every line says who speaks", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(`${server.url}/#/browser/parrot`);
  const log = page.getByRole("log", { name: "Conversation" });
  await says(page, "hello");
  await hears(page, "You said: hello");
  assert.equal(await log.getAttribute("aria-live"), "polite");
  assert.deepEqual(
    await page.locator("offhook-chat .entry").evaluateAll((entries) => entries.map((entry) => entry.firstElementChild.textContent)),
    ["Assistant:", "You:", "Assistant:", "Assistant:"],
  );
  // What the log said of itself at the moment each old line came in.
  await page.addInitScript(() => {
    globalThis.seenLive = [];
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (init) {
      const root = attach.call(this, init);
      new MutationObserver((changes) => {
        const live = root.querySelector(".log")?.getAttribute("aria-live");
        for (const { addedNodes } of changes) for (const node of addedNodes) if (node.classList?.contains("entry")) globalThis.seenLive.push(live);
      }).observe(root, { childList: true, subtree: true });
      return root;
    };
  });
  await page.reload();
  await hears(page, "You said: hello");
  await until(async () => (await page.evaluate(() => globalThis.seenLive.length)) >= 4, "the old lines are back");
  assert.deepEqual(await page.evaluate(() => globalThis.seenLive.slice(0, 4)), ["off", "off", "off", "off"]);
  await until(async () => (await log.getAttribute("aria-live")) === "polite", "the log speaks again");
  await context.close();
});

test("right to left, and the widget's own words in Spanish", async () => {
  const { page, context } = await openPage(browser);
  await page.goto(host.page({ flow: "browser/parrot", locale: "ar" }));
  await page.getByRole("button", { name: /^Open chat/u }).click();
  await hears(page, "قل شيئا.");
  await says(page, "مرحبا");
  await hears(page, "قلت:");
  const [start, end] = await Promise.all([
    page.locator("offhook-chat .entry:not(.own) .bubble").first().boundingBox(),
    page.locator("offhook-chat .own .bubble").boundingBox(),
  ]);
  assert.ok(start.x > end.x, "the flow speaks from the right, the person from the left");
  await picture(page, "widget-rtl");
  await page.goto(host.page({ flow: "browser/parrot", locale: "es-ES" }));
  await page.getByRole("button", { name: /^Abrir el chat/u }).click();
  await page.getByRole("textbox", { name: "Escriba un mensaje" }).waitFor();
  await context.close();
});
