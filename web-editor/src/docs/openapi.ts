/**
 * Reads an OpenAPI 3 description into what the viewer shows. Tolerant: what is missing is left out, never invented.
 */

/** One path with one method. */
export interface Operation {
  /** Anchor in the page. */
  id: string;
  method: string;
  path: string;
  summary: string;
  parameters: Field[];
  /** The request's schema in words, and the component that it names. */
  body: Shape | null;
  responses: { status: string; description: string; shape: Shape | null }[];
}

/** A parameter or a property. */
export interface Field {
  name: string;
  /** Where a parameter stands: `path`, `query`, `header`. */
  place: string;
  isRequired: boolean;
  shape: Shape;
  description: string;
}

/** A type in words, such as `array of Message`, and the component that it refers to. */
export interface Shape {
  text: string;
  component: string | null;
}

/** A named schema. */
export interface Component {
  name: string;
  description: string;
  fields: Field[];
  /** For a schema without properties: what it is. */
  shape: Shape;
}

/** The whole description. */
export interface Description {
  title: string;
  version: string;
  operations: Operation[];
  components: Component[];
}

type Json = Record<string, unknown>;
const object = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {});
const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

const METHODS = ["get", "post", "put", "patch", "delete"];

/** Reads the description. */
export function readDescription(value: unknown): Description {
  const root = object(value);
  const info = object(root.info);
  const operations = Object.entries(object(root.paths)).flatMap(([path, item]) =>
    METHODS.filter((method) => method in object(item)).map((method) => readOperation(method, path, object(object(item)[method]))),
  );
  const components = Object.entries(object(object(root.components).schemas)).map(([name, schema]) => readComponent(name, object(schema)));
  return { title: text(info.title) || "API", version: text(info.version), operations, components };
}

function readOperation(method: string, path: string, operation: Json): Operation {
  return {
    id: `${method}${path.replace(/[^\w]+/gu, "-")}`,
    method: method.toUpperCase(),
    path,
    summary: text(operation.description) || text(operation.summary),
    parameters: list(operation.parameters).map((parameter) => {
      const { name, in: place, required, schema, description } = object(parameter);
      return { name: text(name), place: text(place), isRequired: required === true, shape: shapeOf(schema), description: text(description) };
    }),
    body: contentShape(operation.requestBody),
    responses: Object.entries(object(operation.responses)).map(([status, response]) => ({
      status,
      description: text(object(response).description),
      shape: contentShape(response),
    })),
  };
}

function readComponent(name: string, schema: Json): Component {
  const required = list(schema.required);
  const fields = Object.entries(object(schema.properties)).map(([field, of]) => ({
    name: field,
    place: "",
    isRequired: required.includes(field),
    shape: shapeOf(of),
    description: text(object(of).description),
  }));
  return { name, description: text(schema.description), fields, shape: shapeOf(schema) };
}

function contentShape(holder: unknown): Shape | null {
  const first = Object.values(object(object(holder).content))[0];
  return first === undefined ? null : shapeOf(object(first).schema);
}

/** A schema in words. */
export function shapeOf(value: unknown): Shape {
  const schema = object(value);
  const reference = /^#\/components\/schemas\/(.+)$/u.exec(text(schema.$ref))?.[1];
  if (reference !== undefined) return { text: reference, component: reference };
  const choices = [...list(schema.oneOf), ...list(schema.anyOf), ...list(schema.allOf)].map(shapeOf);
  if (choices.length > 0) {
    const known = choices.filter(({ text }) => text !== "null");
    return { text: choices.map((choice) => choice.text).join(" or "), component: known.length === 1 ? (known[0]?.component ?? null) : null };
  }
  const names = list(schema.enum).map((name) => JSON.stringify(name));
  if (names.length > 0) return { text: names.join(", "), component: null };
  const types = (Array.isArray(schema.type) ? list(schema.type) : [schema.type]).map(text).filter((type) => type !== "");
  if (types.includes("array")) {
    const item = shapeOf(schema.items);
    return { text: `array of ${item.text}`, component: item.component };
  }
  const properties = Object.entries(object(schema.properties));
  if (properties.length > 0) {
    return { text: `{ ${properties.map(([name, of]) => `${name}: ${shapeOf(of).text}`).join(", ")} }`, component: null };
  }
  return { text: types.join(" or ") || "any", component: null };
}
