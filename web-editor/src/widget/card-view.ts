/**
 * What a flow shows besides words, as elements: cards, files, places and links. A card's answers are buttons that name
 * their choice; the panel decides which of them may still be pressed. Reads nothing from the network but images.
 */
import type { Card, Choice, Image, Link, Place } from "../chat/protocol";
import type { Strings } from "../chat/strings";
import { h } from "../dom";

/** Cards in a row; one that is wider than the window can be scrolled, also with the keyboard. */
export function cardsElement(cards: readonly Card[], words: Strings, locale: string | null, choose: (choice: Choice) => void): HTMLElement {
  const list = h("ul", { role: "list" }, ...cards.map((card) => cardElement(card, words, choose)));
  const several = cards.length > 1;
  return h(
    "div",
    { class: "cards", lang: locale, role: several ? "group" : null, "aria-label": several ? words.cards : null, tabindex: several ? 0 : null },
    list,
  );
}

function cardElement(card: Card, words: Strings, choose: (choice: Choice) => void): HTMLElement {
  const buttons = card.buttons.map((button) => {
    if ("href" in button) return linkElement(button, words);
    const element = h("button", { type: "button", dir: "auto", "data-choice": button.id }, button.label);
    element.addEventListener("click", () => {
      choose(button);
    });
    return element;
  });
  return h(
    "li",
    { class: "card" },
    card.image && imageElement(card.image),
    h("h3", { dir: "auto" }, card.title),
    card.text ? h("p", { dir: "auto" }, card.text) : null,
    buttons.length > 0 ? h("div", { class: "buttons" }, ...buttons) : null,
  );
}

/** An image, whose server learns nothing of the page. */
export function imageElement({ image, alt }: Image): HTMLElement {
  return h("img", { src: image, alt, loading: "lazy", referrerpolicy: "no-referrer" });
}

/** A link as a button. */
export function linkElement({ href, label }: Link, words: Strings): HTMLElement {
  const leavesPage = /^https?:/u.test(href);
  return h(
    "a",
    { href, dir: "auto", rel: "noopener noreferrer nofollow", ...(leavesPage ? { target: "_blank", title: words.newTab } : {}) },
    label,
  );
}

/** A file to download. */
export function fileElement(file: string, name: string, words: Strings): HTMLElement {
  return h("a", { class: "file", href: file, download: true, dir: "auto", target: "_blank", rel: "noopener noreferrer nofollow", title: words.newTab }, name);
}

/** A place by its name and address, with a link to an open map. */
export function placeElement(place: Place, words: Strings): HTMLElement {
  const { latitude, longitude } = place;
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return h(
    "div",
    { class: "place" },
    place.name ? h("strong", { dir: "auto" }, place.name) : null,
    place.address ? h("p", { dir: "auto" }, place.address) : null,
    linkElement({ href, label: words.map }, words),
  );
}
