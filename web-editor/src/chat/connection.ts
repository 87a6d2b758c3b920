/**
 * The chat connection as a pure machine: (state, event, now) → (state′, effects). Starts or resumes a conversation, keeps a
 * socket or, where sockets fail, a long poll; sends each message until it is acknowledged and shows each message once.
 * Opens nothing, waits for nothing, draws no randomness of its own: `driver.ts` does what the effects say.
 */
import { pause } from "./backoff";
import type { Effect, Event, Failure, Memory, Millis, Outgoing, Phase, State } from "./connection-state";
import {
  ACCEPT_TIMEOUT,
  CONNECT_TIMEOUT,
  MAX_OUTBOX,
  PING_AFTER,
  POLL_PAUSE,
  POLL_TOO_QUICK,
  POLL_WAIT_S,
  PONG_TIMEOUT,
  SEND_TRIES,
  SOCKET_AGAIN_AFTER,
  SOCKET_TRIES,
  TYPING_EVERY,
  TYPING_IDLE,
  TYPING_SHOWN,
} from "./limits";
import type { Frame, Message, StartRequest } from "./protocol";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
/** A step in the making: the state that will be, and what must be done. */
interface Step {
  state: Mutable<State>;
  effects: Effect[];
  now: Millis;
}

/** A machine that does nothing yet. `seed` is any whole number. */
export function idle(seed: number): State {
  return {
    phase: { is: "idle" },
    request: null,
    conversation: null,
    cursor: -1,
    seen: -1,
    resumed: false,
    outbox: [],
    failures: 0,
    epoch: 0,
    seed,
    theirTypingUntil: null,
    myTyping: null,
  };
}

/** What a later page needs, or null before anything was started. */
export function memory(state: State): Memory | null {
  if (state.request === null || state.phase.is === "refused") return null;
  const outbox = state.outbox.flatMap(({ client_id, words, shown, secret }) => (secret ? [] : [{ client_id, words, shown }]));
  return { request: state.request, conversation: state.conversation, cursor: Math.max(state.cursor, state.seen), outbox };
}

/** When the machine wants a `tick`; null when only an event can move it. */
export function wakesAt(state: State): Millis | null {
  const times: (Millis | null)[] = [state.theirTypingUntil, state.myTyping?.idleAt ?? null];
  const phase = state.phase;
  if (phase.is === "waiting") times.push(phase.until);
  if (phase.is === "connecting") times.push(phase.since + CONNECT_TIMEOUT);
  if (phase.is === "open") {
    if (phase.pingedAt !== null) times.push(phase.pingedAt + PONG_TIMEOUT);
    else if (state.outbox[0]?.handedAt === null) times.push(phase.sendAt);
    if (phase.pingedAt === null) times.push(phase.heardAt + PING_AFTER, ...state.outbox.map(({ handedAt }) => handedAt && handedAt + ACCEPT_TIMEOUT));
  }
  if (phase.is === "polling" && phase.posting === null && state.outbox.length > 0) times.push(phase.postAt);
  const due = times.filter((time) => time !== null);
  return due.length === 0 ? null : Math.min(...due);
}

/** One step of the machine. */
export function step(before: State, event: Event, now: Millis): [State, Effect[]] {
  const at: Step = { state: { ...before }, effects: [], now };
  handle(at, event);
  return [at.state, at.effects];
}

function handle(at: Step, event: Event): void {
  const { state, effects } = at;
  if ("epoch" in event && event.epoch !== state.epoch) return;
  switch (event.type) {
    case "start":
      begin(at, event.request);
      return;
    case "resume":
      resume(at, event.memory);
      return;
    case "started":
      state.conversation = event.conversation;
      state.failures = 0;
      connect(at);
      return;
    case "start_failed":
      if (isPassing(event.failure)) waitAfterFailure(at, "start", event.failure);
      else state.phase = { is: "refused", detail: event.failure.detail };
      return;
    case "socket_opened":
      if (state.phase.is !== "connecting") return;
      state.phase = { is: "open", heardAt: at.now, pingedAt: null, sendAt: at.now };
      flush(at);
      return;
    case "socket_frame":
      heard(at, event.frame);
      return;
    case "socket_closed":
      if (state.phase.is !== "connecting" && state.phase.is !== "open") return;
      // A refusal has its reason in a status that sockets hide; a poll will be told it.
      if (event.code === 1008 || event.code >= 4000) state.failures = Math.max(state.failures, SOCKET_TRIES - 1);
      waitAfterFailure(at, "connection");
      return;
    case "polled":
      polled(at, event.polled.messages, event.polled.cursor, event.polled.ended);
      return;
    case "poll_failed":
      if (isPassing(event.failure)) waitAfterFailure(at, "connection", event.failure);
      else gone(at, event.failure);
      return;
    case "posted":
      acknowledged(at, event.client_id);
      if (state.phase.is === "polling" && state.phase.posting === event.client_id) {
        state.phase = { ...state.phase, posting: null };
        flush(at);
      }
      return;
    case "post_failed":
      postFailed(at, event.client_id, event.failure);
      return;
    case "send":
      send(at, { client_id: event.client_id, words: event.words, shown: event.shown, secret: event.secret, handedAt: null, tries: 0 });
      return;
    case "typed":
      typed(at, event.empty);
      return;
    case "end":
      if (state.conversation && state.phase.is !== "over") effects.push({ do: "post_end", conversation: state.conversation });
      return;
    case "network":
      network(at, event.up);
      return;
    case "tick":
      tick(at);
  }
}

function begin(at: Step, request: StartRequest): void {
  const { conversation, phase, epoch, seed } = at.state;
  at.effects.push({ do: "disconnect" }, { do: "clear" });
  if (conversation && phase.is !== "over") at.effects.push({ do: "post_end", conversation });
  at.state = { ...idle(seed), epoch, request };
  requestStart(at);
}

function requestStart(at: Step): void {
  const { state } = at;
  if (state.request === null) return;
  state.epoch += 1;
  state.phase = { is: "starting" };
  at.effects.push({ do: "request_start", epoch: state.epoch, request: state.request });
}

function resume(at: Step, memory: Memory): void {
  const { epoch, seed } = at.state;
  const { request, conversation, cursor: seen } = memory;
  at.state = { ...idle(seed), epoch, request, conversation, seen, resumed: true };
  at.state.outbox = memory.outbox.slice(0, MAX_OUTBOX).map((kept) => ({ ...kept, secret: false, handedAt: null, tries: 0 }));
  for (const { client_id, shown } of at.state.outbox) at.effects.push({ do: "show_queued", client_id, shown });
  // The whole conversation is asked for again, so that the window shows what the earlier page had shown.
  if (memory.conversation) connect(at);
  else requestStart(at);
}

/** Opens a socket; after some failures every second attempt is a long poll, which passes where sockets do not. */
function connect(at: Step): void {
  const { failures } = at.state;
  if (failures >= SOCKET_TRIES && (failures - SOCKET_TRIES) % 2 === 0) poll(at, at.now + SOCKET_AGAIN_AFTER);
  else openSocket(at);
}

function openSocket(at: Step): void {
  const { state } = at;
  if (state.conversation === null) return;
  state.epoch += 1;
  state.phase = { is: "connecting", since: at.now };
  at.effects.push({ do: "open_socket", epoch: state.epoch, conversation: state.conversation, after: Math.max(0, state.cursor) });
}

function poll(at: Step, socketAt: Millis): void {
  const { state } = at;
  if (state.conversation === null) return;
  const before = state.phase;
  // A post in flight belongs to the same stretch of polling, so its epoch stays.
  if (before.is !== "polling") state.epoch += 1;
  const [posting, postAt] = before.is === "polling" ? [before.posting, before.postAt] : [null, at.now];
  state.phase = { is: "polling", since: at.now, socketAt, posting, postAt };
  const { epoch, conversation, cursor } = state;
  at.effects.push({ do: "poll", epoch, conversation, after: Math.max(0, cursor), wait_s: POLL_WAIT_S });
  flush(at);
}

/** Closes what is open and waits; longer after each failure in a row, or as long as the server asks. */
function waitAfterFailure(at: Step, target: "start" | "connection", failure?: Failure): void {
  const { state } = at;
  state.failures += 1;
  state.epoch += 1;
  const [ms, seed] = pause(state.failures, state.seed);
  state.seed = seed;
  state.outbox = state.outbox.map((entry) => ({ ...entry, handedAt: null }));
  state.theirTypingUntil = null;
  state.myTyping = null;
  state.phase = { is: "waiting", until: at.now + Math.max(ms, failure?.retryAfter ?? 0), for: target, socketAt: at.now };
  at.effects.push({ do: "disconnect" });
}

function goOn(at: Step): void {
  const { phase } = at.state;
  if (phase.is !== "waiting") return;
  if (phase.for === "start") requestStart(at);
  else if (phase.for === "poll" && at.now < phase.socketAt) poll(at, phase.socketAt);
  else connect(at);
}

/** Whether trying again may help: no answer, too many requests, or trouble on the server's side. */
function isPassing({ status }: Failure): boolean {
  return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

function heard(at: Step, frame: Frame): void {
  const { state } = at;
  if (state.phase.is !== "open") return;
  state.phase = { ...state.phase, heardAt: at.now, pingedAt: null };
  state.failures = 0;
  switch (frame.type) {
    case "message":
      deliver(at, frame.message);
      flush(at);
      return;
    case "accepted":
      acknowledged(at, frame.client_id);
      flush(at);
      return;
    case "typing":
      state.theirTypingUntil = frame.on ? at.now + TYPING_SHOWN : null;
      return;
    case "ended":
      over(at, frame.reason);
      return;
    case "error":
      if (frame.client_id !== null) refused(at, frame.client_id, frame.code);
      return;
    case "pong":
  }
}

/** Shows a message once, whichever way and however often it comes. */
function deliver(at: Step, message: Message): void {
  const { state } = at;
  if (message.cursor <= state.cursor) return;
  state.cursor = message.cursor;
  if (message.from === "flow") state.theirTypingUntil = null;
  // The echo proves that it is stored, even where its acknowledgement was lost.
  if (message.client_id !== null) state.outbox = without(state.outbox, message.client_id);
  at.effects.push({ do: "show", message, history: message.cursor <= state.seen });
}

function polled(at: Step, messages: readonly Message[], cursor: number, ended: boolean): void {
  const { state } = at;
  if (state.phase.is !== "polling") return;
  const { since, socketAt } = state.phase;
  state.failures = 0;
  for (const message of messages) deliver(at, message);
  state.cursor = Math.max(state.cursor, cursor);
  if (ended && messages.length === 0) {
    over(at, "");
  } else if (!ended && at.now >= socketAt && state.phase.posting === null) {
    openSocket(at);
    // Should the socket fail again, polling goes on at once instead of three tries later.
    state.failures = SOCKET_TRIES - 1;
  } else if (messages.length === 0 && at.now - since < POLL_TOO_QUICK) {
    state.phase = { is: "waiting", until: at.now + POLL_PAUSE, for: "poll", socketAt };
    state.epoch += 1;
  } else {
    poll(at, socketAt);
  }
}

/** The server did not take a message over the socket: too many at once and trouble of its own pass, all else is final. */
function refused(at: Step, client_id: string, code: string): void {
  const { state } = at;
  const entry = state.outbox.find((other) => other.client_id === client_id);
  if (entry && state.phase.is === "open" && (code === "too_fast" || code === "failed")) {
    const [ms, seed] = pause(entry.tries + 1, state.seed);
    state.seed = seed;
    state.outbox = state.outbox.map((other) => (other === entry ? { ...entry, handedAt: null, tries: entry.tries + 1 } : other));
    state.phase = { ...state.phase, sendAt: at.now + ms };
  } else {
    reject(at, client_id);
    flush(at);
  }
}

/** Hands the first that waits to the connection; the next follows when it is acknowledged, so that order holds. */
function flush(at: Step): void {
  const { state, now } = at;
  if (state.phase.is === "open") {
    const [first, ...rest] = state.outbox;
    if (first?.handedAt !== null || now < state.phase.sendAt) return;
    at.effects.push({ do: "send_frame", frame: { type: "send", client_id: first.client_id, ...first.words } });
    state.outbox = [{ ...first, handedAt: now }, ...rest];
  } else if (state.phase.is === "polling" && state.phase.posting === null && now >= state.phase.postAt) {
    const [first, ...rest] = state.outbox;
    if (!first || !state.conversation) return;
    const { client_id, words } = first;
    state.outbox = [{ ...first, tries: first.tries + 1 }, ...rest];
    state.phase = { ...state.phase, posting: client_id };
    at.effects.push({ do: "post", epoch: state.epoch, conversation: state.conversation, client_id, words });
  }
}

function send(at: Step, entry: Outgoing): void {
  const { state } = at;
  const { is } = state.phase;
  if (is === "idle" || is === "over" || is === "refused" || state.outbox.some((other) => other.client_id === entry.client_id)) return;
  at.effects.push({ do: "show_queued", client_id: entry.client_id, shown: entry.shown });
  state.myTyping = null;
  if (state.outbox.length >= MAX_OUTBOX) {
    at.effects.push({ do: "show_delivered", client_id: entry.client_id, delivery: "failed" });
    return;
  }
  state.outbox = [...state.outbox, entry];
  flush(at);
}

function postFailed(at: Step, client_id: string, failure: Failure): void {
  const { state } = at;
  if (state.phase.is !== "polling" || state.phase.posting !== client_id) return;
  if (isPassing(failure)) {
    const tries = state.outbox.find((entry) => entry.client_id === client_id)?.tries ?? 1;
    const [ms, seed] = pause(tries, state.seed);
    state.seed = seed;
    state.phase = { ...state.phase, posting: null, postAt: at.now + Math.max(ms, failure.retryAfter ?? 0) };
  } else if (isGone(failure)) {
    gone(at, failure);
  } else {
    reject(at, client_id);
    state.phase = { ...state.phase, posting: null };
    flush(at);
  }
}

/** Not 410: a conversation that is over can still be read, and reading tells how it ended. */
const isGone = ({ status }: Failure): boolean => status === 401 || status === 403 || status === 404;

/** The server no longer has this conversation. One that was only remembered is quietly begun anew. */
function gone(at: Step, failure: Failure): void {
  if (isGone(failure) && at.state.resumed && at.state.cursor < 0) {
    at.state.conversation = null;
    at.effects.push({ do: "renew" });
  } else {
    over(at, isGone(failure) ? "expired" : failure.detail);
  }
}

function acknowledged(at: Step, client_id: string): void {
  at.state.outbox = without(at.state.outbox, client_id);
  at.effects.push({ do: "show_delivered", client_id, delivery: "sent" });
}

function reject(at: Step, client_id: string): void {
  at.state.outbox = without(at.state.outbox, client_id);
  at.effects.push({ do: "show_delivered", client_id, delivery: "failed" });
}

function over(at: Step, reason: string): void {
  const { state } = at;
  for (const { client_id } of state.outbox) reject(at, client_id);
  state.phase = { is: "over", reason };
  state.epoch += 1;
  state.theirTypingUntil = null;
  state.myTyping = null;
  at.effects.push({ do: "disconnect" });
}

function typed(at: Step, empty: boolean): void {
  const { state, now } = at;
  const told = state.myTyping;
  if (empty) {
    if (told) tellTyping(at, false);
    state.myTyping = null;
  } else if (told && now - told.toldAt < TYPING_EVERY) {
    state.myTyping = { ...told, idleAt: now + TYPING_IDLE };
  } else if (tellTyping(at, true)) {
    state.myTyping = { toldAt: now, idleAt: now + TYPING_IDLE };
  }
}

/** Typing is news of the moment: told where a connection is open, never kept for later. */
function tellTyping(at: Step, on: boolean): boolean {
  const { phase, conversation } = at.state;
  if (phase.is === "open") at.effects.push({ do: "send_frame", frame: { type: "typing", on } });
  else if (phase.is === "polling" && conversation) at.effects.push({ do: "post_typing", conversation, on });
  else return false;
  return true;
}

function network(at: Step, up: boolean): void {
  const { state } = at;
  // A socket may look open long after its network went; only an answer proves that it lives.
  if (state.phase.is === "open" && state.phase.pingedAt === null) ping(at);
  else if (state.phase.is === "waiting" && up) {
    if (state.phase.for === "connection") state.failures = Math.min(state.failures, SOCKET_TRIES - 1);
    goOn(at);
  }
}

function ping(at: Step): void {
  if (at.state.phase.is !== "open") return;
  at.state.phase = { ...at.state.phase, pingedAt: at.now };
  at.effects.push({ do: "send_frame", frame: { type: "ping" } });
}

function tick(at: Step): void {
  const { state, now } = at;
  if (state.theirTypingUntil !== null && now >= state.theirTypingUntil) state.theirTypingUntil = null;
  if (state.myTyping && now >= state.myTyping.idleAt) typed(at, true);
  const phase: Phase = state.phase;
  if (phase.is === "waiting" && now >= phase.until) goOn(at);
  else if (phase.is === "connecting" && now >= phase.since + CONNECT_TIMEOUT) waitAfterFailure(at, "connection");
  else if (phase.is === "polling") flush(at);
  else if (phase.is === "open") check(at, phase);
}

/** Whether an open socket still answers: to pings, and to what was sent. */
function check(at: Step, phase: Phase & { is: "open" }): void {
  const { state, now } = at;
  if (phase.pingedAt !== null) {
    if (now >= phase.pingedAt + PONG_TIMEOUT) waitAfterFailure(at, "connection");
    return;
  }
  const late = state.outbox.filter(({ handedAt }) => handedAt !== null && now >= handedAt + ACCEPT_TIMEOUT);
  // Only a line that brought something since is to blame the message; a silent one may be dead, and is asked first.
  const ignored = late.filter(({ handedAt }) => handedAt !== null && phase.heardAt > handedAt);
  if (ignored.length > 0) {
    state.outbox = state.outbox.map((entry) => (ignored.includes(entry) ? { ...entry, tries: entry.tries + 1 } : entry));
    for (const { client_id, tries } of ignored) if (tries + 1 >= SEND_TRIES) reject(at, client_id);
    waitAfterFailure(at, "connection");
  } else if (late.length > 0 || now >= phase.heardAt + PING_AFTER) {
    ping(at);
  } else {
    flush(at);
  }
}

function without(outbox: readonly Outgoing[], client_id: string): readonly Outgoing[] {
  return outbox.filter((entry) => entry.client_id !== client_id);
}
