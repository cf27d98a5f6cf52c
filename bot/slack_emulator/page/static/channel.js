/** One open channel: its name and members, its messages, and the box to write in. */
import { Composer } from "./composer.js";
import { dayOf, formatDate } from "./date.js";
import { Home } from "./home.js";
import { Fragment, html, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from "./html.js";
import { serverNow } from "./clock.js";
import { MessageRow, follows, milliseconds } from "./message.js";
import { Thread } from "./thread.js";
import { channelOf, nameOf, personOf, shortName, useTools, useViewer } from "./workspace.js";
import { BOT } from "./ui.js";

/** @type {import("./types.js").Message[]} */
const NONE = [];

/** @param {{place: import("./ui.js").Place}} props */
export function ChannelPane({ place }) {
  const { model } = useTools();
  const viewer = useViewer();
  const isBot = place.channel === BOT;
  useMessagesOpened(viewer, isBot && place.tab === "messages");
  const id = isBot ? model.seat(viewer).dm : place.channel;
  return html`<section class="channel" aria-label="${nameOf(model.workspace, viewer)}: ${isBot ? model.workspace?.bot.name : channelName(model, id)}">
    ${isBot ? html`<${BotHead} tab=${place.tab} />` : html`<${ChannelHead} id=${id} />`}
    ${
      isBot && place.tab === "home"
        ? html`<${Home} key=${viewer} />`
        : html`<${Fragment} key="${viewer} ${place.channel}">
          <${Log} id=${id} />
          <${Composer} channel=${id} placeholder="Message ${isBot ? model.workspace?.bot.name : channelName(model, id)}" />
        <//>`
    }
  </section>`;
}

/** The app is told of its messages' opening, as of its Home tab's; it needs to do nothing then. */
function useMessagesOpened(viewer, open) {
  const { ask } = useTools();
  useEffect(() => {
    if (open) ask({ do: "home", seat: viewer, tab: "messages" }).catch(() => undefined);
  }, [viewer, open]);
}

const channelName = (model, id) => `#${channelOf(model.workspace, id)?.name ?? id}`;

function ChannelHead({ id }) {
  const { model } = useTools();
  const channel = channelOf(model.workspace, id);
  const people = (channel?.members ?? []).map((member) => personOf(model.workspace, member)).filter(Boolean);
  const names = people.map(shortName).join(", ");
  return html`<header class="channel-head">
    <h2>${channel?.kind === "private" ? html`<${Lock} />` : "#"} ${channel?.name ?? id}</h2>
    <p title=${names}>${channel?.shared ? "Shared with another company · " : ""}${names}</p>
  </header>`;
}

export const Lock = () =>
  html`<svg class="lock" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2.2" role="img" aria-label="Private">
    <rect x="5" y="10.5" width="14" height="9.5" rx="2" />
    <path d="M8 10.5V8a4 4 0 0 1 8 0v2.5" />
  </svg>`;

function BotHead({ tab }) {
  const { model, ui } = useTools();
  const viewer = useViewer();
  const choice = (name, label) =>
    html`<button type="button" aria-pressed=${String(tab === name)} onClick=${() => ui.visit(viewer, BOT, name)}>${label}</button>`;
  return html`<header class="channel-head">
    <h2>${model.workspace?.bot.name} <span class="app-badge">APP</span></h2>
    <div class="tabs" role="group" aria-label="Pages of the app">${choice("home", "Home")}${choice("messages", "Messages")}</div>
  </header>`;
}

/** The messages, oldest first, held at the newest one until somebody scrolls up. */
function Log({ id }) {
  const { model } = useTools();
  const viewer = useViewer();
  const seat = model.seat(viewer);
  const all = (id && seat.messages.get(id)) || NONE;
  const [newFrom] = useState(() => model.readTo(seat, id));
  const [firstNew] = useState(() => all.find(({ ts, author }) => ts > newFrom && author.id !== viewer)?.ts);
  const [dismissed, dismiss] = useReducer((gone, message) => new Set(gone).add(message.ts), new Set());
  const messages = useMemo(() => all.filter(({ ts }) => !dismissed.has(ts)), [all, dismissed]);
  const rows = useMemo(() => arrange(messages, firstNew), [messages, firstNew]);
  const { box, inner, away, toEnd } = useHeldAtEnd(messages);
  useMarkRead(viewer, id, all);
  return html`<div class="log-frame">
    <div class="log" ref=${box} tabindex="0" role="log" aria-label="Messages">
      <div class="log-inner" ref=${inner}>
        ${rows.length === 0 && html`<${Beginning} id=${id} />`}
        ${rows.map((row) => html`<${Row} key=${row.key} row=${row} channel=${id} newFrom=${newFrom} dismiss=${dismiss} />`)}
      </div>
    </div>
    ${away && html`<button type="button" class="to-end" onClick=${toEnd}>Newest messages ↓</button>`}
  </div>`;
}

function Row({ row, channel, newFrom, dismiss }) {
  if (row.day) return html`<div class="day"><span>${row.day}</span></div>`;
  if (row.isNew)
    return html`<div class="new-line" role="separator" aria-label="New messages"><span>New</span></div>`;
  const { message, replies, compact } = row;
  return html`<${MessageRow} message=${message} channel=${channel} compact=${compact} dismiss=${dismiss} />
    ${
      replies.length > 0 &&
      html`<${Thread} root=${message} replies=${replies} channel=${channel} newFrom=${newFrom} dismiss=${dismiss} />`
    }`;
}

/** Messages as rows: days between them, the line above the first new one, and replies under their first message. */
function arrange(messages, firstNew) {
  const roots = new Set(messages.map(({ ts }) => ts));
  const isReply = ({ ts, thread_ts: root }) => root && root !== ts && roots.has(root);
  const replies = grouped(messages.filter(isReply));
  const rows = [];
  /** @type {any} */
  let before = null;
  for (const message of messages.filter((one) => !isReply(one))) {
    const newDay = !before || dayOf(milliseconds(before)) !== dayOf(milliseconds(message));
    if (newDay)
      rows.push({
        key: `day ${message.ts}`,
        day: formatDate(Number(message.ts), "{day_divider_pretty}", serverNow()),
      });
    const isNew = message.ts === firstNew && before !== null;
    if (isNew) rows.push({ key: "new", isNew });
    const compact = !newDay && !isNew && !before?.thread_ts && follows(before, message);
    rows.push({ key: message.ts, message, compact, replies: replies.get(message.ts) ?? NONE });
    before = message;
  }
  return rows;
}

function grouped(replies) {
  const byRoot = new Map();
  for (const reply of replies) byRoot.set(reply.thread_ts, [...(byRoot.get(reply.thread_ts) ?? []), reply]);
  return byRoot;
}

function Beginning({ id }) {
  const { model } = useTools();
  const viewer = useViewer();
  const channel = channelOf(model.workspace, id);
  const command = model.seat(viewer).can.command && model.workspace?.commands[0]?.command;
  return html`<div class="empty">
    <p class="empty-title">${channel && channel.kind !== "im" ? `This is the beginning of #${channel.name}` : "Nothing here yet"}</p>
    ${command && html`<p>Type <code>/</code> below to see what <code>${command}</code> can do.</p>`}
  </div>`;
}

/** Stays at the end while one is there; says when one is not. */
function useHeldAtEnd(messages) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const inner = useRef(/** @type {HTMLElement|null} */ (null));
  const held = useRef(true);
  const [away, setAway] = useState(false);
  const toEnd = () => {
    held.current = true;
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  };
  useLayoutEffect(() => {
    const node = /** @type {HTMLElement} */ (box.current);
    const keep = () => held.current && toEnd();
    const note = () => {
      held.current = node.scrollHeight - node.scrollTop - node.clientHeight < 40;
      setAway(!held.current);
    };
    const sizes = new ResizeObserver(keep);
    sizes.observe(node);
    sizes.observe(/** @type {HTMLElement} */ (inner.current));
    node.addEventListener("scroll", note, { passive: true });
    return () => {
      sizes.disconnect();
      node.removeEventListener("scroll", note);
    };
  }, []);
  useLayoutEffect(() => {
    if (held.current) toEnd();
  }, [messages]);
  return { box, inner, away, toEnd };
}

/** What is on the screen is read. */
function useMarkRead(viewer, id, messages) {
  const { model } = useTools();
  useEffect(() => {
    const mark = () => id && document.visibilityState === "visible" && model.markRead(viewer, id);
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [viewer, id, messages]);
}
