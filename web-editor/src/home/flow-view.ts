/**
 * One flow on the page: what it is, a chat with it, the number to call, its picture and its source.
 */
import { h } from "../dom";
import { mount } from "../widget/widget";
import type { Chat } from "../widget/widget";
import { graphAddress, source } from "./api";
import type { Flow, Status } from "./api";
import { reachable, sipUri } from "./dial";
import { pictureView } from "./picture-view";
import { tabs } from "./tabs";
import { colour } from "./yaml";

/** Longest source that is coloured; beyond it, thousands of elements would only slow the page. */
const MAX_COLOURED_CHARS = 200_000;

/** A shown flow. */
export interface FlowView {
  readonly element: HTMLElement;
  /** Stops the chat's connection; its conversation can be gone on with. */
  remove(): void;
}

/** Shows `flow`. */
export function flowView(flow: Flow, status: Status | null): FlowView {
  const stage = h("div", { class: "stage" });
  let chat: Chat | null = null;
  const talkIn = (locale: string | undefined): void => {
    chat?.remove();
    chat = mount({
      server: location.origin,
      flow: flow.id,
      title: `Chat with ${flow.title}`,
      target: stage,
      ...(locale === undefined ? {} : { locale }),
    });
  };
  const talk = h("section", { class: "talk", "aria-label": "Chat" });
  if (flow.chat) {
    if (flow.locales.length > 1) talk.append(localePicker(flow.locales, talkIn));
    talk.append(stage);
    talkIn(flow.locales.length > 1 ? flow.locales[0] : undefined);
  } else {
    talk.append(h("p", { class: "hint empty" }, "This flow does not answer chats. Call it."));
  }
  const article = h(
    "article",
    { class: "flow" },
    h("div", { class: "about" }, heading(flow), callCard(flow, status), views(flow)),
    talk,
  );
  return {
    element: article,
    remove: () => {
      chat?.remove();
      article.remove();
    },
  };
}

function heading(flow: Flow): HTMLElement {
  const facts = h("ul", { class: "facts", "aria-label": "Kind, channels and locales" });
  for (const fact of [flow.kind, ...flow.channels, ...flow.locales]) if (fact) facts.append(h("li", {}, fact));
  return h(
    "header",
    {},
    h("h1", {}, flow.title),
    h("p", { class: "id" }, h("code", {}, flow.id), flow.version > 0 ? ` version ${flow.version}` : ""),
    flow.description ? h("p", { class: "lead" }, flow.description) : null,
    facts,
    flow.diagnostics > 0
      ? h("p", { class: "warning", role: "note" }, `The newest file has ${flow.diagnostics} diagnostics; the last good version answers.`)
      : null,
  );
}

function callCard(flow: Flow, status: Status | null): HTMLElement | null {
  const number = flow.numbers[0];
  if (number === undefined || !status?.sip) return null;
  const address = reachable(status.sip.address, location.hostname);
  const uri = sipUri(number, address);
  const copied = h("span", { class: "copied", role: "status" });
  const copy = h("button", { type: "button", class: "quiet" }, "Copy the address");
  copy.addEventListener("click", () => {
    void navigator.clipboard.writeText(uri).then(
      () => (copied.textContent = "Copied."),
      () => (copied.textContent = "Copying is not allowed here."),
    );
  });
  if (!("clipboard" in navigator)) copy.hidden = true;
  const others = flow.numbers.slice(1);
  return h(
    "section",
    { class: "call", "aria-label": "Telephone" },
    h("p", { class: "number" }, h("span", { class: "dial" }, "Dial"), h("strong", {}, number), ...(others.length > 0 ? [` or ${others.join(", ")}`] : [])),
    h(
      "p",
      {},
      "From any softphone, without registering: ",
      h("a", { href: uri }, h("code", {}, uri)),
      ` (SIP server ${address}, ${status.sip.transports.join(", ").toUpperCase()})`,
    ),
    h("p", { class: "row" }, copy, copied),
  );
}

function views(flow: Flow): HTMLElement {
  return tabs("Views of the flow", [
    { name: "Graph", show: () => graph(flow) },
    { name: "Source", show: () => sourceView(flow) },
  ]);
}

function graph(flow: Flow): HTMLElement {
  return pictureView(() => graphAddress(flow), `Graph of the flow ${flow.title}; the tab Source has the same as text.`, "Graph");
}

function sourceView(flow: Flow): HTMLElement {
  const code = h("code", {});
  const box = h("pre", { class: "source", tabindex: 0, role: "region", "aria-label": "Source" }, code);
  source(flow.id).then(
    (text) => {
      if (text.length > MAX_COLOURED_CHARS) {
        code.textContent = text;
        return;
      }
      for (const line of colour(text)) {
        for (const piece of line) code.append(piece.look === "plain" ? piece.text : h("span", { class: piece.look }, piece.text));
        code.append("\n");
      }
    },
    () => {
      code.textContent = "The source could not be loaded.";
    },
  );
  return box;
}

function localePicker(locales: readonly string[], pick: (locale: string) => void): HTMLElement {
  const select = h("select", { id: "locale" }, ...locales.map((locale) => h("option", { value: locale, lang: locale }, localeName(locale))));
  select.addEventListener("change", () => {
    pick(select.value);
  });
  return h("p", { class: "row" }, h("label", { for: "locale" }, "Language"), select);
}

/** The language's name in itself, as its speakers look for it. */
function localeName(locale: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: "language" }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}
