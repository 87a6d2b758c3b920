/**
 * A real browser with the page or the widget in it, and what a test asks of them: who said what in the window, and what
 * the server has on record for the same conversation.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";

/** How long anything may take before a test gives up; generous, because builds may run beside it. */
export const PATIENCE_MS = 30_000;

/** Debian's Chromium, or another that `CHROMIUM` names. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    // The sandbox needs a user who is not root, as test machines often are.
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
}

/** What a lost network writes to the console; everything else there is a mistake of ours. */
const NETWORK_NOISE = /^(Failed to load resource: net::|WebSocket connection to .* failed)/u;

/** A page that remembers every complaint of the browser: exceptions, console errors, violations of the security policy. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("console", (message) => {
    if (message.type() === "error" && !NETWORK_NOISE.test(message.text())) complaints.push(message.text());
  });
  return { page, context, complaints };
}

/** Who said what, as the window shows it, top to bottom. */
export function windowLines(page) {
  return page.locator("offhook-chat .entry").evaluateAll((entries) =>
    entries.map((entry) => ({
      from: entry.classList.contains("own") ? "contact" : "flow",
      text: [...entry.querySelectorAll(".bubble:not(.media)")].map((bubble) => bubble.innerText).join("\n"),
    })),
  );
}

/** What this tab remembers of its conversation with `flow`: `{ conversation: { id, token }, cursor, … }`. */
export async function remembered(page, flow) {
  const text = await page.evaluate((name) => {
    const key = Object.keys(sessionStorage).find((other) => other.startsWith("offhook|") && other.split("|")[2] === name);
    return key === undefined ? null : sessionStorage.getItem(key);
  }, flow);
  return text === null ? null : JSON.parse(text);
}

/** Who said what, as the server has it, asked past the browser. */
export async function serverLines(url, { id, token }) {
  const response = await fetch(`${url}/chat/v1/conversations/${id}/messages?after=0`, { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`messages: ${response.status} ${await response.text()}`);
  const { messages } = await response.json();
  return messages.map(({ from, parts }) => ({
    from,
    text: parts
      .filter((part) => part.text !== undefined)
      .map((part) => part.text)
      .join("\n"),
  }));
}

/** Waits for a line of the flow that contains `text`. */
export function hears(page, text) {
  return page.locator("offhook-chat .entry:not(.own) .bubble", { hasText: text }).last().waitFor();
}

/** Types and presses Enter. */
export async function says(page, text) {
  await page.getByRole("textbox", { name: "Write a message" }).fill(text);
  await page.keyboard.press("Enter");
}

/** Asks again and again until `question` answers true; for what has no element to wait for. */
export async function until(question, what) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`Not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(50);
  }
}

/** Saves a picture into the folder that `OFFHOOK_SCREENSHOTS` names, if it names one. */
export async function picture(page, name, options = {}) {
  const folder = process.env.OFFHOOK_SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), ...options });
}
