/** Backstage: what lies underneath, live, and what can be done to it. */
import { Calls } from "./calls.js";
import { Controls } from "./controls.js";
import { extension } from "./extension.js";
import { classes, html, useEffect, useRef } from "./html.js";
import { useTools } from "./workspace.js";

/** @returns {import("./extension.js").Panel[]} */
const panels = () => [
  ...extension.panels,
  { name: "calls", title: "Web API calls", Draw: Calls, count: (model) => model.calls.length },
];

/** The panels stand side by side where there is room; the tabs choose one where there is not. */
export function Drawer() {
  const { model, ui } = useTools();
  const chosen = ui.panel || panels()[0].name;
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => box.current?.focus({ preventScroll: true }), []);
  const keys = (event) => {
    if (event.key !== "Escape") return;
    ui.toggleDrawer(false);
    /** @type {HTMLElement|null} */ (document.querySelector("[data-tour=drawer]"))?.focus();
  };
  return html`<aside class="drawer" ref=${box} tabindex="-1" aria-label="Backstage" data-region onKeyDown=${keys}>
    <${Controls} />
    <div class="panel-tabs" role="group" aria-label="What to show">
      ${panels().map(
        ({
          name,
          title,
          count,
        }) => html`<button type="button" aria-pressed=${String(chosen === name)} onClick=${() => ui.showPanel(name)}>
          ${title} <span class="panel-count">${count(model)}</span>
        </button>`,
      )}
    </div>
    <div class="panels">
      ${panels().map(
        ({
          name,
          title,
          Draw,
        }) => html`<section class=${classes("panel", `panel-${name}`, chosen === name && "panel-chosen")} aria-label=${title}>
          <h2>${title}</h2>
          <${Draw} />
        </section>`,
      )}
    </div>
  </aside>`;
}
