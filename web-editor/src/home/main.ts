/**
 * The page at `/`: the list of flows, and the chosen one beside it. Keeps nothing: the address names the flow, the
 * server has the rest.
 */
import { h } from "../dom";
import { TokenWanted, flows, keepToken, status } from "./api";
import type { Flow, Status } from "./api";
import { flowView } from "./flow-view";
import type { FlowView } from "./flow-view";
import { grouped } from "./groups";
import type { Group } from "./groups";
import "./home.css";
import { flowOf, routeTo } from "./route";

const main = element("main");
const list = element("flows");
const count = element("count");

let known: Flow[] = [];
let server: Status | null = null;
let shown: { view: FlowView; flow: string } | null = null;

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

/** Asks the server and shows what it says; what has not changed is left alone, and so is the chat in it. */
async function refresh(): Promise<void> {
  try {
    [known, server] = await Promise.all([flows(), status().catch(() => null)]);
    // The first of the list is the one that is shown at first.
    known = grouped(known).flatMap((group) => group.flows);
  } catch (error) {
    if (error instanceof TokenWanted) askToken();
    else if (known.length === 0) showTrouble();
    return;
  }
  count.textContent = known.length === 1 ? "1 flow" : `${known.length} flows`;
  list.replaceChildren(...grouped(known).map(section));
  show();
}

function section(group: Group): HTMLElement {
  const id = `kind-${group.kind}`;
  return h(
    "section",
    { "aria-labelledby": id },
    h("h2", { id }, group.title, h("span", { class: "many" }, ` ${group.flows.length}`)),
    h("ul", {}, ...group.flows.map(card)),
  );
}

function card(flow: Flow): HTMLElement {
  const marks = [flow.kind, ...flow.channels].filter((mark) => mark !== "").join(" · ");
  const link = h(
    "a",
    { href: routeTo(flow.id) },
    h("span", { class: "name" }, flow.title),
    flow.description ? h("span", { class: "what" }, flow.description) : null,
    h("span", { class: "marks" }, marks),
  );
  return h("li", {}, link);
}

/** The list is longer than the window: the chosen flow may be out of sight. */
function reveal(link: HTMLElement): void {
  const around = list.parentElement;
  const place = link.getBoundingClientRect();
  const frame = around?.getBoundingClientRect();
  if (around && frame && (place.top < frame.top || place.bottom > frame.bottom)) around.scrollTop += place.top - frame.top - (around.clientHeight - place.height) / 2;
  // Where it runs sideways.
  list.scrollLeft = link.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
}

function show(): void {
  const flow = known.find(({ id }) => id === flowOf(location.hash)) ?? known.find(({ chat }) => chat) ?? known[0];
  for (const link of list.querySelectorAll("a")) {
    const isShown = flow !== undefined && link.getAttribute("href") === routeTo(flow.id);
    if (isShown) {
      link.setAttribute("aria-current", "page");
      reveal(link);
    } else {
      link.removeAttribute("aria-current");
    }
  }
  if (!flow) {
    shown?.view.remove();
    shown = null;
    main.replaceChildren(
      h("div", { class: "hint empty" }, h("h1", {}, "No flows yet"), h("p", {}, "Put a flow into the folder that ", h("code", {}, "offhook serve --flows"), " names; it appears here.")),
    );
    return;
  }
  const identity = JSON.stringify([flow, server]);
  if (shown?.flow === identity) return;
  shown?.view.remove();
  shown = { view: flowView(flow, server), flow: identity };
  main.replaceChildren(shown.view.element);
  document.title = `${flow.title} – Offhook`;
}

/** Servers that others can reach show their flows only to who has the API token. */
function askToken(): void {
  const field = h("input", { id: "token", type: "password", autocomplete: "off", required: true });
  const form = h("form", { class: "row" }, h("label", { for: "token" }, "API token"), field, h("button", { class: "quiet" }, "Show the flows"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepToken(field.value.trim());
    void refresh();
  });
  count.textContent = "";
  main.replaceChildren(h("div", { class: "hint empty" }, h("h1", {}, "This server asks who you are"), h("p", {}, "Its flows are shown to who has its API token."), form));
  field.focus();
}

function showTrouble(): void {
  const again = h("button", { type: "button", class: "quiet" }, "Try again");
  again.addEventListener("click", () => void refresh());
  count.textContent = "";
  main.replaceChildren(h("div", { class: "hint empty" }, h("h1", {}, "The server does not answer"), h("p", {}, again)));
}

addEventListener("hashchange", () => {
  show();
  // The list stays where it is on a wide screen; below each other, the flow would be out of sight.
  main.focus({ preventScroll: matchMedia("(min-width: 900px)").matches });
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void refresh();
});
void refresh();
