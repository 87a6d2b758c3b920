/**
 * The page at `/docs`: the server's own OpenAPI description, made readable. Sends no request but the one for it.
 */
import { h } from "../dom";
import "../home/home.css";
import "./docs.css";
import { readDescription } from "./openapi";
import type { Component, Field, Operation, Shape } from "./openapi";

function shape({ text, component }: Shape): HTMLElement {
  const code = h("code", {}, text);
  return component === null ? code : h("a", { href: `#schema-${component}` }, code);
}

function table(head: string, fields: readonly Field[]): HTMLElement | null {
  if (fields.length === 0) return null;
  const rows = fields.map(({ name, place, isRequired, shape: of, description }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, h("code", {}, name), isRequired ? h("span", { class: "must" }, " required") : null),
      h("td", {}, shape(of), place ? ` in ${place}` : null),
      h("td", {}, description),
    ),
  );
  const titles = ["Name", "Type", "Meaning"].map((title) => h("th", { scope: "col" }, title));
  return h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": head }, h("table", {}, h("thead", {}, h("tr", {}, ...titles)), h("tbody", {}, ...rows)));
}

function operation(of: Operation): HTMLElement {
  return h(
    "section",
    { id: of.id, "aria-labelledby": `${of.id}-name` },
    h("h2", { id: `${of.id}-name` }, h("span", { class: "method" }, of.method), " ", h("code", {}, of.path)),
    h("p", {}, of.summary),
    table(`Parameters of ${of.method} ${of.path}`, of.parameters),
    of.body ? h("p", {}, "Body: ", shape(of.body)) : null,
    h(
      "ul",
      { class: "answers" },
      ...of.responses.map(({ status, description, shape: answer }) =>
        h("li", {}, h("code", {}, status), ` ${description}`, ...(answer ? [": ", shape(answer)] : [])),
      ),
    ),
  );
}

function component(of: Component): HTMLElement {
  return h(
    "section",
    { id: `schema-${of.name}`, "aria-labelledby": `schema-${of.name}-name` },
    h("h2", { id: `schema-${of.name}-name` }, h("code", {}, of.name)),
    h("p", {}, of.description),
    table(`Fields of ${of.name}`, of.fields) ?? h("p", {}, shape(of.shape)),
  );
}

async function show(main: HTMLElement, index: HTMLElement): Promise<void> {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`openapi.json: ${response.status}`);
  const { title, version, operations, components } = readDescription(await response.json());
  main.replaceChildren(
    h("h1", {}, `${title} API`),
    h("p", { class: "id" }, version ? `version ${version}` : ""),
    ...operations.map(operation),
    ...(components.length > 0 ? [h("h2", { class: "part" }, "Schemas")] : []),
    ...components.map(component),
  );
  index.replaceChildren(
    ...operations.map((of) => h("li", {}, h("a", { href: `#${of.id}` }, h("span", { class: "name" }, `${of.method} `), h("span", { class: "what" }, of.path)))),
  );
  // The sections were not there yet when the browser looked for the address's.
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

const main = document.getElementById("main");
const index = document.getElementById("operations");
if (main && index) {
  show(main, index).catch(() => {
    main.replaceChildren(h("h1", {}, "API"), h("p", { class: "hint" }, "The server's description could not be loaded."));
  });
}
