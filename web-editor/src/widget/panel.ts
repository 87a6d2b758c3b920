/**
 * The chat window: header, log, quick replies, input, and the words that appear when the connection or the conversation
 * is gone. Shows a snapshot and reports what the person does; holds no conversation and opens no connection.
 */
import type { Snapshot } from "../chat/driver";
import { MAX_TEXT_CHARS } from "../chat/limits";
import type { Choice } from "../chat/protocol";
import type { Strings } from "../chat/strings";
import { onCards } from "../chat/transcript";
import type { Entry } from "../chat/transcript";
import { h, icon } from "../dom";
import { entryElement } from "./entry-view";

/** What the person may do. */
export interface Actions {
  /** Returns whether the words were taken; then the field is emptied. */
  say(text: string): boolean;
  choose(choice: Choice): void;
  retry(key: string): void;
  typed(empty: boolean): void;
  restart(): void;
  /** Missing where the window cannot be closed. */
  close?: () => void;
}

/** How the window is dressed. */
export interface Dress {
  title: string;
  words: Strings;
  locale: string | undefined;
}

const CROSS = "M6 6l12 12M18 6L6 18";
const AGAIN = "M4 4v5h5M4.6 9a8 8 0 1 1-.6 5";
const PLANE = "M5 12h14M13 6l6 6-6 6";

let made = 0;

/** One chat window. */
export class Panel {
  /** To be put into a shadow root. */
  readonly element: HTMLElement;
  private readonly log: HTMLElement;
  private readonly lines: HTMLElement;
  private readonly choices: HTMLElement;
  private readonly dots: HTMLElement;
  private readonly notice: HTMLElement;
  private readonly over: HTMLElement;
  private readonly overWords: HTMLElement;
  private readonly form: HTMLFormElement;
  private readonly field: HTMLTextAreaElement;
  private readonly shown = new Map<string, { entry: Entry; element: HTMLElement }>();
  private shownChoices: readonly Choice[] = [];

  constructor(
    private readonly dress: Dress,
    private readonly actions: Actions,
  ) {
    const { words, title } = dress;
    const id = `offhook-${++made}`;
    const again = this.button("icon", words.startAgain, icon(AGAIN, "turn"));
    again.addEventListener("click", () => {
      this.restart();
    });
    const header = h("header", {}, h("h2", { id: `${id}-title` }, title), again);
    if (actions.close) {
      const close = this.button("icon close", words.close, icon(CROSS));
      close.addEventListener("click", actions.close);
      header.append(close);
    }
    this.notice = h("p", { class: "notice", role: "status" });
    this.lines = h("div");
    this.choices = h("div", { class: "choices", role: "group", "aria-label": words.choices, hidden: true });
    this.choices.addEventListener("keydown", (event) => {
      this.walkChoices(event);
    });
    this.dots = h("div", { class: "dots", hidden: true, title: words.typing, "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.log = h(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-relevant": "additions", "aria-label": words.messages, tabindex: 0 },
      this.lines,
      this.dots,
      this.choices,
    );
    this.overWords = h("p", { role: "status" });
    const startAgain = h("button", { type: "button", class: "primary" }, words.startAgain);
    startAgain.addEventListener("click", () => {
      this.restart();
    });
    this.over = h("div", { class: "over", hidden: true }, this.overWords, startAgain);
    this.field = h("textarea", {
      id: `${id}-field`,
      rows: 1,
      maxlength: MAX_TEXT_CHARS,
      placeholder: words.write,
      dir: "auto",
      enterkeyhint: "send",
      autocomplete: "off",
    });
    const send = this.button("primary", words.send, icon(PLANE, "turn"));
    send.type = "submit";
    this.form = h("form", {}, h("label", { for: `${id}-field`, class: "spoken" }, words.write), this.field, send);
    this.listenToForm();
    this.element = h(
      "section",
      { class: "panel", "aria-labelledby": `${id}-title`, role: actions.close ? "dialog" : "region" },
      header,
      this.notice,
      this.log,
      this.over,
      this.form,
    );
  }

  /** Puts the focus where the person goes on: the input, or "start again" when nothing more can be written. */
  focus(): void {
    if (this.form.hidden) this.over.querySelector("button")?.focus();
    else this.field.focus();
  }

  /** Shows `snapshot`, touching only what changed, so that nothing is announced twice. */
  show(snapshot: Snapshot): void {
    const { words } = this.dress;
    const { link } = snapshot;
    const pinned = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 80;
    // Old lines of a resumed conversation are there to read, not to be read out.
    const restoring = snapshot.transcript.some((entry) => entry.history && !this.shown.has(entry.key));
    if (restoring) this.log.setAttribute("aria-live", "off");
    const grew = this.showLines(snapshot.transcript);
    if (restoring) {
      setTimeout(() => {
        this.log.setAttribute("aria-live", "polite");
      });
    }
    this.showChoices(snapshot);
    this.dots.hidden = !snapshot.typing;
    this.field.classList.toggle("secret", snapshot.secret);
    this.field.spellcheck = !snapshot.secret;
    const lost = navigator.onLine ? words.lost : words.offline;
    setText(this.notice, link === "lost" ? lost : link === "starting" && snapshot.transcript.length === 0 ? words.connecting : "");
    this.showOver(snapshot);
    if (pinned || grew === "own") this.log.scrollTop = this.log.scrollHeight;
  }

  private showOver({ link, reason }: Snapshot): void {
    const { words } = this.dress;
    const gone = link === "over" || link === "refused";
    const hadFocus = this.hasFocus();
    setText(
      this.overWords,
      !gone ? "" : link === "refused" ? `${words.refused} ${reason}`.trim() : reason === "expired" ? words.expired : words.over,
    );
    if (this.over.hidden === !gone) return;
    this.over.hidden = !gone;
    this.form.hidden = gone;
    if (hadFocus) this.focus();
  }

  /** Brings the lines in step; tells whether the newest new one is the person's own. */
  private showLines(transcript: readonly Entry[]): "own" | "other" | null {
    let grew: "own" | "other" | null = null;
    const keys = new Set(transcript.map((entry) => entry.key));
    for (const [key, { element }] of this.shown) {
      if (keys.has(key)) continue;
      element.remove();
      this.shown.delete(key);
    }
    transcript.forEach((entry, at) => {
      const before = this.shown.get(entry.key);
      let element = before?.element;
      if (before?.entry !== entry || !element) {
        element = entryElement(entry, this.dress.words, this.dress.locale, {
          retry: () => {
            this.actions.retry(entry.key);
            this.focus();
          },
          choose: (choice) => {
            this.actions.choose(choice);
            this.focus();
          },
        });
        if (before) before.element.replaceWith(element);
        else grew = entry.from === "contact" ? "own" : "other";
        this.shown.set(entry.key, { entry, element });
      }
      const place = this.lines.children[at];
      if (place !== element) this.lines.insertBefore(element, place ?? null);
    });
    return grew;
  }

  /** Quick replies, but for those that are buttons of cards; a card's buttons can be pressed while they are offered. */
  private showChoices({ choices, transcript }: Snapshot): void {
    for (const { entry, element } of this.shown.values()) {
      const open = choices.length > 0 && entry.choices === choices;
      for (const button of element.querySelectorAll<HTMLButtonElement>("button[data-choice]")) button.disabled = !open;
    }
    if (choices === this.shownChoices || (choices.length === 0 && this.shownChoices.length === 0)) return;
    this.shownChoices = choices;
    const offering = transcript.find((entry) => entry.choices === choices);
    const onCard = offering ? onCards(offering) : new Set<string>();
    const replies = choices.filter((choice) => !onCard.has(choice.id));
    const hadFocus = this.choices.contains(this.active());
    this.choices.replaceChildren(
      ...replies.map((choice) => {
        const button = h("button", { type: "button", dir: "auto" }, choice.label);
        button.addEventListener("click", () => {
          this.actions.choose(choice);
          this.focus();
        });
        return button;
      }),
    );
    this.choices.hidden = replies.length === 0;
    if (hadFocus) this.focus();
  }

  /** Arrow keys walk along the quick replies; Tab reaches each of them as well. */
  private walkChoices(event: KeyboardEvent): void {
    const rtl = getComputedStyle(this.choices).direction === "rtl";
    const forward = event.key === "ArrowDown" || event.key === (rtl ? "ArrowLeft" : "ArrowRight");
    const back = event.key === "ArrowUp" || event.key === (rtl ? "ArrowRight" : "ArrowLeft");
    if (!forward && !back) return;
    const buttons = [...this.choices.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === this.active());
    buttons[(at + (forward ? 1 : buttons.length - 1)) % buttons.length]?.focus();
    event.preventDefault();
  }

  private listenToForm(): void {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.actions.say(this.field.value)) this.field.value = "";
      this.focus();
    });
    this.field.addEventListener("keydown", (event) => {
      // Enter also ends the composition of a Chinese or Japanese word; that one is not for us.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.field.addEventListener("input", () => {
      this.actions.typed(this.field.value.trim() === "");
    });
  }

  private restart(): void {
    this.actions.restart();
    this.focus();
  }

  private button(className: string, label: string, drawing: Node): HTMLButtonElement {
    return h("button", { type: "button", class: className, "aria-label": label, title: label }, drawing);
  }

  private active(): Element | null {
    const root = this.element.getRootNode();
    return root instanceof ShadowRoot ? root.activeElement : document.activeElement;
  }

  private hasFocus(): boolean {
    return this.element.contains(this.active());
  }
}

/** Sets text only where it differs: setting the same again would announce it again. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
