/** One person's channels and the bot's page, with what is unread. On a phone it is a row above the messages. */
import { BotMark } from "./avatar.js";
import { Lock } from "./channel.js";
import { classes, html, useEffect, useRef } from "./html.js";
import { channelOf, nameOf, terminalPlace, terminalsOf, useTools, useViewer } from "./workspace.js";
import { BOT } from "./ui.js";

/** @param {{place: import("./ui.js").Place}} props */
export function Sidebar({ place }) {
  const { model } = useTools();
  const viewer = useViewer();
  const seat = model.seat(viewer);
  const all = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => all.current?.querySelector(".here")?.scrollIntoView({ block: "nearest", inline: "nearest" }), [place.channel]);
  return html`<nav class="sidebar" ref=${all} aria-label="${nameOf(model.workspace, viewer)}'s channels">
    <p class="sidebar-title" aria-hidden="true">Channels</p>
    <ul>
      ${seat.channels.map((id) => html`<${Place} key=${id} id=${id} channel=${channelOf(model.workspace, id)} place=${place} />`)}
    </ul>
    <p class="sidebar-title" aria-hidden="true">Apps</p>
    <ul>
      <${Place} id=${BOT} channel=${null} place=${place} />
    </ul>
    <${Terminals} place=${place} />
  </nav>`;
}

function Terminals({ place }) {
  const { model, ui } = useTools();
  const viewer = useViewer();
  const all = terminalsOf(model, viewer);
  if (all.length === 0) return null;
  return html`<p class="sidebar-title" aria-hidden="true">Terminals</p>
    <ul>
      ${all.map(({ name }) => {
        const here = place.channel === terminalPlace(name);
        return html`<li key=${name}>
          <button
            type="button"
            class=${classes("place", here && "here")}
            aria-current=${here ? "page" : undefined}
            data-place=${name}
            onClick=${() => ui.visit(viewer, terminalPlace(name))}
          >
            <span class="place-mark mono" aria-hidden="true">>_</span>
            <span class="place-name">${name}</span>
          </button>
        </li>`;
      })}
    </ul>`;
}

function Place({ id, channel, place }) {
  const { model, ui } = useTools();
  const viewer = useViewer();
  const seat = model.seat(viewer);
  const lies = id === BOT ? seat.dm : id;
  const { count, calls } = lies ? model.unread(viewer, lies) : { count: 0, calls: 0 };
  const here = place.channel === id;
  return html`<li>
    <button
      type="button"
      class=${classes("place", here && "here", count > 0 && "unread")}
      aria-current=${here ? "page" : undefined}
      data-place=${id === BOT ? BOT : channel?.name}
      onClick=${() => ui.visit(viewer, id)}
    >
      <span class="place-mark" aria-hidden="true">${mark(id, channel)}</span>
      <span class="place-name">${id === BOT ? model.workspace?.bot.name : (channel?.name ?? id)}</span>
      ${
        count > 0 &&
        (calls > 0
          ? html`<span class="badge">${calls}<span class="visually-hidden"> unread for you</span></span>`
          : html`<span class="visually-hidden">${count} unread</span>`)
      }
    </button>
  </li>`;
}

function mark(id, channel) {
  if (id === BOT) return html`<${BotMark} />`;
  return channel?.kind === "private" ? html`<${Lock} />` : "#";
}
