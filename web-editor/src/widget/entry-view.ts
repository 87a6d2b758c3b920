/**
 * One line of the window as an element: its parts, its time, how far it has come. Text stays text; web addresses in it
 * become links and nothing else does.
 */
import { linkRuns } from "../chat/links";
import type { Choice, Part } from "../chat/protocol";
import { direction, directionOf } from "../chat/strings";
import type { Strings } from "../chat/strings";
import type { Entry } from "../chat/transcript";
import { h } from "../dom";
import { cardsElement, fileElement, imageElement, linkElement, placeElement } from "./card-view";

/** What the person may do with a line. */
export interface EntryActions {
  /** The button of one that was not delivered. */
  retry: () => void;
  /** The button of a card. */
  choose: (choice: Choice) => void;
}

/** The element of `entry`. */
export function entryElement(entry: Entry, words: Strings, locale: string | undefined, actions: EntryActions): HTMLElement {
  const own = entry.from === "contact";
  const element = h(
    "div",
    { class: `entry${own ? " own" : ""}${entry.delivery === "sending" ? " waiting" : ""}${entry.history ? "" : " new"}` },
    h("span", { class: "spoken" }, own ? words.you : words.assistant),
    ...entry.parts.map((part) => partElement(part, entry.locale, words, actions.choose)),
  );
  const meta = metaElement(entry, words, locale, actions.retry);
  if (meta) element.append(meta);
  return element;
}

function partElement(part: Part, locale: string | null, words: Strings, choose: (choice: Choice) => void): HTMLElement {
  if ("text" in part) {
    const bubble = h("div", { class: "bubble", dir: directionOf(part.text, locale), lang: locale });
    for (const { text, href } of linkRuns(part.text)) {
      bubble.append(
        href === undefined
          ? text
          : h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title: words.newTab }, text),
      );
    }
    return bubble;
  }
  if ("cards" in part) return cardsElement(part.cards, words, locale, choose);
  if ("links" in part) return h("div", { class: "links", lang: locale }, ...part.links.map((link) => linkElement(link, words)));
  const bubble = h("div", { class: "bubble media", dir: locale ? direction(locale) : "auto", lang: locale });
  if ("audio" in part) {
    bubble.append(h("audio", { src: part.audio, controls: true, preload: "metadata", "aria-label": part.alt || words.audio }));
    // What is said is also there to read.
    if (part.alt) bubble.append(h("p", { class: "caption" }, part.alt));
  } else if ("image" in part) {
    bubble.append(imageElement({ image: part.image, alt: part.alt || words.image }));
  } else if ("file" in part) {
    bubble.append(fileElement(part.file, part.name, words));
  } else if ("location" in part) {
    bubble.append(placeElement(part.location, words));
  } else {
    bubble.append(h("video", { src: part.video, controls: true, preload: "metadata", "aria-label": part.alt || words.video }));
  }
  return bubble;
}

function metaElement(entry: Entry, words: Strings, locale: string | undefined, retry: () => void): HTMLElement | null {
  if (entry.delivery === "sending") return h("div", { class: "meta" }, words.sending);
  if (entry.delivery === "failed") {
    const again = h("button", { type: "button" }, words.retry);
    again.addEventListener("click", retry);
    return h("div", { class: "meta bad" }, `${words.failed} `, again);
  }
  const at = new Date(entry.at);
  if (Number.isNaN(at.getTime())) return null;
  return h("time", { class: "meta", datetime: entry.at }, clock(at, locale));
}

function clock(at: Date, locale: string | undefined): string {
  try {
    return new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(at);
  } catch {
    // A malformed locale from the host page.
    return new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(at);
  }
}
