/**
 * The page at `/`: every flow of the server, and for the chosen one its number, its picture and its source.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { hears, launch, openPage, until } from "./chat-page.mjs";
import { serve } from "./server.mjs";

let server;
let browser;
let tab;
let flows;
let status;

const api = async (path) => {
  const response = await fetch(server.url + path);
  assert.equal(response.status, 200, path);
  return response;
};

before(async () => {
  server = await serve();
  browser = await launch();
  ({ flows } = await (await api("/api/v1/flows")).json());
  status = await (await api("/api/v1/status")).json();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  tab = await openPage(browser);
});
afterEach(async () => {
  assert.deepEqual(tab.complaints, []);
  await tab.context.close();
});

test("lists every flow with its title, description, kind and channels", async () => {
  const { page } = tab;
  await page.goto(server.url);
  const list = page.getByRole("navigation", { name: "Flows" });
  await list.getByText(`${flows.length} flows`).waitFor();
  const shown = await list.getByRole("link").evaluateAll((links) => links.map((link) => link.textContent));
  assert.equal(shown.length, flows.length);
  for (const flow of flows) {
    const card = shown.find((text) => text.startsWith(flow.title));
    assert.ok(card, flow.title);
    for (const part of [flow.description ?? "", flow.kind, ...flow.channels]) assert.ok(card.includes(part), `${flow.id}: ${part}`);
  }
});

test("each flow can be chosen, has a picture and its source, and an address of its own", async () => {
  const { page } = tab;
  await page.goto(server.url);
  for (const flow of flows) {
    const link = page.locator(`.flows a[href="#/${flow.id}"]`);
    await link.click();
    await page.getByRole("heading", { level: 1, name: flow.title, exact: true }).waitFor();
    assert.equal(await link.getAttribute("aria-current"), "page");
    assert.equal(new URL(page.url()).hash, `#/${flow.id}`);
    const picture = page.getByRole("img", { name: `Graph of the flow ${flow.title}` });
    await until(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0), `the picture of ${flow.id}`);
    await page.getByRole("tab", { name: "Source" }).click();
    const source = await (await api(`/api/v1/flows/${encodeURIComponent(flow.id)}/source`)).text();
    const shown = page.getByRole("region", { name: "Source" });
    await until(async () => (await shown.textContent()).trimEnd() === source.trimEnd(), `the source of ${flow.id}`);
  }
  await page.goBack();
  await page.getByRole("heading", { level: 1, name: flows.at(-2).title, exact: true }).waitFor();
});

test("flows are listed by what they are for, and the chosen one is in sight, however long the list", async () => {
  const { page } = tab;
  await page.goto(server.url);
  const list = page.getByRole("navigation", { name: "Flows" });
  await list.getByRole("link").first().waitFor();
  const headings = await list.getByRole("heading", { level: 2 }).evaluateAll((all) => all.map((heading) => heading.textContent));
  const kinds = [...new Set(flows.map(({ kind }) => kind))];
  assert.equal(headings.length, kinds.length, headings.join(", "));
  const last = await list.getByRole("link").last().getAttribute("href");
  await page.goto(`${server.url}/${last}`);
  const link = page.locator(`.flows a[href="${last}"]`);
  await until(async () => (await link.getAttribute("aria-current")) === "page", "the last flow");
  const height = page.viewportSize().height;
  const box = await link.boundingBox();
  assert.ok(box.y >= 0 && box.y + box.height <= height, JSON.stringify(box));
  assert.equal(await page.evaluate(() => window.scrollY), 0, "the flow beside it stays at its top");
});

test("says which number to dial, and where", async () => {
  const { page } = tab;
  const flow = flows.find(({ numbers }) => numbers?.length > 0);
  assert.ok(flow, "the examples have a flow with a number");
  await page.goto(`${server.url}/#/${flow.id}`);
  const telephone = page.getByRole("region", { name: "Telephone" });
  await telephone.getByText(flow.numbers[0], { exact: true }).waitFor();
  const address = status.sip.address.replace(/:5060$/u, "");
  assert.equal(await telephone.getByRole("link").getAttribute("href"), `sip:${flow.numbers[0]}@${address}`);
});

test("the picture can be made larger, smaller and whole", async () => {
  const { page } = tab;
  await page.goto(`${server.url}/#/clinic/reception`);
  const picture = page.getByRole("img", { name: "Graph of the flow" });
  await until(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0), "the picture");
  const width = async () => (await picture.boundingBox()).width;
  const first = await width();
  await page.getByRole("button", { name: "Larger" }).click();
  const large = await width();
  assert.ok(large > first);
  await page.getByRole("button", { name: "Smaller" }).click();
  assert.ok((await width()) < large);
  await page.getByRole("button", { name: "Whole picture" }).click();
  const box = await page.getByRole("region", { name: "Graph" }).boundingBox();
  assert.ok((await width()) <= box.width);
});

test("a conversation is still there after looking at another flow", async () => {
  const { page } = tab;
  await page.goto(`${server.url}/#/browser/parrot`);
  await hears(page, "Say something.");
  await page.getByRole("textbox", { name: "Write a message" }).fill("hello");
  await page.keyboard.press("Enter");
  await hears(page, "You said: hello");
  await page.getByRole("link", { name: /^Clinic reception/u }).click();
  await page.getByRole("button", { name: "Leave a message" }).waitFor();
  await page.goBack();
  await hears(page, "You said: hello");
});

test("asks for the API token where the server wants one, and then shows the flows", async () => {
  const { page, complaints } = tab;
  await page.route("**/api/v1/**", (route) => {
    const isTold = route.request().headers().authorization === "Bearer right";
    return isTold ? route.continue() : route.fulfill({ status: 401, contentType: "application/problem+json", body: "{}" });
  });
  await page.goto(server.url);
  for (const token of ["wrong", "right"]) {
    await page.getByLabel("API token").fill(token);
    await page.keyboard.press("Enter");
  }
  await page.getByText(`${flows.length} flows`).waitFor();
  const picture = page.getByRole("img", { name: "Graph of the flow" });
  await until(() => picture.evaluate((image) => image.complete && image.naturalWidth > 0), "the picture");
  // The browser itself notes each refusal.
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("401")));
});

test("links to the interface's description and to the metrics", async () => {
  const { page } = tab;
  await page.goto(server.url);
  for (const [name, path] of [["API", "/docs"], ["Metrics", "/metrics"]]) {
    assert.equal(await page.getByRole("navigation", { name: "Server" }).getByRole("link", { name }).getAttribute("href"), path);
    assert.ok((await fetch(server.url + path)).ok, path);
  }
});
