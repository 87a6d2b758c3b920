/**
 * Does what the connection machine asks: requests, sockets, one timer, storage; and tells a view what to show.
 * Decides nothing: every decision is in `connection.ts`, every line of the window in `transcript.ts`.
 */
import { idle, memory, step, wakesAt } from "./connection";
import type { Effect, Event, Failure, State } from "./connection-state";
import { MAX_TEXT_CHARS, POLL_WAIT_S, REQUEST_TIMEOUT } from "./limits";
import { encode, recall, remember } from "./memory";
import { parse, readCredentials, readFrame, readPolled, readProblem } from "./protocol";
import type { Choice, StartRequest, Words } from "./protocol";
import { delivered, isSecretAsked, offered, queued, received } from "./transcript";
import type { Transcript } from "./transcript";

/** Shown for what was said in confidence, as the server shows it. */
const MASK = "••••";

/** How the connection looks from the window. */
export type Link = "idle" | "starting" | "live" | "lost" | "over" | "refused";

/** All that a view shows. */
export interface Snapshot {
  readonly link: Link;
  /** Why it is over or was refused: a word of the interface or the server's own sentence; may be empty. */
  readonly reason: string;
  readonly transcript: Transcript;
  readonly choices: readonly Choice[];
  readonly typing: boolean;
  /** What is written now is not to be seen. */
  readonly secret: boolean;
}

/** With whom to talk. */
export interface Entrance {
  /** The server's origin, such as `https://host`. */
  readonly server: string;
  /** All of a start but its `client_id`. */
  readonly request: Omit<StartRequest, "client_id">;
  /** Where the tab remembers the conversation. */
  readonly memoryKey: string;
}

/** One conversation and its connection, for as long as a page shows it. */
export class Conversation {
  private state: State = idle(crypto.getRandomValues(new Int32Array(1))[0] ?? 1);
  private transcript: Transcript = [];
  private stored: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private socket: WebSocket | undefined;
  private polling: AbortController | undefined;
  private readonly closing = new AbortController();

  /** `show` is called after each change. Nothing is sent before {@link open} or {@link restart}. */
  constructor(
    private readonly entrance: Entrance,
    private readonly show: (snapshot: Snapshot) => void,
  ) {
    const { signal } = this.closing;
    const hint = (up: boolean) => () => {
      this.on({ type: "network", up });
    };
    addEventListener("online", hint(true), { signal });
    addEventListener("offline", hint(false), { signal });
    // Sockets die unheard while a page sleeps.
    addEventListener("pageshow", hint(true), { signal });
    document.addEventListener(
      "visibilitychange",
      () => {
        if (document.visibilityState === "visible") this.on({ type: "network", up: true });
      },
      { signal },
    );
  }

  /** Whether an earlier page of this tab left a conversation to go on with. */
  get isRemembered(): boolean {
    return recall(this.entrance.memoryKey) !== null;
  }

  /** Goes on with the tab's conversation or begins one; does nothing when one is going on. */
  open(): void {
    if (this.state.phase.is !== "idle") return;
    const memory = recall(this.entrance.memoryKey);
    if (memory) this.on({ type: "resume", memory });
    else this.restart();
  }

  /** Ends what is going on and begins a new conversation. */
  restart(): void {
    this.on({ type: "start", request: { ...this.entrance.request, client_id: newId() } });
  }

  /** Sends words; blank ones are not sent. Returns whether they were taken. */
  say(text: string): boolean {
    const words = text.trim().slice(0, MAX_TEXT_CHARS);
    const secret = isSecretAsked(this.transcript);
    if (words !== "") this.send({ text: words }, secret ? MASK : words, secret);
    return words !== "";
  }

  /** Takes a quick reply. */
  choose(choice: Choice): void {
    this.send({ button: choice.id }, choice.label, false);
  }

  /** Sends a message that was not delivered once more, as the same message. */
  retry(client_id: string): void {
    const words = this.sentHere.get(client_id);
    if (words) this.on({ type: "send", client_id, ...words });
  }

  /** The person changed the text. */
  typed(empty: boolean): void {
    this.on({ type: "typed", empty });
  }

  /** Ends the conversation for good. */
  end(): void {
    this.on({ type: "end" });
  }

  /** Stops all; the conversation itself goes on and a later page may resume it. */
  close(): void {
    this.closing.abort();
    clearTimeout(this.timer);
    this.disconnect();
    this.state = { ...this.state, phase: { is: "idle" }, epoch: this.state.epoch + 1 };
  }

  /** What was sent in this page, for {@link retry}. */
  private readonly sentHere = new Map<string, { words: Words; shown: string; secret: boolean }>();

  private send(words: Words, shown: string, secret: boolean): void {
    const client_id = newId();
    this.sentHere.set(client_id, { words, shown, secret });
    this.on({ type: "send", client_id, words, shown, secret });
  }

  private on(event: Event): void {
    if (this.closing.signal.aborted) return;
    const [state, effects] = step(this.state, event, Date.now());
    this.state = state;
    // First remember, then act: a page that dies now must not send again under another id.
    this.store();
    for (const effect of effects) this.perform(effect);
    clearTimeout(this.timer);
    const at = wakesAt(this.state);
    if (at !== null) {
      const tick = (): void => {
        this.on({ type: "tick" });
      };
      this.timer = setTimeout(tick, Math.max(0, at - Date.now()));
    }
    this.show(this.snapshot());
  }

  private store(): void {
    const kept = memory(this.state);
    const text = kept && encode(kept);
    if (text === this.stored) return;
    this.stored = text;
    remember(this.entrance.memoryKey, text);
  }

  private snapshot(): Snapshot {
    const { phase, failures, theirTypingUntil } = this.state;
    const reason = phase.is === "over" ? phase.reason : phase.is === "refused" ? phase.detail : "";
    const link = linkOf(phase.is, failures);
    const choices = link === "over" || link === "refused" ? [] : offered(this.transcript);
    return { link, reason, transcript: this.transcript, choices, typing: theirTypingUntil !== null, secret: isSecretAsked(this.transcript) };
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case "request_start":
        void this.requestStart(effect);
        return;
      case "open_socket":
        this.openSocket(effect);
        return;
      case "send_frame":
        if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(effect.frame));
        return;
      case "poll":
        void this.poll(effect);
        return;
      case "post":
        void this.post(effect);
        return;
      case "post_typing":
        void this.request("POST", `${effect.conversation.id}/typing`, { on: effect.on }, effect.conversation.token);
        return;
      case "post_end":
        void this.request("POST", `${effect.conversation.id}/end`, {}, effect.conversation.token);
        return;
      case "disconnect":
        this.disconnect();
        return;
      case "show":
        if (effect.message.client_id) this.sentHere.delete(effect.message.client_id);
        this.transcript = received(this.transcript, effect.message, effect.history);
        return;
      case "show_queued":
        this.transcript = queued(this.transcript, effect.client_id, effect.shown);
        return;
      case "show_delivered":
        this.transcript = delivered(this.transcript, effect.client_id, effect.delivery);
        return;
      case "clear":
        this.transcript = [];
        this.sentHere.clear();
        return;
      case "renew":
        this.restart();
    }
  }

  private async requestStart({ epoch, request }: Effect & { do: "request_start" }): Promise<void> {
    const answer = await this.request("POST", "", request, null);
    const conversation = answer.ok ? readCredentials(answer.body) : null;
    if (conversation) this.on({ type: "started", epoch, conversation });
    else this.on({ type: "start_failed", epoch, failure: failureOf(answer) });
  }

  private openSocket({ epoch, conversation, after }: Effect & { do: "open_socket" }): void {
    this.disconnect();
    const url = new URL(`/chat/v1/conversations/${encodeURIComponent(conversation.id)}/socket`, this.entrance.server);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("token", conversation.token);
    url.searchParams.set("after", String(after));
    let socket: WebSocket;
    try {
      socket = new WebSocket(url);
    } catch {
      // A content security policy of the host page that forbids sockets; a poll may still pass.
      queueMicrotask(() => {
        this.on({ type: "socket_closed", epoch, code: 1006 });
      });
      return;
    }
    this.socket = socket;
    socket.onopen = () => {
      this.on({ type: "socket_opened", epoch });
    };
    socket.onmessage = ({ data }) => {
      const frame = readFrame(data, this.entrance.server);
      if (frame) this.on({ type: "socket_frame", epoch, frame });
    };
    socket.onclose = ({ code }) => {
      this.on({ type: "socket_closed", epoch, code });
    };
  }

  private async poll({ epoch, conversation, after, wait_s }: Effect & { do: "poll" }): Promise<void> {
    this.disconnect();
    const polling = new AbortController();
    this.polling = polling;
    const path = `${conversation.id}/messages?after=${after}&wait=${wait_s}`;
    const answer = await this.request("GET", path, null, conversation.token, polling.signal);
    const polled = answer.ok ? readPolled(answer.body, this.entrance.server) : null;
    if (polled) this.on({ type: "polled", epoch, polled });
    else this.on({ type: "poll_failed", epoch, failure: failureOf(answer) });
  }

  private async post({ epoch, conversation, client_id, words }: Effect & { do: "post" }): Promise<void> {
    const answer = await this.request("POST", `${conversation.id}/messages`, { client_id, ...words }, conversation.token);
    if (answer.ok) this.on({ type: "posted", client_id });
    else this.on({ type: "post_failed", epoch, client_id, failure: failureOf(answer) });
  }

  /** One request below `/chat/v1/conversations`; never throws. */
  private async request(method: string, path: string, body: unknown, token: string | null, abort?: AbortSignal): Promise<Answer> {
    const headers: Record<string, string> = { accept: "application/json" };
    if (body !== null) headers["content-type"] = "application/json";
    if (token !== null) headers.authorization = `Bearer ${token}`;
    const stop = new AbortController();
    const abandon = (): void => {
      stop.abort();
    };
    const timer = setTimeout(abandon, REQUEST_TIMEOUT + (method === "GET" ? POLL_WAIT_S * 1000 : 0));
    abort?.addEventListener("abort", abandon);
    try {
      const address = new URL(`/chat/v1/conversations${path && "/"}${path}`, this.entrance.server);
      const response = await fetch(address, {
        method,
        headers,
        body: body === null ? null : JSON.stringify(body),
        signal: stop.signal,
        // The token is the only key; cookies of the server's origin are none of a host page's business.
        credentials: "omit",
        cache: "no-store",
        // A page that is left still ends its conversation.
        keepalive: path.endsWith("/end"),
      });
      const retryAfter = Number(response.headers.get("retry-after") ?? NaN) * 1000;
      return { ok: response.ok, status: response.status, body: parse(await response.text()), retryAfter };
    } catch {
      return { ok: false, status: 0, body: null, retryAfter: NaN };
    } finally {
      clearTimeout(timer);
    }
  }

  private disconnect(): void {
    this.polling?.abort();
    this.polling = undefined;
    const socket = this.socket;
    this.socket = undefined;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

interface Answer {
  ok: boolean;
  status: number;
  body: unknown;
  /** Milliseconds; NaN when the server did not say. */
  retryAfter: number;
}

function failureOf({ ok, status, body, retryAfter }: Answer): Failure {
  // A good status with an unreadable body comes from something in between (a captive portal), and passes.
  return { status: ok ? 0 : status, detail: readProblem(body), retryAfter: Number.isFinite(retryAfter) ? retryAfter : null };
}

function linkOf(phase: State["phase"]["is"], failures: number): Link {
  if (phase === "idle" || phase === "over" || phase === "refused") return phase;
  if (phase === "open" || phase === "polling") return "live";
  if (failures > 0) return "lost";
  return phase === "waiting" ? "live" : "starting";
}

/** A version 4 UUID; `crypto.randomUUID` is missing on pages served without TLS. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = Array.from(bytes, (byte, at) => {
    const value = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    return value.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, "$1-$2-$3-$4-$5");
}
