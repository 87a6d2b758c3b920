import { describe, expect, it } from "vitest";
import { addressed, allows, hashOf, places } from "./places";

describe("addresses", () => {
  it("leads to flows by their ids and to places by their names", () => {
    expect(addressed("#/clinic/reception")).toEqual({ id: "clinic/reception" });
    expect(addressed("#/clinic%2Freception")).toEqual({ id: "clinic/reception" });
    // A flow may be called as a place is.
    expect(addressed("#/secrets")).toEqual({ id: "secrets" });
    expect(addressed("#secrets")).toEqual({ place: "secrets" });
    for (const hash of ["", "#", "#/", "#nowhere", "#/%E0%A4%A"]) expect(addressed(hash)).toEqual({ place: "flows" });
    for (const { place } of places) expect(addressed(hashOf(place))).toEqual({ place });
  });

  it("shows what a role may see, and everything to whoever has only a token", () => {
    expect(allows({ person: { name: "Vera" }, scopes: ["read"] }, "secrets")).toBe(false);
    expect(allows({ person: { name: "Ada" }, scopes: ["read", "secrets"] }, "secrets")).toBe(true);
    expect(allows({ person: null, scopes: ["read"] }, "secrets")).toBe(true);
  });
});
