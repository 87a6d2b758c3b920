/**
 * The list of what was said, as the window shows it: messages of the server by cursor, then what waits to be delivered.
 * Pure: takes a list, gives a new one. Knows no connection and no DOM.
 */
import { MAX_ENTRIES } from "./limits";
import type { Choice, Message, Part } from "./protocol";

/** How far a message of this side has come. */
export type Delivery = "sending" | "sent" | "failed";

/** One line of the window. */
export interface Entry {
  /** Stays the same when the server's echo replaces what was shown at once. */
  readonly key: string;
  readonly from: "flow" | "contact";
  /** RFC 3339; empty until the server has stamped it. */
  readonly at: string;
  readonly parts: readonly Part[];
  readonly choices: readonly Choice[];
  readonly locale: string | null;
  /** Asks for something confidential. */
  readonly sensitive: boolean;
  /** Null until the server has stored it and sent it back. */
  readonly cursor: number | null;
  readonly delivery: Delivery;
  /** Already shown before this page was loaded; not announced again. */
  readonly history: boolean;
}

/** The window's lines, oldest first. */
export type Transcript = readonly Entry[];

/** Adds a message of the server; the echo of an own message takes the place of what was shown for it. */
export function received(transcript: Transcript, message: Message, history: boolean): Transcript {
  if (transcript.some((entry) => entry.cursor === message.cursor)) return transcript;
  const key = message.client_id ?? `m${message.cursor}`;
  const own = transcript.find((entry) => entry.key === key);
  const entry: Entry = {
    key,
    from: message.from,
    at: message.at,
    // An echo without words (a pressed button) keeps the label that was shown.
    parts: message.parts.length === 0 && own ? own.parts : message.parts,
    choices: message.choices,
    locale: message.locale,
    sensitive: message.sensitive,
    cursor: message.cursor,
    delivery: "sent",
    history,
  };
  const others = transcript.filter((other) => other !== own);
  const stored = others.filter((other) => other.cursor !== null);
  const waiting = others.filter((other) => other.cursor === null);
  return [...stored, entry, ...waiting].slice(-MAX_ENTRIES);
}

/** Shows what the person just sent, before the server has it; a second attempt of the same message is the same line. */
export function queued(transcript: Transcript, client_id: string, words: string): Transcript {
  if (transcript.some((entry) => entry.key === client_id)) return delivered(transcript, client_id, "sending");
  const entry: Entry = {
    key: client_id,
    from: "contact",
    at: "",
    parts: [{ text: words }],
    choices: [],
    locale: null,
    sensitive: false,
    cursor: null,
    delivery: "sending",
    history: false,
  };
  return [...transcript, entry].slice(-MAX_ENTRIES);
}

/** Notes how far an own message has come; one that the server has echoed is past that. */
export function delivered(transcript: Transcript, client_id: string, delivery: Delivery): Transcript {
  return transcript.map((entry) =>
    entry.key === client_id && entry.cursor === null && entry.delivery !== delivery ? { ...entry, delivery } : entry,
  );
}

/** The choices that may still be taken: the newest since the person last spoke; a message that failed took none. */
export function offered(transcript: Transcript): readonly Choice[] {
  for (let at = transcript.length - 1; at >= 0; at--) {
    const entry = transcript[at];
    if (!entry || (entry.from === "contact" && entry.delivery !== "failed")) break;
    if (entry.choices.length > 0) return entry.choices;
  }
  return [];
}

/** The choices that are offered as buttons of cards, by id: they need no quick reply. */
export function onCards(entry: Entry): ReadonlySet<string> {
  const cards = entry.parts.flatMap((part) => ("cards" in part ? part.cards : []));
  return new Set(cards.flatMap((card) => card.buttons).flatMap((button) => ("id" in button ? [button.id] : [])));
}

/** Whether what the person says next is confidential: the flow's last line says so. */
export function isSecretAsked(transcript: Transcript): boolean {
  return transcript.findLast((entry) => entry.from === "flow")?.sensitive ?? false;
}
