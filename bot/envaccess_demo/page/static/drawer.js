/** Backstage: what lies underneath, live, and what can be done to it. */
import { Audit } from "./audit.js";
import { Calls } from "./calls.js";
import { Controls } from "./controls.js";
import { Grants } from "./grants.js";
import { classes, html, useEffect, useRef } from "./html.js";
import { useDesk } from "./workspace.js";

/** @type {{name: "audit"|"grants"|"calls", title: string, Draw: () => any, count: (model: import("./model.js").Model) => number}[]} */
const PANELS = [
  { name: "audit", title: "Audit stream", Draw: Audit, count: (model) => model.audit.length },
  { name: "grants", title: "Grants in Redis", Draw: Grants, count: (model) => model.grants.length },
  { name: "calls", title: "Web API calls", Draw: Calls, count: (model) => model.calls.length },
];

/** All three panels stand side by side where there is room; the tabs choose one where there is not. */
export function Drawer() {
  const { model, ui } = useDesk();
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
      ${PANELS.map(
        ({
          name,
          title,
          count,
        }) => html`<button type="button" aria-pressed=${String(ui.panel === name)} onClick=${() => ui.showPanel(name)}>
          ${title} <span class="panel-count">${count(model)}</span>
        </button>`,
      )}
    </div>
    <div class="panels">
      ${PANELS.map(
        ({
          name,
          title,
          Draw,
        }) => html`<section class=${classes("panel", `panel-${name}`, ui.panel === name && "panel-chosen")} aria-label=${title}>
          <h2>${title}</h2>
          <${Draw} />
        </section>`,
      )}
    </div>
  </aside>`;
}
