import { expect, test } from "vitest";
import { readDescription, shapeOf } from "./openapi";

test("operations, their parameters, bodies and answers are read", () => {
  const description = readDescription({
    info: { title: "Offhook", version: "0.1.0" },
    paths: {
      "/chat/{id}": {
        post: {
          description: "Sends.",
          parameters: [{ name: "id", in: "path", required: true, schema: { type: "string" }, description: "Which" }],
          requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Send" } } } },
          responses: { 202: { description: "Stored", content: { "application/json": { schema: { type: "object" } } } }, 404: { description: "None" } },
        },
      },
    },
    components: { schemas: { Send: { type: "object", required: ["text"], description: "A message", properties: { text: { type: "string", description: "Words" } } } } },
  });
  const [operation] = description.operations;
  expect(operation).toMatchObject({ id: "post-chat-id-", method: "POST", summary: "Sends.", body: { component: "Send" } });
  expect(operation?.parameters[0]).toMatchObject({ name: "id", place: "path", isRequired: true });
  expect(operation?.responses.map(({ status, shape }) => [status, shape?.text])).toEqual([
    ["202", "object"],
    ["404", undefined],
  ]);
  expect(description.components[0]?.fields[0]).toMatchObject({ name: "text", isRequired: true, description: "Words" });
});

test.each([
  [{ type: "array", items: { $ref: "#/components/schemas/Message" } }, "array of Message", "Message"],
  [{ oneOf: [{ type: "null" }, { $ref: "#/components/schemas/A" }] }, "null or A", "A"],
  [{ type: ["string", "null"] }, "string or null", null],
  [{ enum: ["flow", "contact"] }, '"flow", "contact"', null],
  [{ type: "object", properties: { on: { type: "boolean" } } }, "{ on: boolean }", null],
  [{}, "any", null],
  [null, "any", null],
])("%j", (schema, words, component) => {
  expect(shapeOf(schema)).toEqual({ text: words, component });
});

test("anything else is an empty description", () => {
  expect(readDescription("x")).toEqual({ title: "API", version: "", operations: [], components: [] });
});
