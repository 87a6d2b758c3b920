/**
 * A node type's JSON Schema as fields of a form. Knows the shapes that schemas of parameters have, and no node type: what a field is for is
 * its `format`, its name and its words.
 */
import type { Json, JsonMap } from "../engine/protocol";

export interface Field {
  /** The key in the document. */
  key: string;
  /** The key as words. */
  label: string;
  help: string;
  schema: JsonMap;
  shape: Shape;
  required: boolean;
  fallback: Json | undefined;
}

export type Shape =
  | { is: "format"; format: string }
  | { is: "choice"; values: Json[] }
  | { is: "switch" }
  | { is: "number"; integer: boolean; least: number | null; most: number | null }
  | { is: "text"; pattern: string | null }
  | { is: "object"; fields: Field[] }
  | { is: "list"; item: JsonMap; shape: Shape }
  | { is: "map"; item: JsonMap; shape: Shape }
  | { is: "variants"; variants: { title: string; schema: JsonMap; shape: Shape }[] }
  | { is: "any" };

/** Formats that only describe numbers; they are no widgets. */
const NUMERIC = new Set(["uint8", "uint16", "uint32", "uint64", "uint", "int8", "int16", "int32", "int64", "int", "float", "double"]);

const isMap = (value: Json | undefined): value is JsonMap => typeof value === "object" && value !== null && !Array.isArray(value);
const mapOf = (value: Json | undefined): JsonMap => (isMap(value) ? value : {});
const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const numberOf = (value: Json | undefined): number | null => (typeof value === "number" ? value : null);

/** Follows `$ref` and drops the variant that is `null`: what is absent is not written. */
export function resolve(schema: JsonMap, root: JsonMap): JsonMap {
  let current = schema;
  for (let step = 0; step < 8; step += 1) {
    const { $ref: reference, ...rest } = current;
    if (typeof reference === "string") {
      const steps = reference.replace(/^#\/?/u, "").split("/").filter(Boolean);
      const target = steps.reduce<Json | undefined>((at, key) => mapOf(at)[key], root);
      current = { ...mapOf(target), ...rest };
      continue;
    }
    const { anyOf, oneOf, ...others } = current;
    const variants = listOf(anyOf ?? oneOf).filter((one) => mapOf(one).type !== "null");
    if (variants.length !== 1) return current;
    current = { ...mapOf(variants[0]), ...others };
  }
  return current;
}

const types = (schema: JsonMap): string[] => {
  const all = Array.isArray(schema.type) ? schema.type.map(textOf) : [textOf(schema.type)];
  return all.filter((type) => type !== "null" && type !== "");
};

/** What a schema looks like as a field. */
export function shapeOf(given: JsonMap, root: JsonMap, depth = 0): Shape {
  const schema = resolve(given, root);
  const format = textOf(schema.format);
  if (format !== "" && !NUMERIC.has(format)) return { is: "format", format };
  const values = listOf(schema.enum).filter((value) => value !== null);
  if (values.length > 0) return { is: "choice", values };
  if (schema.const !== undefined) return { is: "choice", values: [schema.const] };
  const variants = listOf(schema.anyOf ?? schema.oneOf).map(mapOf).filter((one) => one.type !== "null");
  if (variants.length > 1) {
    const all = variants.map((one) => resolve(one, root));
    // Words that only differ in what they mean are one list of choices.
    const words = all.map((one) => (one.const !== undefined ? [one.const] : listOf(one.enum)));
    if (words.every((some) => some.length > 0)) return { is: "choice", values: words.flat() };
    if (depth > 4) return { is: "any" };
    return {
      is: "variants",
      variants: all.map((one, index) => ({ title: textOf(one.title) || textOf(one.description) || `${index + 1}`, schema: one, shape: shapeOf(one, root, depth + 1) })),
    };
  }
  const [type, second] = types(schema);
  if (second !== undefined) return { is: "any" };
  switch (type) {
    case "boolean":
      return { is: "switch" };
    case "integer":
    case "number":
      return { is: "number", integer: type === "integer", least: numberOf(schema.minimum), most: numberOf(schema.maximum) };
    case "string":
      return { is: "text", pattern: textOf(schema.pattern) || null };
    case "array": {
      const item = mapOf(schema.items);
      return depth > 4 ? { is: "any" } : { is: "list", item: resolve(item, root), shape: shapeOf(item, root, depth + 1) };
    }
    case "object": {
      if (depth > 4) return { is: "any" };
      if (isMap(schema.properties)) return { is: "object", fields: fieldsOf(schema, root, depth + 1) };
      if (isMap(schema.additionalProperties)) {
        return { is: "map", item: resolve(schema.additionalProperties, root), shape: shapeOf(schema.additionalProperties, root, depth + 1) };
      }
      return { is: "any" };
    }
    default:
      return { is: "any" };
  }
}

/** The fields of an object's schema, in the order of the schema. */
export function fieldsOf(schema: JsonMap, root: JsonMap, depth = 0): Field[] {
  const required = new Set(listOf(schema.required).map(textOf));
  return Object.entries(mapOf(schema.properties)).map(([key, given]) => {
    const own = mapOf(given);
    const resolved = resolve(own, root);
    const fallback = own.default ?? resolved.default;
    return {
      key,
      label: words(key),
      help: textOf(own.description) || textOf(resolved.description),
      schema: resolved,
      shape: shapeOf(own, root, depth),
      required: required.has(key),
      fallback: fallback === null ? undefined : fallback,
    };
  });
}

/** `no_input` as "No input". */
export function words(key: string): string {
  const plain = key.replace(/[_-]+/gu, " ").trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** The variant that a value is of: the first whose shape could hold it. */
export function variantOf(value: Json | undefined, variants: readonly { shape: Shape }[]): number {
  const fits = ({ shape }: { shape: Shape }): boolean => {
    switch (shape.is) {
      case "object":
        return isMap(value) && Object.keys(value).every((key) => shape.fields.some((field) => field.key === key));
      case "map":
        return isMap(value);
      case "list":
        return Array.isArray(value);
      case "choice":
        return shape.values.includes(value ?? null);
      case "switch":
        return typeof value === "boolean";
      case "number":
        return typeof value === "number";
      case "text":
        return typeof value === "string";
      case "format":
        return typeof value === "string" || (value !== undefined && shape.format !== "target" && shape.format !== "duration");
      default:
        return true;
    }
  };
  const found = variants.findIndex(fits);
  return Math.max(found, 0);
}

/** What a new item of a list begins as: its required parts, empty. */
export function blank(shape: Shape): Json {
  switch (shape.is) {
    case "object":
      return Object.fromEntries(shape.fields.filter((field) => field.required).map((field) => [field.key, blank(field.shape)]));
    case "list":
      return [];
    case "map":
      return {};
    case "switch":
      return false;
    case "number":
      return shape.least ?? 0;
    case "choice":
      return shape.values[0] ?? "";
    case "variants":
      return shape.variants[0] ? blank(shape.variants[0].shape) : "";
    case "format":
      return shape.format === "phrases" ? [] : "";
    default:
      return "";
  }
}

/** A value as a person reads it: a text as it is, anything else as JSON, nothing as nothing. */
export const plainOf = (value: Json | undefined): string => (value === undefined || value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));

/** The words in a prompt: a text, a list of parts, or one of these for each channel. */
export function spoken(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.map(spoken).filter(Boolean).join(" ");
  if (!isMap(value)) return "";
  for (const key of ["text", "ssml", "audio", "video", "value"]) if (value[key] !== undefined) return spoken(value[key]);
  return spoken(value.default ?? Object.values(value)[0]);
}

/** A line for the card of a node: its first words, or the first thing that it names. */
export function summaryOf(node: JsonMap, schema: JsonMap): string {
  const fields = fieldsOf(schema, schema);
  const said = fields.find(({ key, shape }) => shape.is === "format" && ["prompt", "ssml", "audio"].includes(shape.format) && node[key] !== undefined);
  if (said) return spoken(node[said.key]);
  for (const { key, shape } of fields) {
    const value = node[key];
    if (value === undefined) continue;
    if (typeof value === "string" && value !== "") return value;
    if (shape.is === "object" && isMap(value)) {
      const first = Object.values(value).find((one) => typeof one === "string" && one !== "");
      if (typeof first === "string") return first;
    }
    if (shape.is === "map" && isMap(value) && Object.keys(value).length > 0) {
      return Object.entries(value).map(([name, one]) => `${name} ${typeof one === "string" ? one : JSON.stringify(one)}`).join(", ");
    }
  }
  return "";
}
