/**
 * The one script tag: starts the chat that its `data-*` attributes describe and sets `window.Offhook` for pages that want
 * to do it themselves. All behaviour is in `widget.ts`.
 */
import { mount } from "./widget";
import type { Chat, Options } from "./widget";

// A classic script knows its own tag only while it runs for the first time.
const tag = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const origin = tag?.src ? new URL(tag.src).origin : location.origin;

const chats: Chat[] = [];
const first = (): Chat | undefined => chats.find(({ element }) => element.isConnected);

/** What a page sees as `window.Offhook`. */
const api = {
  /** Puts a chat on the page, with a launcher or inside `target`. */
  start(options: Options): Chat {
    const chat = mount({ ...options, server: options.server === undefined ? origin : new URL(options.server).origin });
    chats.push(chat);
    return chat;
  },
  /** Opens the first chat of the page. */
  open(): void {
    first()?.open();
  },
  /** Closes the first chat of the page. */
  close(): void {
    first()?.close();
  },
};

declare global {
  interface Window {
    Offhook?: typeof api;
  }
}
window.Offhook = api;

function options({ flow, key, locale, title, position, theme, target, open }: DOMStringMap): Options {
  return {
    ...(flow === undefined ? {} : { flow }),
    ...(key === undefined ? {} : { key }),
    ...(locale === undefined ? {} : { locale }),
    ...(title === undefined ? {} : { title }),
    ...(position === "start" ? { position } : {}),
    ...(theme === "light" || theme === "dark" ? { theme } : {}),
    ...(target === undefined ? {} : { target }),
    ...(open === undefined ? {} : { open: open !== "false" }),
  };
}

if (tag?.dataset.flow !== undefined || tag?.dataset.key !== undefined) {
  const begin = (): void => {
    api.start(options(tag.dataset));
  };
  // Without `defer` the tag may stand in the head, before there is a body to add to.
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
}

// Tells a page that loads this script late that the interface is there.
dispatchEvent(new Event("offhook-ready"));
