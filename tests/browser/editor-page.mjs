/** The editor in a real browser, and what a test asks of it. */
import { until } from "./chat-page.mjs";

/** Opens a flow and waits until it is drawn and checked. */
export async function openFlow(page, url, id) {
  // Anew, so that nothing of the flow before is taken for it.
  await page.goto("about:blank");
  await page.goto(`${url}/editor#/${id}`);
  await page.locator(".board").waitFor();
  await page.locator(".card").first().waitFor();
}

/** The files of a flow as the server has them: name to text. */
export async function filesOf(url, id) {
  const response = await fetch(`${url}/api/v1/flows/${encodeURIComponent(id)}/files`);
  if (!response.ok) throw new Error(`${id}: ${response.status}`);
  const { files } = await response.json();
  return Object.fromEntries(files.map((file) => [file.name, file.text]));
}

/** Saves and waits until the server has it. */
export async function save(page) {
  await page.keyboard.press("Control+s");
  await page.locator(".saving.saved").waitFor();
}

/** Picks from the list that is open. */
export async function pick(page, words) {
  await page.getByRole("combobox", { name: "Search" }).fill(words);
  await page.keyboard.press("Enter");
  await page.locator("dialog.picker").waitFor({ state: "detached" });
}

export const cardOf = (page, name) => page.locator(".card", { has: page.locator(`b:text-is("${name}")`) });

/** Waits until the flow has as many cards, the start and the interrupts not counted. */
export const untilCards = (page, count) => until(async () => (await page.locator(".card:not(.tone-interrupts)").count()) === count, `${count} cards`);

/** Makes a new flow and opens it. */
export async function begin(page, url, title, kind = null) {
  await page.goto(`${url}/editor`);
  await page.getByRole("button", { name: "New flow" }).click();
  await page.getByLabel("What is it called?").fill(title);
  if (kind !== null) await page.getByLabel("What does it do?").selectOption(kind);
  await page.getByRole("button", { name: "Create" }).click();
  await cardOf(page, "hello").waitFor();
}

/** Writes the first words of a step, and waits until its card has them. */
export async function write(page, step, words) {
  await cardOf(page, step).click();
  await page.getByRole("complementary", { name: "Settings" }).locator(".fields textarea").first().fill(words);
  await cardOf(page, step).getByText(words).waitFor();
}
