/**
 * People sign in: the first admin with the password that the server printed, who invites a viewer, who may look and not write. By mouse and
 * keyboard, in every theme without a violation.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { violations } from "./axe.mjs";
import { launch, openPage, picture } from "./chat-page.mjs";
import { begin } from "./editor-page.mjs";
import { canStart, serve } from "./server.mjs";

const OWN = "a sentence that is easy to remember";
let server;
let browser;
let tab;

before(async () => {
  if (canStart) server = await serve({ OFFHOOK_SERVER__SIGN_IN: "password", OFFHOOK_FLOWS__LIVE: "releases" });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
});
beforeEach(async () => {
  tab = await openPage(browser, { viewport: { width: 1280, height: 860 } });
});
/** The console tells every refusal, and here some are meant. */
const unexpected = (complaints) => complaints.filter((text) => !/status of 40[13] /u.test(text));

afterEach(async () => {
  assert.deepEqual(unexpected(tab.complaints), []);
  await tab.context.close();
});

async function signIn(page, login, password) {
  await page.goto(`${server.url}/editor`);
  await page.getByLabel("Sign-in name").fill(login);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.keyboard.press("Enter");
}

async function choose(page, old, next) {
  await page.getByRole("heading", { name: "Choose your password" }).waitFor();
  await page.getByLabel("The password that you were given").fill(old);
  await page.getByLabel("Your new password").fill(next);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Flows", exact: true }).waitFor();
}

test("the first admin chooses a password and invites somebody, who may do what the role says", { skip: !canStart }, async () => {
  const { page } = tab;
  const given = /sign in as admin with the password (\S+),/u.exec(server.said.join("\n"))?.[1];
  assert.ok(given, server.said.join("\n"));
  await page.goto(`${server.url}/editor`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await picture(page, "sign-in");
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    assert.deepEqual(await violations(page), [], scheme);
  }
  await signIn(page, "admin", "not the password");
  await page.getByRole("alert").getByText("the name or the password is wrong").waitFor();
  await signIn(page, "admin", given);
  await choose(page, given, OWN);

  await page.getByRole("button", { name: "People", exact: true }).click();
  const people = page.getByRole("dialog", { name: "People" });
  await people.getByRole("rowheader", { name: "admin" }).waitFor();
  assert.equal(await people.getByLabel("Role of admin").isDisabled(), true, "nobody takes the role from himself");
  await people.getByLabel("Sign-in name").fill("vera");
  await people.locator("form").getByLabel("Name", { exact: true }).fill("Vera");
  await people.locator("form").getByLabel("Role", { exact: true }).last().selectOption("viewer");
  await people.getByRole("button", { name: "Invite" }).click();
  const password = await people.locator(".given code").textContent();
  await picture(page, "people");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await begin(page, server.url, "Made by admin", "chatbot");

  const other = await openPage(browser, { viewport: { width: 1280, height: 860 } });
  await signIn(other.page, "vera", password);
  await choose(other.page, password, "another sentence to remember");
  assert.equal(await other.page.getByRole("button", { name: "People", exact: true }).count(), 0);
  await other.page.getByRole("button", { name: "New flow" }).click();
  await other.page.getByLabel("What is it called?").fill("Not mine to make");
  await other.page.getByRole("button", { name: "Create" }).click();
  await other.page.getByText("this needs a role with the scope").waitFor();

  // The admin takes her out; the next thing she asks for leads to the door.
  await page.goto(`${server.url}/editor#/`);
  await page.getByRole("button", { name: "People", exact: true }).click();
  await people.getByRole("button", { name: "Remove vera" }).click();
  await people.getByRole("rowheader", { name: "vera" }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await other.page.reload();
  await other.page.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.deepEqual(unexpected(other.complaints), []);
  await other.context.close();

  await page.getByRole("button", { name: "Sign out Admin" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});
