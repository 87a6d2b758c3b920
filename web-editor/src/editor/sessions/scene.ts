/** What a session is shown on: the version of a flow that ran, and where its nodes stand. */
import { ask } from "../../engine/client";
import type { Files, JsonMap } from "../../engine/protocol";
import type { Layers, Scene } from "../canvas/graph";
import { filesOf, placesOf } from "../document";
import { state } from "../store";
import { t } from "../words/words";
import { readVersion } from "../versions/releases";
import type { Story, Volumes } from "./api";

/** The version of a flow at a step: the one that it began on, unless another took the session over. */
export function versionAt(story: Story, flow: string, step: number): number | undefined {
  let version = story.versions[flow];
  for (const { event } of story.steps.slice(0, step + 1)) {
    const moved = typeof event === "object" ? (event.moved as JsonMap | undefined) : undefined;
    const flows = ((moved?.to as JsonMap | undefined)?.flows ?? {}) as JsonMap;
    if (typeof flows[flow] === "number") version = flows[flow];
  }
  return version;
}

/** The files of a version. Nodes of the flow that is edited stand where they stand there. */
export async function filesOfVersion(flow: string, version: number): Promise<Files> {
  const kept = await readVersion(flow, version);
  const now = state();
  const { layout } = filesOf(now.file, now.history.texts);
  const texts = Object.entries(kept.texts).map(([locale, text]) => ({ name: `version.${locale}.yaml`, text }));
  return { flow: { name: "version.yaml", text: kept.source }, layout: now.id === flow && layout ? { name: "version.layout.yaml", text: layout.text } : null, texts, talks: [] };
}

export type Base = Pick<Scene, "flow" | "catalog" | "places">;

export async function baseOf(flow: string, version: number): Promise<Base> {
  const { catalog } = state();
  const analysis = await ask("analyse", { files: await filesOfVersion(flow, version) });
  const drawn = { flow: analysis.flow, catalog };
  return { ...drawn, places: await placesOf(drawn, analysis.pins) };
}

/** How many went which way, as a layer. */
export function layerOf(volumes: Volumes): Layers {
  const ended = volumes.nodes.flatMap(({ node, ended: reasons, here }): [string, string][] => {
    const all = Object.entries(reasons).sort(([, a], [, b]) => b - a);
    const said = all.map(([reason, count]) => t("sessions.endedBy", { count, reason }));
    if (here > 0) said.push(t("sessions.here", { count: here }));
    return said.length === 0 ? [] : [[node, said.join(", ")]];
  });
  const taken = new Map<string, Map<string, number>>();
  for (const { node, exit, sessions } of volumes.exits) {
    const known = taken.get(node) ?? new Map<string, number>();
    taken.set(node, known.set(exit, sessions));
  }
  return { came: new Map(volumes.nodes.map(({ node, came }) => [node, came])), ended: new Map(ended), taken };
}
