/**
 * The chat interface's words on the wire and the only place where bytes from the server become typed values.
 * What does not fit is dropped here, so that the rest of the widget trusts its types. Opens no connection.
 */
import { MAX_CARDS, MAX_CHOICES, MAX_PARTS, MAX_SHOWN_CHARS } from "./limits";

/** Who is on this side; both fields may be missing for an anonymous visitor. */
export interface Contact {
  id?: string;
  name?: string;
}

/** What `POST /chat/v1/conversations` takes: a flow's id or a chat key, never both. */
export interface StartRequest {
  flow?: string;
  key?: string;
  locale?: string;
  contact?: Contact;
  inputs?: Record<string, unknown>;
  /** Makes a repeated start the same conversation. */
  client_id: string;
}

/** A conversation and the bearer token that opens it. */
export interface Credentials {
  id: string;
  token: string;
}

/** One piece of a message; addresses are `http:` or `https:` only. */
export type Part =
  | { text: string }
  | { audio: string; alt: string }
  | Image
  | { video: string; alt: string }
  | { file: string; name: string }
  | { location: Place }
  | { cards: Card[] }
  | { links: Link[] };

/** An image; one that says nothing has an empty `alt`. */
export interface Image {
  image: string;
  alt: string;
}

/** A place on the map, in degrees (WGS 84). */
export interface Place {
  latitude: number;
  longitude: number;
  name: string;
  address: string;
}

/** A link; its address is `http:`, `https:`, `mailto:` or `tel:` only. */
export interface Link {
  label: string;
  href: string;
}

/** A card; its buttons are answers, which are among the message's choices, and links. */
export interface Card {
  title: string;
  text: string;
  image: Image | null;
  buttons: (Choice | Link)[];
}

/** A quick reply. */
export interface Choice {
  id: string;
  label: string;
}

/** One message of the conversation, from either side. */
export interface Message {
  /** Strictly growing; the resume point. */
  cursor: number;
  from: "flow" | "contact";
  /** RFC 3339. */
  at: string;
  /** Present on the echo of what this side sent. */
  client_id: string | null;
  parts: Part[];
  choices: Choice[];
  locale: string | null;
  /** The answer to it is confidential and is not to be seen while it is written. */
  sensitive: boolean;
}

/** What a server frame may be. */
export type Frame =
  | { type: "message"; message: Message }
  | { type: "accepted"; client_id: string; cursor: number }
  | { type: "typing"; on: boolean }
  | { type: "ended"; reason: string }
  | { type: "error"; code: string; message: string; client_id: string | null }
  | { type: "pong" };

/** What a long poll brings. */
export interface Polled {
  messages: Message[];
  cursor: number;
  ended: boolean;
}

/** What the person sends: words or the id of a choice. */
export type Words = { text: string } | { button: string };

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
const filled = (value: unknown): string | null => (value === "" ? null : text(value));
const count = (value: unknown): number | null =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
const present = <T>(value: T | null): value is T => value !== null;
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

/** `address` made absolute, or null when it is not a web address (`javascript:`, `data:` and the like). */
export function webAddress(address: unknown, base: string): string | null {
  if (typeof address !== "string") return null;
  try {
    const url = new URL(address, base);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** `address` of a link, or null when it is not one that a person may follow. */
export function linkAddress(address: unknown): string | null {
  if (typeof address !== "string") return null;
  try {
    const url = new URL(address);
    return ["https:", "http:", "mailto:", "tel:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const shown = (value: unknown): string => (text(value) ?? "").slice(0, MAX_SHOWN_CHARS);

function readPart(value: unknown, base: string): Part | null {
  if (!isObject(value)) return null;
  const words = text(value.text);
  if (words !== null) return { text: words.slice(0, MAX_SHOWN_CHARS) };
  const alt = shown(value.alt);
  const audio = webAddress(value.audio, base);
  if (audio !== null) return { audio, alt };
  const image = isObject(value.image) ? readImage(value.image, base) : readImage({ url: value.image, alt }, base);
  if (image !== null) return image;
  const video = webAddress(value.video, base);
  if (video !== null) return { video, alt };
  return readShown(value, base);
}

/** What is shown besides images. */
function readShown(value: Json, base: string): Part | null {
  if (isObject(value.file)) {
    const file = webAddress(value.file.url, base);
    return file === null ? null : { file, name: shown(value.file.name) || file };
  }
  if (isObject(value.location)) {
    const [latitude, longitude] = [degrees(value.location.latitude, 90), degrees(value.location.longitude, 180)];
    if (latitude === null || longitude === null) return null;
    return { location: { latitude, longitude, name: shown(value.location.name), address: shown(value.location.address) } };
  }
  if (Array.isArray(value.cards)) {
    const cards = list(value.cards)
      .slice(0, MAX_CARDS)
      .map((card) => readCard(card, base))
      .filter(present);
    return cards.length === 0 ? null : { cards };
  }
  const links = list(value.links).slice(0, MAX_CHOICES).map(readLink).filter(present);
  return links.length === 0 ? null : { links };
}

function readImage(value: unknown, base: string): Image | null {
  if (!isObject(value)) return null;
  const image = webAddress(value.url, base);
  return image === null ? null : { image, alt: shown(value.alt) };
}

function degrees(value: unknown, most: number): number | null {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
  return Math.abs(number) <= most ? number : null;
}

function readCard(value: unknown, base: string): Card | null {
  if (!isObject(value)) return null;
  const title = text(value.title);
  if (title === null) return null;
  return {
    title: title.slice(0, MAX_SHOWN_CHARS),
    text: shown(value.text),
    image: readImage(value.image, base),
    buttons: list(value.buttons)
      .slice(0, MAX_CHOICES)
      .map((button) => readLink(button) ?? readAnswer(button))
      .filter(present),
  };
}

function readLink(value: unknown): Link | null {
  if (!isObject(value)) return null;
  const href = linkAddress(value.url);
  return href === null ? null : { href, label: shown(value.label) || href };
}

/** A button whose link is none that may be followed is no answer either. */
function readAnswer(value: unknown): Choice | null {
  return isObject(value) && value.url === undefined ? readChoice(value) : null;
}

function readChoice(value: unknown): Choice | null {
  if (!isObject(value)) return null;
  const id = text(value.id);
  return id === null ? null : { id, label: text(value.label) ?? id };
}

/** A message, or null when it is not one. `base` is the server's address, for relative media. */
export function readMessage(value: unknown, base: string): Message | null {
  if (!isObject(value)) return null;
  const cursor = count(value.cursor);
  const from = value.from;
  if (cursor === null || (from !== "flow" && from !== "contact")) return null;
  return {
    cursor,
    from,
    at: text(value.at) ?? "",
    client_id: text(value.client_id),
    parts: list(value.parts)
      .slice(0, MAX_PARTS)
      .map((part) => readPart(part, base))
      .filter(present),
    choices: list(value.choices).slice(0, MAX_CHOICES).map(readChoice).filter(present),
    locale: filled(value.locale),
    sensitive: value.sensitive === true,
  };
}

/** A server frame, or null for anything unknown: a newer server may say more than this client understands. */
export function readFrame(data: unknown, base: string): Frame | null {
  const value = typeof data === "string" ? parse(data) : null;
  if (!isObject(value)) return null;
  switch (value.type) {
    case "message": {
      const message = readMessage(value.message, base);
      return message && { type: "message", message };
    }
    case "accepted": {
      const client_id = text(value.client_id);
      return client_id === null ? null : { type: "accepted", client_id, cursor: count(value.cursor) ?? 0 };
    }
    case "typing":
      return { type: "typing", on: value.on === true };
    case "ended":
      return { type: "ended", reason: text(value.reason) ?? "" };
    case "error":
      return {
        type: "error",
        code: text(value.code) ?? "",
        message: text(value.message) ?? "",
        client_id: text(value.client_id),
      };
    case "pong":
      return { type: "pong" };
    default:
      return null;
  }
}

/** The body of a long poll, or null when it is not one. */
export function readPolled(value: unknown, base: string): Polled | null {
  if (!isObject(value)) return null;
  const cursor = count(value.cursor);
  if (cursor === null || !Array.isArray(value.messages)) return null;
  const messages = list(value.messages)
    .map((message) => readMessage(message, base))
    .filter(present);
  return { messages, cursor, ended: value.ended === true };
}

/** The body of a successful start, or null when it is not one. */
export function readCredentials(value: unknown): Credentials | null {
  if (!isObject(value)) return null;
  const id = text(value.conversation);
  const token = text(value.token);
  return id === null || token === null ? null : { id, token };
}

/** The words of a problem document (RFC 9457), best first; empty when it has none. */
export function readProblem(value: unknown): string {
  return isObject(value) ? (text(value.detail) ?? text(value.title) ?? "") : "";
}

/** JSON or null; never throws. */
export function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return null;
  }
}
