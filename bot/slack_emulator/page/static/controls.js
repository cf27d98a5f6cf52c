/** What can be done behind the screens: Slack's faults, user groups, and what a host of the page adds. */
import { extension } from "./extension.js";
import { classes, html, useState } from "./html.js";
import { Groups } from "./groups.js";
import { useTools } from "./workspace.js";

const FAULTS = [
  { name: "slow", label: "slow" },
  { name: "limited", label: "429" },
  { name: "down", label: "down" },
];

export function Controls() {
  const { model, ui, ask } = useTools();
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState("");
  const state = model.state;
  const act = async (name, request) => {
    if (busy) return;
    setTrouble("");
    setBusy(name);
    await ask(request).catch((error) => setTrouble(error.message));
    setBusy("");
  };
  const button = (name, label, request, extra = {}) =>
    html`<button type="button" class=${classes("button button-small", busy === name && "busy")} ...${extra} onClick=${() => act(name, request)}>${label}</button>`;
  return html`<div class="controls">
    ${extension.controls.first.map((Control) => html`<${Control} state=${state} button=${button} />`)}
    <fieldset>
      <legend>Slack</legend>
      ${FAULTS.map(
        ({ name, label }) => html`<label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked=${state?.faults[name] ?? false}
            onChange=${(event) => act(name, { do: "fault", name, on: event.currentTarget.checked })}
          />
          ${label}
        </label>`,
      )}
    </fieldset>
    ${extension.controls.last.map((Control) => html`<${Control} state=${state} button=${button} />`)}
    <${Groups} act=${act} busy=${busy} />
    <button type="button" class="icon-button drawer-close" aria-label="Close backstage" onClick=${() => ui.toggleDrawer(false)}>×</button>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
  </div>`;
}
