import { describe, expect, it } from "vitest";
import { folderOf, nameOf, namedFrom } from "./files-api";

describe("paths", () => {
  it("are named as a flow in a folder names them", () => {
    expect(namedFrom("clinic", "clinic/hello.wav")).toBe("hello.wav");
    expect(namedFrom("clinic", "clinic/es/hello.wav")).toBe("es/hello.wav");
    expect(namedFrom("clinic/desk", "clinic/hello.wav")).toBe("../hello.wav");
    expect(namedFrom("clinic", "shop/hello.wav")).toBe("../shop/hello.wav");
    expect(namedFrom("", "hello.wav")).toBe("hello.wav");
    expect([folderOf("a/b/c.wav"), nameOf("a/b/c.wav"), folderOf("c.wav")]).toEqual(["a/b", "c.wav", ""]);
  });
});
