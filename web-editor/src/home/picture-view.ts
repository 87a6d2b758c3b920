/**
 * A large picture in a small box: larger, smaller, whole; moved by dragging, by the scroll bars or, as the box takes the
 * focus, by the arrow keys. Knows nothing of what the picture shows.
 */
import { h } from "../dom";

/** Sizes to step through; 1 is the picture's own. */
const SCALES = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.4, 2];
/** The smallest size at which names can still be read; a large picture begins there or as high as its box. */
const LEGIBLE = 0.7;

/** The picture whose address `load` gives, with its buttons. */
export function pictureView(load: () => Promise<string>, alt: string, label: string): HTMLElement {
  const picture = h("img", { alt, draggable: "false" });
  const box = h("div", { class: "paper", tabindex: 0, role: "region", "aria-label": label }, picture);
  let scale = 1;

  /** Scales so that what is in the middle stays there. */
  function apply(wanted: number): void {
    const middle = (box.scrollLeft + box.clientWidth / 2) / scale;
    const height = (box.scrollTop + box.clientHeight / 2) / scale;
    scale = wanted;
    picture.width = Math.round(picture.naturalWidth * scale);
    box.scrollLeft = middle * scale - box.clientWidth / 2;
    box.scrollTop = height * scale - box.clientHeight / 2;
    smaller.disabled = scale <= (SCALES[0] ?? 0);
    larger.disabled = scale >= (SCALES.at(-1) ?? 0);
  }
  const whole = (): number => Math.min(box.clientWidth / picture.naturalWidth, box.clientHeight / picture.naturalHeight);

  const smaller = button("−", "Smaller", () => {
    apply(SCALES.findLast((step) => step < scale) ?? scale);
  });
  const larger = button("+", "Larger", () => {
    apply(SCALES.find((step) => step > scale) ?? scale);
  });
  const fit = button("Whole", "Whole picture", () => {
    apply(whole());
  });
  picture.addEventListener("load", () => {
    apply(Math.max(LEGIBLE, Math.min(1, box.clientHeight / picture.naturalHeight)));
    // It is read from its start.
    box.scrollLeft = 0;
  });
  dragging(box);
  const row = h("p", { class: "row" }, smaller, larger, fit);
  const fail = (): void => {
    box.replaceChildren(h("p", { class: "hint" }, "The picture could not be loaded."));
    row.hidden = true;
  };
  picture.addEventListener("error", fail);
  load().then((address) => {
    picture.src = address;
  }, fail);
  return h("div", {}, box, row);
}

function button(text: string, label: string, press: () => void): HTMLButtonElement {
  const element = h("button", { type: "button", class: "quiet", "aria-label": label, title: label }, text);
  element.addEventListener("click", press);
  return element;
}

/** Lets a mouse drag what is in the box; a finger scrolls by itself. */
function dragging(box: HTMLElement): void {
  let from: { x: number; y: number } | null = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse" || event.button !== 0) return;
    from = { x: box.scrollLeft + event.clientX, y: box.scrollTop + event.clientY };
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener("pointermove", (event) => {
    if (from) box.scrollTo(from.x - event.clientX, from.y - event.clientY);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    box.addEventListener(end, () => {
      from = null;
    });
  }
}
