import { describe, expect, test } from "vitest";
import { idle, memory, step, wakesAt } from "./connection";
import type { Effect, Event, State } from "./connection-state";
import { ACCEPT_TIMEOUT, CONNECT_TIMEOUT, MAX_OUTBOX, PING_AFTER, PONG_TIMEOUT, SEND_TRIES, SOCKET_AGAIN_AFTER, SOCKET_TRIES } from "./limits";
import type { Frame, Message } from "./protocol";

const request = { flow: "clinic/reception", client_id: "start-1" };
const credentials = { id: "c_1", token: "secret" };
const noAnswer = { status: 0, detail: "", retryAfter: null };

const message = (cursor: number, over: Partial<Message> = {}): Message => ({
  cursor,
  from: "flow",
  at: "2026-11-23T09:00:00Z",
  client_id: null,
  parts: [{ text: `line ${cursor}` }],
  choices: [],
  locale: null,
  sensitive: false,
  ...over,
});

/** A machine with a clock that only the test moves; collects what it was asked to do. */
class Bench {
  state: State;
  now = 1_000_000;
  effects: Effect[] = [];

  constructor(seed = 7) {
    this.state = idle(seed);
  }

  on(event: Event): Effect[] {
    // Each step is also taken from a copy, as after a reload: nothing may hide outside plain data.
    const [state, effects] = step(structuredClone(this.state), event, this.now);
    this.state = state;
    this.effects.push(...effects);
    return effects;
  }

  /** Lets time pass to the next moment that the machine asked for. */
  wake(): Effect[] {
    const at = wakesAt(this.state);
    if (at === null) throw new Error("the machine sleeps for good");
    this.now = Math.max(this.now, at);
    return this.on({ type: "tick" });
  }

  get epoch(): number {
    return this.state.epoch;
  }

  frame(frame: Frame): Effect[] {
    return this.on({ type: "socket_frame", epoch: this.epoch, frame });
  }

  open(): this {
    this.on({ type: "start", request });
    this.on({ type: "started", epoch: this.epoch, conversation: credentials });
    this.on({ type: "socket_opened", epoch: this.epoch });
    return this;
  }

  /** Fails sockets until the machine polls. */
  untilPolling(): this {
    for (let tries = 0; this.state.phase.is !== "polling"; tries++) {
      if (tries > 20) throw new Error("never polls");
      if (this.state.phase.is === "waiting") this.wake();
      else this.on({ type: "socket_closed", epoch: this.epoch, code: 1006 });
    }
    return this;
  }

  say(client_id: string, text = client_id): Effect[] {
    return this.on({ type: "send", client_id, words: { text }, shown: text, secret: false });
  }
}

const kinds = (effects: readonly Effect[]): string[] => effects.map((effect) => effect.do);
const shown = (effects: readonly Effect[]): number[] => effects.flatMap((effect) => (effect.do === "show" ? [effect.message.cursor] : []));
const framesSent = (effects: readonly Effect[]): object[] => effects.flatMap((effect) => (effect.do === "send_frame" ? [effect.frame] : []));

describe("starting", () => {
  test("asks for a conversation, then opens a socket from its beginning", () => {
    const bench = new Bench();
    expect(bench.on({ type: "start", request })).toContainEqual({ do: "request_start", epoch: 1, request });
    expect(bench.on({ type: "started", epoch: 1, conversation: credentials })).toEqual([
      { do: "open_socket", epoch: 2, conversation: credentials, after: 0 },
    ]);
  });

  test("a start that got no answer is repeated with the same client_id", () => {
    const bench = new Bench();
    bench.on({ type: "start", request });
    bench.on({ type: "start_failed", epoch: bench.epoch, failure: noAnswer });
    expect(bench.state.phase.is).toBe("waiting");
    expect(bench.wake()).toContainEqual({ do: "request_start", epoch: bench.epoch, request });
  });

  test("Retry-After is obeyed", () => {
    const bench = new Bench();
    bench.on({ type: "start", request });
    bench.on({ type: "start_failed", epoch: bench.epoch, failure: { status: 503, detail: "", retryAfter: 42_000 } });
    expect(wakesAt(bench.state)).toBe(bench.now + 42_000);
  });

  test("a refusal is final and says why; nothing of it is remembered", () => {
    const bench = new Bench();
    bench.on({ type: "start", request });
    bench.on({ type: "start_failed", epoch: bench.epoch, failure: { status: 404, detail: "No such flow.", retryAfter: null } });
    expect(bench.state.phase).toEqual({ is: "refused", detail: "No such flow." });
    expect(wakesAt(bench.state)).toBeNull();
    expect(memory(bench.state)).toBeNull();
  });

  test("starting again ends the conversation that goes on and empties the window", () => {
    const bench = new Bench().open();
    bench.frame({ type: "message", message: message(3) });
    const effects = bench.on({ type: "start", request: { ...request, client_id: "start-2" } });
    expect(kinds(effects)).toEqual(["disconnect", "clear", "post_end", "request_start"]);
    expect(bench.state.cursor).toBe(-1);
  });

  test("the answer to an older start is not believed", () => {
    const bench = new Bench();
    bench.on({ type: "start", request });
    const old = bench.epoch;
    bench.on({ type: "start", request: { ...request, client_id: "start-2" } });
    expect(bench.on({ type: "started", epoch: old, conversation: credentials })).toEqual([]);
  });
});

describe("each message once", () => {
  test("what was shown is not shown again after a reconnection that repeats it", () => {
    const bench = new Bench().open();
    expect(shown(bench.frame({ type: "message", message: message(1) }))).toEqual([1]);
    expect(shown(bench.frame({ type: "message", message: message(2) }))).toEqual([2]);
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    expect(bench.wake()).toContainEqual({ do: "open_socket", epoch: bench.epoch, conversation: credentials, after: 2 });
    bench.on({ type: "socket_opened", epoch: bench.epoch });
    expect(shown(bench.frame({ type: "message", message: message(2) }))).toEqual([]);
    expect(shown(bench.frame({ type: "message", message: message(3) }))).toEqual([3]);
  });

  test("an unacknowledged message is sent again, under its id, until it is acknowledged", () => {
    const bench = new Bench().open();
    expect(framesSent(bench.say("a"))).toEqual([{ type: "send", client_id: "a", text: "a" }]);
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    bench.wake();
    expect(framesSent(bench.on({ type: "socket_opened", epoch: bench.epoch }))).toEqual([{ type: "send", client_id: "a", text: "a" }]);
    bench.frame({ type: "accepted", client_id: "a", cursor: 4 });
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    bench.wake();
    expect(framesSent(bench.on({ type: "socket_opened", epoch: bench.epoch }))).toEqual([]);
  });

  test("an acknowledgement does not skip messages that came before it", () => {
    const bench = new Bench().open();
    bench.say("a");
    bench.frame({ type: "accepted", client_id: "a", cursor: 9 });
    expect(shown(bench.frame({ type: "message", message: message(8) }))).toEqual([8]);
  });

  test("the echo counts as the acknowledgement", () => {
    const bench = new Bench().open();
    bench.say("a");
    bench.frame({ type: "message", message: message(1, { from: "contact", client_id: "a" }) });
    expect(bench.state.outbox).toEqual([]);
  });

  test("what is sent without a connection goes out in order when there is one", () => {
    const bench = new Bench().open();
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    expect(framesSent([...bench.say("a"), ...bench.say("b")])).toEqual([]);
    bench.wake();
    expect(framesSent(bench.on({ type: "socket_opened", epoch: bench.epoch }))).toEqual([{ type: "send", client_id: "a", text: "a" }]);
    expect(framesSent(bench.frame({ type: "accepted", client_id: "a", cursor: 1 }))).toEqual([{ type: "send", client_id: "b", text: "b" }]);
  });

  test("a server that is asked too much is asked again later, in order", () => {
    const bench = new Bench().open();
    bench.say("a");
    bench.say("b");
    expect(bench.frame({ type: "error", code: "too_fast", message: "", client_id: "a" })).toEqual([]);
    expect(framesSent(bench.wake())).toEqual([{ type: "send", client_id: "a", text: "a" }]);
    expect(framesSent(bench.frame({ type: "accepted", client_id: "a", cursor: 1 }))).toEqual([{ type: "send", client_id: "b", text: "b" }]);
    expect(bench.frame({ type: "error", code: "bad_message", message: "", client_id: "b" })).toContainEqual({
      do: "show_delivered",
      client_id: "b",
      delivery: "failed",
    });
  });

  test("the first message is shown even under cursor 0", () => {
    const bench = new Bench().open();
    expect(shown(bench.frame({ type: "message", message: message(0) }))).toEqual([0]);
    expect(shown(bench.frame({ type: "message", message: message(0) }))).toEqual([]);
  });

  test("an answer in confidence is never stored", () => {
    const bench = new Bench().open();
    bench.on({ type: "send", client_id: "pin", words: { text: "4711" }, shown: "••••", secret: true });
    expect(JSON.stringify(memory(bench.state))).not.toContain("4711");
  });

  test("any order of losses loses and repeats nothing", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const world = new World(seed);
      for (let turn = 0; turn < TURNS; turn++) world.say(`m${turn}`);
      for (let tries = 0; !world.isDone && tries < 1_000; tries++) world.goOn();
      expect(world.screen, `seed ${seed}`).toEqual(Array.from({ length: 2 * TURNS }, (_, at) => at + 1));
      expect(world.bench.state.outbox, `seed ${seed}`).toEqual([]);
    }
  });
});

const TURNS = 8;

/** A server that stores by client_id and answers each message, behind a line that goes dead by a fixed sequence of chances. */
class World {
  readonly bench: Bench;
  readonly screen: number[] = [];
  private readonly stored: Message[] = [];
  private isDead = false;

  constructor(private chance: number) {
    this.bench = new Bench(chance).open();
  }

  get isDone(): boolean {
    return this.screen.length >= 2 * TURNS && this.bench.state.outbox.length === 0;
  }

  say(client_id: string): void {
    this.carry(this.bench.say(client_id));
    this.deliver();
    if (this.breaks()) this.carry(this.bench.on({ type: "socket_closed", epoch: this.bench.epoch, code: 1006 }));
  }

  /** Whatever comes next where the machine stands. */
  goOn(): void {
    const { bench } = this;
    const { is } = bench.state.phase;
    if (is === "connecting") {
      this.isDead = false;
      this.carry(bench.on({ type: "socket_opened", epoch: bench.epoch }));
      this.deliver();
    } else if (is === "polling") {
      const polled = { messages: this.stored.filter(({ cursor }) => cursor > bench.state.cursor), cursor: this.stored.length, ended: false };
      this.carry(
        this.breaks()
          ? bench.on({ type: "poll_failed", epoch: bench.epoch, failure: noAnswer })
          : bench.on({ type: "polled", epoch: bench.epoch, polled }),
      );
    } else {
      this.carry(bench.wake());
      this.deliver();
    }
  }

  /** From now on and until the next connection, nothing passes. */
  private breaks(): boolean {
    this.chance = (this.chance * 48_271) % 2_147_483_647;
    if (this.chance % 4 === 0) this.isDead = true;
    return this.isDead;
  }

  private store(client_id: string): void {
    if (this.stored.some((line) => line.client_id === client_id)) return;
    this.stored.push(message(this.stored.length + 1, { from: "contact", client_id }));
    this.stored.push(message(this.stored.length + 1));
  }

  private carry(effects: readonly Effect[]): void {
    this.screen.push(...shown(effects));
    const { bench } = this;
    for (const effect of effects) {
      if (effect.do === "post") {
        this.store(effect.client_id);
        const { client_id, epoch } = effect;
        this.carry(bench.on(this.breaks() ? { type: "post_failed", epoch, client_id, failure: noAnswer } : { type: "posted", client_id }));
        this.isDead = false;
      }
      if (effect.do !== "send_frame" || this.breaks()) continue;
      const frame = effect.frame as { type: string; client_id?: string };
      if (frame.client_id !== undefined) this.store(frame.client_id);
      if (this.breaks()) continue;
      if (frame.type === "ping") this.carry(bench.frame({ type: "pong" }));
      if (frame.client_id !== undefined) this.carry(bench.frame({ type: "accepted", client_id: frame.client_id, cursor: this.stored.length }));
    }
  }

  private deliver(): void {
    for (const line of this.stored.filter(({ cursor }) => cursor > this.bench.state.cursor)) {
      if (this.bench.state.phase.is !== "open" || this.breaks()) return;
      this.carry(this.bench.frame({ type: "message", message: line }));
    }
  }
}

describe("a connection that only looks open", () => {
  test("is asked after silence and given up without an answer", () => {
    const bench = new Bench().open();
    expect(wakesAt(bench.state)).toBe(bench.now + PING_AFTER);
    expect(framesSent(bench.wake())).toEqual([{ type: "ping" }]);
    expect(wakesAt(bench.state)).toBe(bench.now + PONG_TIMEOUT);
    expect(kinds(bench.wake())).toEqual(["disconnect"]);
    expect(bench.state.phase.is).toBe("waiting");
  });

  test("any frame is an answer", () => {
    const bench = new Bench().open();
    bench.wake();
    bench.frame({ type: "pong" });
    expect(wakesAt(bench.state)).toBe(bench.now + PING_AFTER);
  });

  test("is given up when a message is not acknowledged", () => {
    const bench = new Bench().open();
    bench.say("a");
    expect(wakesAt(bench.state)).toBe(bench.now + ACCEPT_TIMEOUT);
    expect(framesSent(bench.wake())).toEqual([{ type: "ping" }]);
    bench.wake();
    expect(bench.state.phase.is).toBe("waiting");
    expect(bench.state.outbox.map(({ client_id }) => client_id)).toEqual(["a"]);
  });

  test("a message that working connections never acknowledge is reported, not repeated for ever", () => {
    const bench = new Bench().open();
    bench.say("a");
    const ignoring = (): Effect[] => {
      bench.wake();
      bench.frame({ type: "pong" });
      return bench.wake();
    };
    for (let tries = 1; tries < SEND_TRIES; tries++) {
      expect(kinds(ignoring())).toEqual(["disconnect"]);
      bench.wake();
      bench.on({ type: "socket_opened", epoch: bench.epoch });
    }
    expect(ignoring()).toContainEqual({ do: "show_delivered", client_id: "a", delivery: "failed" });
    expect(bench.state.outbox).toEqual([]);
  });

  test("a dead line is never the message's fault", () => {
    const bench = new Bench().open();
    bench.say("a");
    for (let tries = 0; tries < 3 * SEND_TRIES; tries++) {
      if (bench.state.phase.is === "connecting") bench.on({ type: "socket_opened", epoch: bench.epoch });
      else if (bench.state.phase.is === "polling") bench.on({ type: "poll_failed", epoch: bench.epoch, failure: noAnswer });
      else bench.wake();
    }
    expect(bench.state.outbox.map(({ client_id }) => client_id)).toEqual(["a"]);
  });

  test("the browser's hint that the network went is checked, not believed", () => {
    const bench = new Bench().open();
    expect(framesSent(bench.on({ type: "network", up: false }))).toEqual([{ type: "ping" }]);
    bench.frame({ type: "pong" });
    expect(bench.state.phase.is).toBe("open");
  });

  test("the hint that it came back ends the wait", () => {
    const bench = new Bench().open();
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    expect(kinds(bench.on({ type: "network", up: true }))).toEqual(["open_socket"]);
  });

  test("a socket that does not open in time is given up", () => {
    const bench = new Bench();
    bench.on({ type: "start", request });
    bench.on({ type: "started", epoch: bench.epoch, conversation: credentials });
    expect(wakesAt(bench.state)).toBe(bench.now + CONNECT_TIMEOUT);
    expect(kinds(bench.wake())).toEqual(["disconnect"]);
  });
});

describe("where sockets do not pass", () => {
  test("a long poll takes over after some failures, from the same cursor", () => {
    const bench = new Bench().open();
    bench.frame({ type: "message", message: message(5) });
    bench.untilPolling();
    expect(bench.state.failures).toBe(SOCKET_TRIES);
    expect(bench.effects.at(-1)).toMatchObject({ do: "poll", after: 5 });
  });

  test("a refused socket is followed by a poll, which is told the reason", () => {
    const bench = new Bench().open();
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 4401 });
    expect(kinds(bench.wake())).toEqual(["poll"]);
  });

  test("messages are posted one after the other", () => {
    const bench = new Bench().open().untilPolling();
    expect(kinds(bench.say("a"))).toEqual(["show_queued", "post"]);
    expect(kinds(bench.say("b"))).toEqual(["show_queued"]);
    expect(bench.on({ type: "posted", client_id: "a" })).toContainEqual({
      do: "post",
      epoch: bench.epoch,
      conversation: credentials,
      client_id: "b",
      words: { text: "b" },
    });
  });

  test("a post that failed in passing is repeated; one that was refused is reported", () => {
    const bench = new Bench().open().untilPolling();
    bench.say("a");
    bench.on({ type: "post_failed", epoch: bench.epoch, client_id: "a", failure: { ...noAnswer, status: 503 } });
    expect(kinds(bench.wake())).toEqual(["post"]);
    const refused = { ...noAnswer, status: 422 };
    expect(bench.on({ type: "post_failed", epoch: bench.epoch, client_id: "a", failure: refused })).toContainEqual({
      do: "show_delivered",
      client_id: "a",
      delivery: "failed",
    });
  });

  test("after a while a socket is tried again; if it fails, polling goes on at once", () => {
    const bench = new Bench().open().untilPolling();
    bench.now += SOCKET_AGAIN_AFTER;
    const polled = { messages: [], cursor: 0, ended: false };
    expect(kinds(bench.on({ type: "polled", epoch: bench.epoch, polled }))).toEqual(["open_socket"]);
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    expect(kinds(bench.wake())).toEqual(["poll"]);
  });

  test("a poll that the server does not hold causes no busy loop", () => {
    const bench = new Bench().open().untilPolling();
    const polled = { messages: [], cursor: 0, ended: false };
    expect(bench.on({ type: "polled", epoch: bench.epoch, polled })).toEqual([]);
    expect(wakesAt(bench.state)).toBeGreaterThan(bench.now);
    expect(kinds(bench.wake())).toEqual(["poll"]);
  });

  test("polls and sockets take turns while the whole network is gone", () => {
    const bench = new Bench().open().untilPolling();
    const tried: string[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const event = bench.state.phase.is === "polling" ? ("poll_failed" as const) : ("socket_closed" as const);
      bench.on(
        event === "poll_failed" ? { type: event, epoch: bench.epoch, failure: noAnswer } : { type: event, epoch: bench.epoch, code: 1006 },
      );
      tried.push(...kinds(bench.wake()));
    }
    expect(tried).toEqual(["open_socket", "poll", "open_socket", "poll", "open_socket", "poll"]);
  });
});

describe("resuming", () => {
  const left = (): Bench => {
    const bench = new Bench().open();
    bench.frame({ type: "message", message: message(1) });
    bench.frame({ type: "message", message: message(2) });
    bench.say("a");
    return bench;
  };

  test("the whole conversation is asked for; what was seen before is history", () => {
    const kept = memory(left().state);
    const bench = new Bench();
    if (!kept) throw new Error("nothing kept");
    expect(bench.on({ type: "resume", memory: kept })).toContainEqual({ do: "open_socket", epoch: 1, conversation: credentials, after: 0 });
    bench.on({ type: "socket_opened", epoch: 1 });
    for (const cursor of [1, 2, 3]) bench.frame({ type: "message", message: message(cursor) });
    expect(bench.effects.flatMap((effect) => (effect.do === "show" ? [effect.history] : []))).toEqual([true, true, false]);
  });

  test("what waited is shown as waiting and sent under its old id", () => {
    const kept = memory(left().state);
    const bench = new Bench();
    if (!kept) throw new Error("nothing kept");
    expect(kinds(bench.on({ type: "resume", memory: kept }))).toEqual(["show_queued", "open_socket"]);
    expect(framesSent(bench.on({ type: "socket_opened", epoch: 1 }))).toEqual([{ type: "send", client_id: "a", text: "a" }]);
  });

  test("a page left while starting repeats that very start", () => {
    const before = new Bench();
    before.on({ type: "start", request });
    const kept = memory(before.state);
    const bench = new Bench();
    if (!kept) throw new Error("nothing kept");
    expect(bench.on({ type: "resume", memory: kept })).toEqual([{ do: "request_start", epoch: 1, request }]);
  });

  test("a conversation that the server has forgotten is begun anew, once", () => {
    const kept = memory(left().state);
    const bench = new Bench();
    if (!kept) throw new Error("nothing kept");
    bench.on({ type: "resume", memory: kept });
    bench.untilPolling();
    const failure = { status: 404, detail: "", retryAfter: null };
    expect(kinds(bench.on({ type: "poll_failed", epoch: bench.epoch, failure }))).toEqual(["renew"]);
    bench.on({ type: "start", request: { ...request, client_id: "start-2" } });
    bench.on({ type: "started", epoch: bench.epoch, conversation: credentials });
    bench.untilPolling();
    bench.on({ type: "poll_failed", epoch: bench.epoch, failure });
    expect(bench.state.phase).toEqual({ is: "over", reason: "expired" });
  });
});

describe("the end", () => {
  test("is final: nothing is sent, nothing is awaited", () => {
    const bench = new Bench().open();
    bench.say("a");
    const effects = bench.frame({ type: "ended", reason: "done" });
    expect(effects).toContainEqual({ do: "show_delivered", client_id: "a", delivery: "failed" });
    expect(bench.state.phase).toEqual({ is: "over", reason: "done" });
    expect(wakesAt(bench.state)).toBeNull();
    expect(bench.say("b")).toEqual([]);
  });

  test("told by a poll together with messages, they are shown first", () => {
    const bench = new Bench().open().untilPolling();
    const effects = bench.on({ type: "polled", epoch: bench.epoch, polled: { messages: [message(1)], cursor: 1, ended: true } });
    expect(kinds(effects)).toEqual(["show", "poll"]);
    bench.on({ type: "polled", epoch: bench.epoch, polled: { messages: [], cursor: 1, ended: true } });
    expect(bench.state.phase.is).toBe("over");
  });
});

describe("typing", () => {
  test("is told seldom, and taken back after a pause", () => {
    const bench = new Bench().open();
    expect(framesSent(bench.on({ type: "typed", empty: false }))).toEqual([{ type: "typing", on: true }]);
    bench.now += 500;
    expect(bench.on({ type: "typed", empty: false })).toEqual([]);
    expect(framesSent(bench.wake())).toEqual([{ type: "typing", on: false }]);
  });

  test("of the other side ends with its message, or by itself", () => {
    const bench = new Bench().open();
    bench.frame({ type: "typing", on: true });
    bench.frame({ type: "message", message: message(1) });
    expect(bench.state.theirTypingUntil).toBeNull();
    bench.frame({ type: "typing", on: true });
    bench.wake();
    expect(bench.state.theirTypingUntil).toBeNull();
  });

  test("without a connection is nobody's news", () => {
    const bench = new Bench().open();
    bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
    expect(bench.on({ type: "typed", empty: false })).toEqual([]);
  });
});

test("a full outbox refuses more and says so", () => {
  const bench = new Bench().open();
  bench.on({ type: "socket_closed", epoch: bench.epoch, code: 1006 });
  for (let n = 0; n < MAX_OUTBOX; n++) bench.say(`m${n}`);
  expect(bench.say("one too many")).toContainEqual({ do: "show_delivered", client_id: "one too many", delivery: "failed" });
});
