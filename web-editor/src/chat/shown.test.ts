import { expect, test } from "vitest";
import { MAX_CARDS } from "./limits";
import { linkAddress, readMessage } from "./protocol";
import { onCards, received } from "./transcript";

const base = "https://chat.example";
const read = (...parts: unknown[]): unknown => readMessage({ cursor: 1, from: "flow", parts }, base)?.parts;

test("cards, files, places and links are read whole", () => {
  const card = {
    title: "Small",
    text: "For one",
    image: { url: "/chat/v1/media/shop/s.png", alt: "A pizza" },
    buttons: [{ id: "small", label: "Order" }, { label: "More", url: "https://shop.example/small" }],
  };
  expect(read({ cards: [card] })).toEqual([
    {
      cards: [
        {
          title: "Small",
          text: "For one",
          image: { image: "https://chat.example/chat/v1/media/shop/s.png", alt: "A pizza" },
          buttons: [
            { id: "small", label: "Order" },
            { label: "More", href: "https://shop.example/small" },
          ],
        },
      ],
    },
  ]);
  expect(read({ image: { url: "https://i.example/x.png", alt: "" } })).toEqual([{ image: "https://i.example/x.png", alt: "" }]);
  expect(read({ file: { url: "/menu.pdf", name: "Menu" } })).toEqual([{ file: "https://chat.example/menu.pdf", name: "Menu" }]);
  expect(read({ location: { latitude: "48.2", longitude: "-16.25", name: "Shop" } })).toEqual([
    { location: { latitude: 48.2, longitude: -16.25, name: "Shop", address: "" } },
  ]);
  expect(read({ links: [{ label: "Call", url: "tel:+431" }] })).toEqual([{ links: [{ label: "Call", href: "tel:+431" }] }]);
});

test.each(["javascript:alert(1)", "data:text/html,x", "/relative", "ftp://x.example", "", 7, null])("%s is no link", (address) => {
  expect(linkAddress(address)).toBeNull();
});

test("what cannot be shown is left out, and a bad link does not become an answer", () => {
  expect(read({ links: [{ label: "x", url: "javascript:alert(1)" }] })).toEqual([]);
  expect(read({ location: { latitude: "91", longitude: "0" } }, { location: { latitude: "", longitude: "0" } })).toEqual([]);
  expect(read({ file: { url: "data:text/html,x", name: "x" } })).toEqual([]);
  expect(read({ cards: [{ text: "no title" }] })).toEqual([]);
  const card = { title: "x", image: { url: "javascript:alert(1)" }, buttons: [{ id: "a", label: "x", url: "javascript:alert(1)" }, null] };
  expect(read({ cards: [card] })).toEqual([{ cards: [{ title: "x", text: "", image: null, buttons: [] }] }]);
  expect(read({ cards: Array(99).fill({ title: "x" }) })).toMatchObject([{ cards: { length: MAX_CARDS } }]);
});

test("answers on cards need no quick replies", () => {
  const parts = [{ cards: [{ title: "x", buttons: [{ id: "a", label: "A" }, { label: "L", url: "https://x.example" }] }] }];
  const choices = [{ id: "a", label: "A" }, { id: "b", label: "B" }];
  const message = readMessage({ cursor: 1, from: "flow", parts, choices }, base);
  const entry = message && received([], message, false)[0];
  expect(entry && [...onCards(entry)]).toEqual(["a"]);
});
