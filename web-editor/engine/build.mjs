/**
 * Builds the engine for the browser: `engine/engine.wasm`, which the editor loads in a worker. Needs cargo and the target
 * wasm32-unknown-unknown; where that cannot be had, the pages are built without the engine, and the editor says so.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const target = "wasm32-unknown-unknown";
const output = join(here, "engine.wasm");

const run = (program, ...parameters) => spawnSync(program, parameters, { cwd: root, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" });

/** Whether the compiler has the target, which is added where rustup can. */
function hasTarget() {
  const installed = () => run("rustup", "target", "list", "--installed").stdout?.split("\n").includes(target) ?? false;
  if (installed()) return true;
  run("rustup", "target", "add", target);
  if (installed()) return true;
  // A compiler that did not come from rustup may have it all the same.
  const libraries = run("rustc", "--print", "target-libdir", "--target", target).stdout?.trim();
  return libraries !== undefined && libraries !== "" && existsSync(libraries);
}

if (!hasTarget()) {
  console.warn(`!!! The engine of the editor is NOT built: the target ${target} cannot be installed. The page /editor will say so.`);
  writeFileSync(output, "");
} else {
  const built = run("cargo", "build", "--locked", "--profile", "browser", "--target", target, "-p", "offhook-editor-engine");
  if (built.status !== 0) process.exit(built.status ?? 1);
  const metadata = JSON.parse(run("cargo", "metadata", "--format-version", "1", "--no-deps").stdout);
  copyFileSync(join(metadata.target_directory, target, "browser", "offhook_editor_engine.wasm"), output);
  console.log(`engine.wasm: ${Math.round(statSync(output).size / 1024)} KiB`);
}
