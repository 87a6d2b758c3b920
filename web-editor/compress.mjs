/** Compresses what is worth it, once: beside each text and the engine lies the same with `.gz` (RFC 1952), which the server hands to whoever takes it. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "dist");

/** Smaller files fit into one packet as they are. */
const SMALL = 1_400;

for (const name of readdirSync(dist, { recursive: true })) {
  const path = join(dist, name);
  if (!/\.(?:js|css|html|svg|wasm)$/u.test(name) || statSync(path).size < SMALL) continue;
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
}
