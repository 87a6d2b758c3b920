/**
 * Chooses the catalogue of the widget's own words by locale. The words of the conversation come from the flow.
 */
import { en } from "./strings-en";
import { es } from "./strings-es";

/** Every word that the widget itself says. */
export interface Strings {
  /** Title of the window where the page gives none. */
  title: string;
  openChat: string;
  /** Follows the launcher's name; `{n}` is the number. */
  unread: string;
  close: string;
  startAgain: string;
  messages: string;
  /** Spoken before a line of the flow. */
  assistant: string;
  /** Spoken before a line of the person. */
  you: string;
  choices: string;
  write: string;
  send: string;
  typing: string;
  connecting: string;
  lost: string;
  offline: string;
  over: string;
  expired: string;
  refused: string;
  sending: string;
  failed: string;
  retry: string;
  audio: string;
  video: string;
  image: string;
  /** Names cards that stand side by side. */
  cards: string;
  map: string;
  newTab: string;
}

const CATALOGUES: Record<string, Strings> = { en, es };

/** The catalogue of the first wish that has one, by language; English otherwise. */
export function strings(...wishes: (string | null | undefined)[]): Strings {
  for (const wish of wishes) {
    const found = wish && CATALOGUES[language(wish)];
    if (found) return found;
  }
  return en;
}

/** Languages of this build's catalogues. */
export const languages: readonly string[] = Object.keys(CATALOGUES);

const RIGHT_TO_LEFT = new Set(["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ku", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"]);

/** The direction in which a locale is written. */
export function direction(locale: string | null | undefined): "ltr" | "rtl" {
  const script = /[-_](Arab|Hebr|Latn|Cyrl)\b/iu.exec(locale ?? "")?.[1]?.toLowerCase();
  if (script) return script === "arab" || script === "hebr" ? "rtl" : "ltr";
  return RIGHT_TO_LEFT.has(language(locale ?? "")) ? "rtl" : "ltr";
}

const RIGHT_TO_LEFT_LETTERS = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/gu;

/**
 * The direction of a message. It is that of its locale, even when the message begins with a name of the other direction;
 * but words that are not of that direction at all, such as a text nobody has translated yet, have their own. Values that
 * the server has isolated say nothing about the sentence around them.
 */
export function directionOf(text: string, locale: string | null): "ltr" | "rtl" | "auto" {
  if (!locale) return "auto";
  const sentence = text.replace(/\u2068[^\u2069]*\u2069/gu, "");
  const foreign = sentence.replace(RIGHT_TO_LEFT_LETTERS, "");
  const own = direction(locale);
  const fits = own === "rtl" ? foreign.length < sentence.length : /\p{L}/u.test(foreign);
  return fits ? own : "auto";
}

function language(locale: string): string {
  return locale.toLowerCase().split(/[-_]/u, 1)[0] ?? "";
}
