/** Tabs after the WAI-ARIA pattern: arrow keys choose, only the chosen one is a stop of Tab, panels are built when first shown. */
import { h } from "../dom";

/** One tab; `show` builds its panel once. */
export interface Tab {
  name: string;
  show: () => HTMLElement;
}

let made = 0;

/** The tab list with its panels; the first is chosen. */
export function tabs(label: string, list: readonly Tab[]): HTMLElement {
  const id = `tabs-${++made}`;
  const strip = h("div", { role: "tablist", "aria-label": label });
  const box = h("div", { class: "tabs" }, strip);
  const made_tabs = list.map(({ name, show }, at) => {
    const tab = h("button", { type: "button", role: "tab", id: `${id}-${at}`, "aria-controls": `${id}-${at}-panel` }, name);
    const panel = h("div", { role: "tabpanel", id: `${id}-${at}-panel`, "aria-labelledby": `${id}-${at}` });
    tab.addEventListener("click", () => {
      choose(at);
    });
    strip.append(tab);
    box.append(panel);
    return { tab, panel, show, built: false };
  });

  function choose(chosen: number): void {
    made_tabs.forEach((entry, at) => {
      const on = at === chosen;
      entry.tab.setAttribute("aria-selected", String(on));
      entry.tab.tabIndex = on ? 0 : -1;
      entry.panel.hidden = !on;
      if (!on || entry.built) return;
      entry.built = true;
      entry.panel.append(entry.show());
    });
  }

  strip.addEventListener("keydown", (event) => {
    const last = made_tabs.length - 1;
    const at = made_tabs.findIndex(({ tab }) => tab === document.activeElement);
    const target = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    choose(target);
    made_tabs[target]?.tab.focus();
  });
  choose(0);
  return box;
}
