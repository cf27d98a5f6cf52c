/** Controls of what lies underneath: the clock, Redis, the bot. */
import { serverNow, span, useNow } from "./clock.js";
import { timeOf } from "./date.js";
import { html } from "./html.js";

export const ClockControl = ({ state, button }) => html`<fieldset>
  <legend>Clock</legend>
  <${Time} offset=${state?.clock_offset_ms ?? 0} />
  ${button("minute", "+1 min", { do: "clock", seconds: 60 })}
  ${button("hour", "+1 h", { do: "clock", seconds: 3600 }, { "data-tour": "hour" })}
</fieldset>`;

export const RedisControl = ({ state, button }) => html`<fieldset>
  <legend>Redis</legend>
  <${Light} state=${state?.redis} />
  ${button("redis", "Restart", { do: "redis", what: "restart" })}
</fieldset>`;

export const BotControl = ({ state, button }) => html`<fieldset>
  <legend>Bot</legend>
  <${Light} state=${state?.bot} />
  ${
    state?.bot === "down"
      ? button("start", "Start", { do: "bot", what: "start" })
      : button("kill", "Kill -9", { do: "bot", what: "kill" })
  }
</fieldset>`;

function Time({ offset }) {
  useNow();
  return html`<span class="clock mono">${timeOf(serverNow(), true)}${offset ? html`<span class="faint"> +${span(offset)}</span>` : ""}</span>`;
}

const Light = ({ state = "starting" }) =>
  html`<span class="light light-${state}" role="status">${state}</span>`;
