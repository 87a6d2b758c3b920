/**
 * What a flow shows besides words: cards one can press, a picture, a place, a file and links; by mouse, by keys, and for
 * those who hear the page.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violations } from "./axe.mjs";
import { hears, launch, openPage, picture, says } from "./chat-page.mjs";
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

async function opened(options = {}) {
  const seen = await openPage(browser, options);
  await seen.page.goto(host.page({ flow: "browser/catalogue", title: "Pizzeria" }));
  await seen.page.getByRole("button", { name: "Open chat: Pizzeria" }).click();
  await seen.page.getByRole("heading", { name: "Diavola" }).waitFor();
  return seen;
}

for (const colorScheme of ["light", "dark"]) {
  test(`all that can be shown, by mouse, ${colorScheme}`, async () => {
    const { page, context, complaints } = await opened({ colorScheme, viewport: { width: 1000, height: 760 } });
    const cards = page.getByRole("group", { name: "Cards" });
    assert.equal(await cards.getByRole("listitem").count(), 4);
    const image = cards.getByRole("img", { name: "A round pizza with a leaf of basil" });
    assert.equal(await image.evaluate(async (element) => (await element.decode(), element.naturalWidth)), 320);
    assert.deepEqual(await violations(page), []);
    await picture(page, `cards-${colorScheme}`);
    const link = cards.getByRole("link", { name: "What is in it" });
    assert.equal(await link.getAttribute("href"), "https://example.com/diavola");
    assert.match(await link.getAttribute("rel"), /noopener/u);
    await cards.getByRole("button", { name: "A Marinara" }).click();
    await hears(page, "One marinara.");
    await page.getByRole("img", { name: "Your pizza" }).waitFor();
    assert.match(await page.getByRole("link", { name: "Show on the map" }).getAttribute("href"), /mlat=48\.2082&mlon=16\.3738/u);
    const file = await page.getByRole("link", { name: "Our menu" }).getAttribute("href");
    const menu = await fetch(file);
    assert.equal(menu.status, 200);
    assert.match(await menu.text(), /^%PDF/u);
    await page.getByRole("link", { name: "Our page" }).waitFor();
    // What has been answered cannot be answered again.
    assert.ok(await cards.first().getByRole("button", { name: "A Marinara" }).isDisabled());
    assert.deepEqual(await violations(page), []);
    await picture(page, `shown-${colorScheme}`);
    await page.getByRole("button", { name: "Another pizza" }).click();
    await hears(page, "Which pizza would you like?");
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test("a card is chosen with keys alone, and its words can be written instead", async () => {
  const { page, context, complaints } = await opened();
  await page.getByRole("button", { name: "A Margherita" }).focus();
  await page.keyboard.press("Enter");
  await hears(page, "One margherita.");
  await page.getByRole("button", { name: "Another pizza" }).press("Enter");
  await page.getByRole("group", { name: "Cards" }).nth(1).waitFor();
  await says(page, "the diavola please");
  await hears(page, "One diavola.");
  assert.deepEqual(complaints, []);
  await context.close();
});

test("what was shown is there again after a reload", async () => {
  const { page, context, complaints } = await opened();
  await page.getByRole("button", { name: "A Capricciosa" }).click();
  await hears(page, "One capricciosa.");
  await page.reload();
  await page.getByRole("button", { name: "Open chat: Pizzeria" }).click();
  await page.getByRole("heading", { name: "Diavola" }).waitFor();
  await page.getByRole("img", { name: "Your pizza" }).waitFor();
  await page.getByRole("link", { name: "Our menu" }).waitFor();
  assert.deepEqual(complaints, []);
  await context.close();
});
