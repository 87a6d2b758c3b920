/**
 * The server under test: the one at `OFFHOOK_URL`, or one that is started from `OFFHOOK_BIN` with the example flows and
 * this folder's own, on ports that the system picks, and stopped afterwards.
 */
import { spawn } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const examples = fileURLToPath(new URL("../../examples-flows", import.meta.url));
/** A binary built without optimisation, on a busy machine, opens its database and compiles its flows within this. */
const START_MS = 30_000;

/**
 * A running server: `url`, `stop()`, and `kill()`, which ends it without warning and starts another on the same data. `settings` are more
 * of its configuration, by the names of environment variables; a server that already runs cannot have any.
 */
export async function serve(settings = {}) {
  const url = process.env.OFFHOOK_URL;
  if (url && Object.keys(settings).length === 0) return { url: url.replace(/\/$/u, ""), stop: async () => {} };
  const binary = process.env.OFFHOOK_BIN;
  if (!binary) throw new Error("Set OFFHOOK_URL to a running server or OFFHOOK_BIN to the offhook binary.");

  const folder = await mkdtemp(join(tmpdir(), "offhook-browser-"));
  const flows = join(folder, "flows");
  await cp(examples, flows, { recursive: true });
  await cp(join(here, "flows"), join(flows, "browser"), { recursive: true });
  // The examples' own configuration gives them telephone numbers and chat keys.
  const parameters = ["serve", "--config", join(flows, "offhook.toml"), "--flows", flows, "--data", join(folder, "data"), "--http", "127.0.0.1:0", "--sip", "127.0.0.1:0"];
  let running = await start(binary, parameters, settings);
  return {
    get url() {
      return running.url;
    },
    /** What it printed before its address. */
    get said() {
      return running.said;
    },
    async kill() {
      await running.end("SIGKILL");
      running = await start(binary, parameters, settings);
    },
    async stop() {
      await running.end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether {@link serve} can start a server of its own. */
export const canStart = Boolean(process.env.OFFHOOK_BIN);

/** Whether {@link serve} gives a server that can be killed. */
export const canKill = !process.env.OFFHOOK_URL;

async function start(binary, parameters, settings) {
  const child = spawn(binary, parameters, { env: { ...process.env, ...settings }, stdio: ["ignore", "pipe", "pipe"] });
  const said = [];
  child.stderr.setEncoding("utf8").on("data", (text) => said.push(text));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  const end = async (signal) => {
    child.kill(signal);
    await exited;
  };
  try {
    return { ...(await addressOf(child, exited)), end };
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${error.message}\n${said.join("").slice(-4_000)}`);
  }
}

function addressOf(child, exited) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The server named no address in time.")), START_MS);
    const lines = createInterface({ input: child.stdout });
    const said = [];
    lines.on("line", (line) => {
      said.push(line);
      const address = /^http\s+(http:\/\/\S+)/u.exec(line)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve({ url: address.replace(/\/$/u, ""), said });
    });
    exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code}.`));
    });
    child.once("error", reject);
  });
}
