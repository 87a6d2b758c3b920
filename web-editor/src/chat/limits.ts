/**
 * Every bound and pause of the chat client, each with its reason. Times are milliseconds unless a name says otherwise.
 * Nothing here decides behaviour; `connection.ts` and `driver.ts` do.
 */

/** Longest text a person may send: the server takes 8 KiB of UTF-8, and a UTF-16 unit is at most three bytes of it. */
export const MAX_TEXT_CHARS = 2_700;

/** Messages waiting for a connection. More than this is a stuck key, not a conversation. */
export const MAX_OUTBOX = 50;

/** Entries kept on screen. A longer conversation drops its oldest so that a tab open for days stays small. */
export const MAX_ENTRIES = 1_000;

/** Parts, choices and links taken from one message; a broken flow must not freeze the host page. */
export const MAX_PARTS = 50;
/** See {@link MAX_PARTS}. */
export const MAX_CHOICES = 50;
/** See {@link MAX_PARTS}. */
export const MAX_CARDS = 10;
/** Characters of one text part that are shown. */
export const MAX_SHOWN_CHARS = 50_000;

/** First pause before a new attempt; doubled each time, so that a restarting server is not stormed. */
export const BACKOFF_FIRST = 500;
/** Longest pause: a person who comes back to the page must not wait longer. */
export const BACKOFF_LONGEST = 30_000;

/** Socket attempts in a row that fail before a long poll is tried: some proxies never let a socket through. */
export const SOCKET_TRIES = 3;
/** While polling, when to try a socket again. */
export const SOCKET_AGAIN_AFTER = 60_000;

/** A socket that has not opened by now will not. */
export const CONNECT_TIMEOUT = 10_000;
/** Silence after which the socket is asked whether it lives; below the 30 s at which common proxies cut idle links. */
export const PING_AFTER = 20_000;
/** How long the answer to a ping may take. */
export const PONG_TIMEOUT = 5_000;
/** A message that is not acknowledged by now is sent again over a new connection; its `client_id` keeps it single. */
export const ACCEPT_TIMEOUT = 10_000;
/** Times a message goes unacknowledged over a connection that otherwise answers, before it is reported as not delivered. */
export const SEND_TRIES = 4;

/** Seconds the server may hold a long poll; the interface's own maximum. */
export const POLL_WAIT_S = 25;
/** Longest any request may take beyond the wait that it asked for. */
export const REQUEST_TIMEOUT = 15_000;
/** A poll that comes back empty sooner than this was not held; see {@link POLL_PAUSE}. */
export const POLL_TOO_QUICK = 1_000;
/** Pause after a poll that was not held, so that a proxy that cuts long requests causes no busy loop. */
export const POLL_PAUSE = 2_000;

/** While a person types, "typing" is repeated at most this often. */
export const TYPING_EVERY = 3_000;
/** Pause in typing after which "typing" is taken back. */
export const TYPING_IDLE = 4_000;
/** The other side's "typing" is forgotten after this, in case its end was lost. */
export const TYPING_SHOWN = 10_000;
