/**
 * A conversation in a language that is written from right to left: window, messages and the values in them.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hears, launch, openPage, picture } from "./chat-page.mjs";
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

test("lies as its language is read, and a number in it does not turn it round", async () => {
  const { page, context, complaints } = await openPage(browser);
  await page.goto(host.page({ flow: "browser/parrot", locale: "ar", title: "Parrot" }));
  await page.getByRole("button", { name: /Parrot/u }).click();
  await hears(page, "قل شيئا.");
  const write = page.locator("offhook-chat textarea, offhook-chat input[type=text]").first();
  await write.fill("+1 555 0100");
  await write.press("Enter");
  await hears(page, "قلت:");
  const answer = page.locator("offhook-chat .entry:not(.own) .bubble", { hasText: "قلت:" });
  const seen = await answer.evaluate((bubble) => {
    const text = bubble.firstChild;
    const at = (needle) => {
      const range = document.createRange();
      const start = bubble.textContent.indexOf(needle);
      range.setStart(text, start);
      range.setEnd(text, start + needle.length);
      return range.getBoundingClientRect().x;
    };
    return {
      dir: bubble.dir,
      lang: bubble.lang,
      window: getComputedStyle(bubble.getRootNode().querySelector("[dir]")).direction,
      text: bubble.textContent,
      // Within the number, the sign stands left of the digits; without isolation it would stand right of them.
      sign: at("+"),
      digits: at("0100"),
      words: at("قلت"),
    };
  });
  assert.equal(seen.dir, "rtl");
  assert.equal(seen.lang, "ar");
  assert.equal(seen.window, "rtl");
  assert.equal(seen.text, "قلت: \u2068+1 555 0100\u2069");
  assert.ok(seen.sign < seen.digits, JSON.stringify(seen));
  assert.ok(seen.digits < seen.words, JSON.stringify(seen));
  await picture(page, "right-to-left");
  assert.deepEqual(complaints, []);
  await context.close();
});
