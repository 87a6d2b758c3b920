/**
 * A line to the server that can be cut: a TCP relay on its own port. What the browser meets is what a bad network does,
 * not what a mocked one would.
 */
import { connect, createServer } from "node:net";

/** A relay to `target` (a URL). `line.url` is its address; it starts whole. */
export async function openLine(target) {
  let { hostname, port } = new URL(target);
  const pairs = new Set();
  /** whole: passes all; cut: refuses all; mute: takes all and passes nothing; no-sockets: refuses WebSocket upgrades. */
  let state = "whole";

  const server = createServer((near) => {
    if (state === "cut") {
      near.destroy();
      return;
    }
    const far = connect(Number(port), hostname);
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    near.on("data", (data) => {
      if (state === "no-sockets" && /^GET \/chat\/v1\/conversations\/[^/]+\/socket/u.test(data.toString("latin1"))) end();
      else if (state !== "mute") far.write(data);
    });
    far.on("data", (data) => {
      if (state !== "mute") near.write(data);
    });
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  const drop = () => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    /** Breaks every connection and refuses new ones. */
    cut() {
      state = "cut";
      drop();
    },
    /** Breaks every connection; new ones pass. */
    drop,
    /** Connections stay open and nothing comes through them any more. */
    mute() {
      state = "mute";
    },
    /** Only plain requests pass from now on. */
    refuseSockets() {
      state = "no-sockets";
      drop();
    },
    /** Leads to another server from now on. */
    leadTo(other) {
      ({ hostname, port } = new URL(other));
    },
    /** All passes again. What was swallowed while mute is lost, as it would be. */
    mend() {
      if (state === "mute") drop();
      state = "whole";
    },
    async close() {
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
