/** The bar on top: what this is, how things stand underneath, and the switches for tour, theme and drawer. */
import { BotMark } from "./avatar.js";
import { extension } from "./extension.js";
import { classes, html } from "./html.js";
import { useTools } from "./workspace.js";

export function Bar() {
  const { ui } = useTools();
  return html`<header class="bar">
    <h1><span class="brand" aria-hidden="true"><${BotMark} /></span>${extension.name[0]} <span class="bar-sub">${extension.name[1]}</span></h1>
    <${Weather} />
    <div class="bar-buttons">
      ${extension.startTour && html`<button type="button" class="bar-button" onClick=${() => extension.startTour?.(ui)}>Tour</button>`}
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
  const { model, ui } = useTools();
  const told = model.state ? remarks(model.state) : [];
  return html`<div class="weather" role="status">
    ${told.map(
      ({ text, bad }) =>
        html`<button type="button" class=${classes("remark", bad && "remark-bad")} onClick=${() => ui.toggleDrawer(true)}>${text}</button>`,
    )}
  </div>`;
}

const FAULTS = { slow: "Slack is slow", limited: "Slack says 429", down: "Slack is down" };

/** @returns {import("./extension.js").Remark[]} */
const remarks = (state) =>
  extension.remarks(
    state,
    Object.entries(FAULTS)
      .filter(([name]) => state.faults[name])
      .map(([, text]) => ({ text, bad: true })),
  );
