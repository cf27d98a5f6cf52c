/** What can be done to the world underneath: the clock, Slack's bad days, Redis, the bot, user groups. */
import { span } from "./bar.js";
import { serverNow, useNow } from "./clock.js";
import { timeOf } from "./date.js";
import { classes, html, useState } from "./html.js";
import { Groups } from "./groups.js";
import { useDesk } from "./workspace.js";

const FAULTS = [
  { name: "slow", label: "slow" },
  { name: "limited", label: "429" },
  { name: "down", label: "down" },
];

export function Controls() {
  const { model, ui, ask } = useDesk();
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState("");
  const weather = model.weather;
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
    <fieldset>
      <legend>Clock</legend>
      <${Time} offset=${weather?.clock_offset_ms ?? 0} />
      ${button("minute", "+1 min", { do: "clock", seconds: 60 })}
      ${button("hour", "+1 h", { do: "clock", seconds: 3600 }, { "data-tour": "hour" })}
    </fieldset>
    <fieldset>
      <legend>Slack</legend>
      ${FAULTS.map(
        ({ name, label }) => html`<label class="switch">
          <input
            type="checkbox"
            role="switch"
            checked=${weather?.faults[name] ?? false}
            onChange=${(event) => act(name, { do: "fault", name, on: event.currentTarget.checked })}
          />
          ${label}
        </label>`,
      )}
    </fieldset>
    <fieldset>
      <legend>Redis</legend>
      <${Light} state=${weather?.redis} />
      ${button("redis", "Restart", { do: "redis", what: "restart" })}
    </fieldset>
    <fieldset>
      <legend>Bot</legend>
      <${Light} state=${weather?.bot} />
      ${
        weather?.bot === "down"
          ? button("start", "Start", { do: "bot", what: "start" })
          : button("kill", "Kill -9", { do: "bot", what: "kill" })
      }
    </fieldset>
    <${Groups} act=${act} busy=${busy} />
    <button type="button" class="icon-button drawer-close" aria-label="Close backstage" onClick=${() => ui.toggleDrawer(false)}>×</button>
    ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
  </div>`;
}

function Time({ offset }) {
  useNow();
  return html`<span class="clock mono">${timeOf(serverNow(), true)}${offset ? html`<span class="faint"> +${span(offset)}</span>` : ""}</span>`;
}

const Light = ({ state = "starting" }) =>
  html`<span class="light light-${state}" role="status">${state}</span>`;
