/** The bar on top: what this is, how things stand underneath, and the switches for tour, theme and drawer. */
import { BotMark } from "./avatar.js";
import { classes, html } from "./html.js";
import { startTour } from "./tour.js";
import { useDesk } from "./workspace.js";

export function Bar() {
  const { ui } = useDesk();
  return html`<header class="bar">
    <h1><span class="brand" aria-hidden="true"><${BotMark} /></span>envaccess <span class="bar-sub">playground</span></h1>
    <${Weather} />
    <div class="bar-buttons">
      <button type="button" class="bar-button" onClick=${() => startTour(ui)}>Tour</button>
      <button type="button" class="bar-button" aria-label="Dark or light" title="Dark or light" onClick=${() => ui.toggleTheme()}>◐</button>
      <button
        type="button"
        class="bar-button bar-button-strong"
        data-tour="drawer"
        aria-expanded=${String(ui.drawer)}
        onClick=${() => ui.toggleDrawer()}
      >
        Backstage
      </button>
    </div>
  </header>`;
}

/** Only what is out of the ordinary, in a few words. */
function Weather() {
  const { model, ui } = useDesk();
  const told = model.weather ? remarks(model.weather) : [];
  return html`<div class="weather" role="status">
    ${told.map(
      ({ text, bad }) =>
        html`<button type="button" class=${classes("remark", bad && "remark-bad")} onClick=${() => ui.toggleDrawer(true)}>${text}</button>`,
    )}
  </div>`;
}

const FAULTS = { slow: "Slack is slow", limited: "Slack says 429", down: "Slack is down" };

function remarks({ bot, redis, faults, clock_offset_ms: offset, ready }) {
  const told = [];
  if (bot !== "up")
    told.push({ text: bot === "down" ? "The bot is killed" : "The bot is starting…", bad: bot === "down" });
  else if (!ready) told.push({ text: "Getting ready…", bad: false });
  if (redis !== "up")
    told.push({ text: redis === "down" ? "Redis is down" : "Redis is starting…", bad: redis === "down" });
  for (const [name, text] of Object.entries(FAULTS)) if (faults[name]) told.push({ text, bad: true });
  if (offset) told.push({ text: `Clock: ${span(offset)} ahead`, bad: false });
  return told;
}

/** `3_660_000` -> `1 h 1 min`. */
export function span(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  const parts = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  const told = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`);
  return told.join(" ") || `${Math.round(milliseconds / 1000)} s`;
}
