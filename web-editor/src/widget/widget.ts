/**
 * One chat on a page: a launcher with a window above it, or a window inside an element; the same conversation either way.
 * Reads no script tag and sets no global: that is `main.ts`.
 */
import { Conversation } from "../chat/driver";
import type { Snapshot } from "../chat/driver";
import { memoryKey } from "../chat/memory";
import type { Contact } from "../chat/protocol";
import { direction, strings } from "../chat/strings";
import type { Strings } from "../chat/strings";
import { h, icon } from "../dom";
import css from "./panel.css?inline";
import { Panel } from "./panel";

/** How a chat is started. One of `flow` and `key` is needed. */
export interface Options {
  /** Id of a flow, such as `clinic/reception`. */
  flow?: string;
  /** Key of a chat entrance, for a page that should not name a flow. */
  key?: string;
  /** BCP 47; wished of the flow and used for the widget's own words. Default: the flow's own, and the page's language. */
  locale?: string;
  /** Heading of the window. */
  title?: string;
  /** Corner of the launcher; `end` is right where text runs from left to right. */
  position?: "end" | "start";
  theme?: "auto" | "light" | "dark";
  /** Shows the window inside this element, or the first that this selector finds, instead of a launcher. */
  target?: Element | string;
  /** Opens the window at once. */
  open?: boolean;
  /** Who is on this page, if known. */
  contact?: Contact;
  /** Values for the flow's inputs. */
  inputs?: Record<string, unknown>;
  /** Words of the widget in another language. */
  strings?: Partial<Strings>;
  /** Origin of the Offhook server. Default: where the script came from. */
  server?: string;
}

/** A running chat. */
export interface Chat {
  /** The element that was added to the page; events `offhook-open`, `offhook-close`, `offhook-message` and `offhook-over` are fired on it. */
  readonly element: HTMLElement;
  /** Opens the window and puts the focus into it. */
  open(): void;
  /** Closes the window; the conversation goes on. */
  close(): void;
  /** Ends the conversation and begins a new one. */
  restart(): void;
  /** Ends the conversation. */
  end(): void;
  /** Takes the chat off the page; a later one with the same options goes on with the conversation. */
  remove(): void;
}

const BUBBLE = "M21 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 21 12zM9 12h.01M13 12h.01M17 12h.01";
const DARK = "(prefers-color-scheme: dark)";
/** The window covers the whole screen here, as in `panel.css`. */
const SMALL = "(max-width: 480px), (max-height: 480px)";

/** Puts a chat on the page. Throws when neither a flow nor a key is given or the target does not exist. */
export function mount(options: Options & { server: string }): Chat {
  const { flow, key, locale, contact, inputs } = options;
  const entrance = flow ?? key;
  if (entrance === undefined) throw new Error("Offhook: a chat needs a flow or a key.");
  const page = document.documentElement.lang;
  const words = { ...strings(locale, page, navigator.language), ...options.strings };
  const host = document.createElement("offhook-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const off = new AbortController();
  followTheme(host, options.theme ?? "auto", off.signal);

  const conversation = new Conversation(
    {
      server: options.server,
      request: {
        ...(flow === undefined ? { key: entrance } : { flow }),
        ...(locale === undefined ? {} : { locale }),
        ...(contact === undefined ? {} : { contact }),
        ...(inputs === undefined ? {} : { inputs }),
      },
      memoryKey: memoryKey(options.server, entrance, locale ?? null),
    },
    (snapshot) => {
      panel.show(snapshot);
      announce(snapshot);
    },
  );
  const inline = options.target !== undefined;
  const panel = new Panel(
    { title: options.title ?? words.title, words, locale: locale ?? (page || undefined) },
    {
      say: (text) => conversation.say(text),
      choose: (choice) => {
        conversation.choose(choice);
      },
      retry: (id) => {
        conversation.retry(id);
      },
      typed: (empty) => {
        conversation.typed(empty);
      },
      restart: () => {
        conversation.restart();
      },
      ...(inline ? {} : { close }),
    },
  );

  const badge = h("span", { class: "badge", hidden: true, "aria-hidden": "true" });
  const launcher = h("button", { type: "button", class: "launcher", "aria-haspopup": "dialog", "aria-expanded": "false" }, icon(BUBBLE), badge);
  const frame = h("div", { dir: direction(locale ?? page), lang: locale ?? (page || null) });
  let unread = 0;
  let newest = 0;
  let link = "";
  name();

  function open(): void {
    conversation.open();
    if (inline || panel.element.hidden) {
      panel.element.hidden = false;
      launcher.setAttribute("aria-expanded", "true");
      unread = 0;
      name();
      fire("open");
    }
    panel.focus();
  }

  function close(): void {
    if (inline || panel.element.hidden) return;
    panel.element.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    launcher.focus();
    fire("close");
  }

  /** The launcher's name says what the badge shows. */
  function name(): void {
    const label = `${words.openChat}: ${options.title ?? words.title}`;
    launcher.setAttribute("aria-label", unread === 0 ? label : `${label} (${words.unread.replace("{n}", String(unread))})`);
    badge.hidden = unread === 0;
    badge.textContent = String(Math.min(unread, 99));
  }

  function announce(snapshot: Snapshot): void {
    for (const entry of snapshot.transcript) {
      if (entry.cursor === null || entry.cursor <= newest) continue;
      newest = entry.cursor;
      if (entry.history) continue;
      fire("message", { from: entry.from, parts: entry.parts });
      if (panel.element.hidden && entry.from === "flow") unread += 1;
    }
    if (snapshot.transcript.length === 0) newest = 0;
    if (snapshot.link !== link && snapshot.link === "over") fire("over", { reason: snapshot.reason });
    link = snapshot.link;
    name();
  }

  function fire(event: string, detail?: unknown): void {
    host.dispatchEvent(new CustomEvent(`offhook-${event}`, { detail, bubbles: true, composed: true }));
  }

  if (inline) {
    const target = typeof options.target === "string" ? document.querySelector(options.target) : options.target;
    if (!target) throw new Error("Offhook: the chat's target is not on the page.");
    host.className = "fill";
    frame.className = "frame inline";
    frame.append(panel.element);
    root.append(frame);
    target.append(host);
    conversation.open();
    if (options.open) panel.focus();
  } else {
    frame.className = `frame corner${options.position === "start" ? " start" : ""}`;
    panel.element.hidden = true;
    frame.append(launcher, panel.element);
    root.append(frame);
    document.body.append(host);
    launcher.addEventListener("click", () => {
      if (panel.element.hidden) open();
      else close();
    });
    frame.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing) close();
      else if (event.key === "Tab") keepInside(event, panel.element, root);
    });
    // A conversation that was going on keeps counting what comes in, with the window closed.
    if (conversation.isRemembered) conversation.open();
    if (options.open) open();
  }

  return {
    element: host,
    open,
    close,
    restart: () => {
      conversation.restart();
    },
    end: () => {
      conversation.end();
    },
    remove: () => {
      off.abort();
      conversation.close();
      host.remove();
    },
  };
}

/** Where the window covers the screen, Tab stays in it: what lies behind cannot be seen. */
function keepInside(event: KeyboardEvent, panel: HTMLElement, root: ShadowRoot): void {
  if (panel.hidden || !matchMedia(SMALL).matches) return;
  const stops = [...panel.querySelectorAll<HTMLElement>("button, textarea, a[href], audio, video, [tabindex='0']")].filter(
    (element) => element.offsetParent !== null,
  );
  const [first, last] = event.shiftKey ? [stops.at(-1), stops[0]] : [stops[0], stops.at(-1)];
  if (root.activeElement !== last) return;
  event.preventDefault();
  first?.focus();
}

function followTheme(host: HTMLElement, theme: "auto" | "light" | "dark", signal: AbortSignal): void {
  const dark = matchMedia(DARK);
  const apply = (): void => {
    host.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  };
  apply();
  dark.addEventListener("change", apply, { signal });
}
