/**
 * The words of the connection machine: its state, what may happen to it, what it asks for. Behaviour is in `connection.ts`.
 */
import type { Credentials, Frame, Message, Polled, StartRequest, Words } from "./protocol";

/** Milliseconds since the epoch, or a span of them. */
export type Millis = number;

/** A message of this side that the server has not acknowledged. */
export interface Outgoing {
  readonly client_id: string;
  readonly words: Words;
  /** What the window shows for it: the text, or the label of the choice. */
  readonly shown: string;
  /** Answers a confidential question: kept in this page only, never stored. */
  readonly secret: boolean;
  /** When it was handed to the present connection; null when it was not. */
  readonly handedAt: Millis | null;
  /** Times that a working connection took it in vain or put it off, or that it was posted. */
  readonly tries: number;
}

/** Where the connection stands; each variant holds exactly what exists there. */
export type Phase =
  | { readonly is: "idle" }
  /** The request for a new conversation is on its way. */
  | { readonly is: "starting" }
  | { readonly is: "connecting"; readonly since: Millis }
  /** A socket is open. `pingedAt` is set while an answer is awaited; nothing is sent before `sendAt`. */
  | { readonly is: "open"; readonly heardAt: Millis; readonly pingedAt: Millis | null; readonly sendAt: Millis }
  /** A long poll is on its way. `posting` is the message being posted; none is posted before `postAt`. */
  | {
      readonly is: "polling";
      readonly since: Millis;
      readonly socketAt: Millis;
      readonly posting: string | null;
      readonly postAt: Millis;
    }
  /** Nothing is on its way until a time. `socketAt` carries over from polling. */
  | { readonly is: "waiting"; readonly until: Millis; readonly for: "start" | "connection" | "poll"; readonly socketAt: Millis }
  /** The conversation has ended. */
  | { readonly is: "over"; readonly reason: string }
  /** The server will not have this conversation; `detail` is its own words, if it had any. */
  | { readonly is: "refused"; readonly detail: string };

/** All that the machine knows; plain data. */
export interface State {
  readonly phase: Phase;
  readonly request: StartRequest | null;
  readonly conversation: Credentials | null;
  /** The last message shown, -1 before the first; where the next connection resumes. */
  readonly cursor: number;
  /** The last message that an earlier page showed: up to it, messages are history. */
  readonly seen: number;
  /** Came from an earlier page's memory, which may be older than the server's. */
  readonly resumed: boolean;
  readonly outbox: readonly Outgoing[];
  /** Attempts to connect that failed in a row. */
  readonly failures: number;
  /** Numbers each attempt; what an older one still reports is not believed. */
  readonly epoch: number;
  /** Randomness for jitter. */
  readonly seed: number;
  /** Until when the other side is shown as typing. */
  readonly theirTypingUntil: Millis | null;
  /** Present while this side is announced as typing. */
  readonly myTyping: { readonly toldAt: Millis; readonly idleAt: Millis } | null;
}

/** What a later page needs to go on; the shape that is stored. */
export interface Memory {
  readonly request: StartRequest;
  readonly conversation: Credentials | null;
  readonly cursor: number;
  readonly outbox: readonly { readonly client_id: string; readonly words: Words; readonly shown: string }[];
}

/** Why a request failed. `status` 0 means that no answer came. */
export interface Failure {
  readonly status: number;
  readonly detail: string;
  /** From `Retry-After`. */
  readonly retryAfter: Millis | null;
}

/** What may happen. */
export type Event =
  /** Begin anew; a conversation that is going on is ended. */
  | { readonly type: "start"; readonly request: StartRequest }
  /** Go on where an earlier page stopped. */
  | { readonly type: "resume"; readonly memory: Memory }
  | { readonly type: "started"; readonly epoch: number; readonly conversation: Credentials }
  | { readonly type: "start_failed"; readonly epoch: number; readonly failure: Failure }
  | { readonly type: "socket_opened"; readonly epoch: number }
  | { readonly type: "socket_frame"; readonly epoch: number; readonly frame: Frame }
  | { readonly type: "socket_closed"; readonly epoch: number; readonly code: number }
  | { readonly type: "polled"; readonly epoch: number; readonly polled: Polled }
  | { readonly type: "poll_failed"; readonly epoch: number; readonly failure: Failure }
  | { readonly type: "posted"; readonly client_id: string }
  | { readonly type: "post_failed"; readonly epoch: number; readonly client_id: string; readonly failure: Failure }
  /** The person sends; also a second attempt of a message that was not delivered, under the same id. */
  | { readonly type: "send"; readonly client_id: string; readonly words: Words; readonly shown: string; readonly secret: boolean }
  /** The person changed the text; `empty` when nothing is left of it. */
  | { readonly type: "typed"; readonly empty: boolean }
  /** The person ends the conversation. */
  | { readonly type: "end" }
  /** The browser says that the network came or went, or the page came back to the front: a hint, never a proof. */
  | { readonly type: "network"; readonly up: boolean }
  /** A time that `wakesAt` named has come. */
  | { readonly type: "tick" };

/** What must be done. */
export type Effect =
  | { readonly do: "request_start"; readonly epoch: number; readonly request: StartRequest }
  | { readonly do: "open_socket"; readonly epoch: number; readonly conversation: Credentials; readonly after: number }
  | { readonly do: "send_frame"; readonly frame: object }
  | { readonly do: "poll"; readonly epoch: number; readonly conversation: Credentials; readonly after: number; readonly wait_s: number }
  | { readonly do: "post"; readonly epoch: number; readonly conversation: Credentials; readonly client_id: string; readonly words: Words }
  | { readonly do: "post_typing"; readonly conversation: Credentials; readonly on: boolean }
  /** End the conversation at the server; whether that is heard does not matter here. */
  | { readonly do: "post_end"; readonly conversation: Credentials }
  /** Close the socket or abort the poll of whatever epoch. */
  | { readonly do: "disconnect" }
  | { readonly do: "show"; readonly message: Message; readonly history: boolean }
  | { readonly do: "show_queued"; readonly client_id: string; readonly shown: string }
  | { readonly do: "show_delivered"; readonly client_id: string; readonly delivery: "sent" | "failed" }
  /** Empty the window. */
  | { readonly do: "clear" }
  /** What was remembered is gone at the server and nothing of it was shown: begin anew with a fresh `client_id`. */
  | { readonly do: "renew" };
