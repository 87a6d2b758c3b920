import { describe, expect, it } from "vitest";
import { doorless, draftOf, empty, kindOf, shares, wayIn, writtenOf } from "./draft";
import type { EntryPoint, Written } from "./entries-api";

const point = (entry: Written, in_force = true): EntryPoint => ({ id: "1", source: "made", entry, signed: false, in_force, silent: [] });

describe("entry points", () => {
  it("come back as they were written", () => {
    const all: Written[] = [
      { number: "+1555", flows: [{ flow: "a", weight: 3 }, { flow: "b", weight: 1 }], locale: "es-ES" },
      { number: "", flows: [{ flow: "a", weight: 1 }] },
      { chat: "web", flows: [{ flow: "a", weight: 1 }] },
      { webhook: "orders", flows: [{ flow: "a", weight: 1 }], secret: "KEY", inputs: { n: "/n" }, contact: "/who" },
      { event: "order.shipped", flows: [{ flow: "a", weight: 1 }] },
    ];
    for (const written of all) expect(writtenOf(draftOf(written))).toEqual(written);
  });

  it("say only what their door has", () => {
    const draft = { ...empty("chat"), door: " web ", flows: [{ flow: "a", weight: 1 }, { flow: "", weight: 1 }], secret: "KEY", inputs: [["n", "/n"]] as [string, string][], contact: "/who" };
    expect(writtenOf(draft)).toEqual({ chat: "web", flows: [{ flow: "a", weight: 1 }] });
    expect(kindOf(writtenOf({ ...draft, kind: "event" }))).toBe("event");
  });

  it("tell the way in", () => {
    const flows = [{ flow: "a", weight: 1 }];
    expect(wayIn({ number: "200", flows }, "https://x", "10.0.0.1:5060")).toBe("sip:200@10.0.0.1:5060");
    expect(wayIn({ number: "200", flows }, "https://x", null)).toBeNull();
    expect(wayIn({ chat: 'a"<b', flows }, "https://x", null)).toBe('<script src="https://x/widget.js" data-key="a&quot;&lt;b" defer></script>');
    expect(wayIn({ webhook: "orders", flows }, "https://x", null)).toBe("https://x/hooks/v1/orders");
  });

  it("share contacts by weight", () => {
    expect(shares([{ flow: "a", weight: 3 }, { flow: "b", weight: 1 }])).toEqual([75, 25]);
    expect(shares([])).toEqual([]);
  });

  it("name the flows that nobody reaches", () => {
    const flows = [{ id: "a", kind: "ivr" }, { id: "b", kind: "chatbot" }, { id: "c", kind: "library" }, { id: "d", kind: "ivr" }];
    const entries = [point({ number: "1", flows: [{ flow: "a", weight: 1 }] }), point({ number: "2", flows: [{ flow: "d", weight: 1 }] }, false)];
    expect(doorless(flows, entries).map(({ id }) => id)).toEqual(["b", "d"]);
  });
});
