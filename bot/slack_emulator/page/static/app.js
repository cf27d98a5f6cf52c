/** The page: connects, lets everybody sit down, and draws the bar, the seats, the drawer and what a host adds. */
import { Bar } from "./bar.js";
import { Drawer } from "./drawer.js";
import { extension } from "./extension.js";
import { Feed } from "./feed.js";
import { html, render, useEffect, useRedraw } from "./html.js";
import { Model } from "./model.js";
import { Seat } from "./seat.js";
import { ToolsContext } from "./workspace.js";
import { Ui } from "./ui.js";

const TWO_SEATS = matchMedia("(min-width: 861px)");
const model = new Model();
const ui = new Ui(() => model.changed());
/** Seats whose person has reloaded Slack with this page: later sits only go on. */
const begun = new Set();
/** Who sits, by this connection. */
const seated = new Set();

const address = new URL("ws", location.href);
address.protocol = address.protocol.replace("http", "ws");
const feed = new Feed(address.href, {
  opened() {
    seated.clear();
    model.opened();
  },
  lost: (tries) => model.lost(tries),
  frame(frame) {
    model.take(frame);
    if (frame.type === "workspace") sitDown(frame.people);
  },
});
const ask = (request) => feed.ask(request);
const tools = { model, ui, ask };

/** Everybody sits all the time, so that their unread messages show; the page draws one or two of them. */
function sitDown(people) {
  for (const { id } of people.filter((person) => !seated.has(person.id))) {
    seated.add(id);
    ask({ do: "sit", seat: id, fresh: !begun.has(id) }).catch(() => undefined);
    begun.add(id);
  }
}

function App() {
  const again = useRedraw();
  useEffect(() => {
    model.listeners.add(again);
    TWO_SEATS.addEventListener("change", again);
    return () => {
      model.listeners.delete(again);
      TWO_SEATS.removeEventListener("change", again);
    };
  }, []);
  useEffect(() => {
    addEventListener("keydown", nextRegion);
    return () => removeEventListener("keydown", nextRegion);
  }, []);
  return html`<${ToolsContext.Provider} value=${tools}>
    <${Bar} />
    ${model.status === "lost" && html`<${Gone} />`}
    ${model.workspace && extension.Tour && html`<${extension.Tour} />`}
    <main class="seats">
      ${seatsShown().map((person, pane) => html`<${Seat} key=${person} pane=${pane} person=${person} />`)}
      ${!model.workspace && model.status !== "lost" && html`<p class="starting" role="status">Opening the playground…</p>`}
    </main>
    ${ui.drawer && html`<${Drawer} />`}
  <//>`;
}

/** The ids of who sits in the panes that there is room for. */
function seatsShown() {
  const ids = model.workspace?.people.map(({ id }) => id) ?? [];
  const kept = ui.panes.filter((id, at) => ids.includes(id) && ui.panes.indexOf(id) === at);
  ui.panes = [...kept, ...ids.filter((id) => !kept.includes(id))].slice(0, 2);
  return ui.panes.slice(0, TWO_SEATS.matches ? 2 : 1);
}

function Gone() {
  return html`<div class="banner" role="alert">
    <strong>The playground's server is gone.</strong>
    ${" "}Trying to reach it again${model.tries > 3 ? "; if it was stopped, start it anew and open the address that it prints." : "…"}
    <button type="button" class="button" onClick=${() => feed.connect()}>Try now</button>
  </div>`;
}

/** F6 and Shift+F6 go from one part of the page to the next. */
function nextRegion(event) {
  if (event.key !== "F6") return;
  event.preventDefault();
  const regions = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-region]")]);
  const here = regions.findIndex((region) => region.contains(document.activeElement));
  regions[(here + (event.shiftKey ? -1 : 1) + regions.length) % regions.length]?.focus();
}

document.title = extension.name.join(" ");
for (const path of extension.styles) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = path;
  document.head.append(link);
}
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("page")));
