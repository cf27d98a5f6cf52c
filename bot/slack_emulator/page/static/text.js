/** Draws mrkdwn and plain text: people's words stay text, Slack's own tokens become chips, links and dates. */
import { serverNow, useTicking } from "./clock.js";
import { formatDate } from "./date.js";
import { EMOJI } from "./emoji.js";
import { classes, html } from "./html.js";
import { parse, parsePlain } from "./mrkdwn.js";
import { channelOf, groupOf, nameOf, useTools, useViewer } from "./workspace.js";

/** A text object: `plain_text` or `mrkdwn`. */
export function Words({ words }) {
  const nodes =
    words.type === "plain_text"
      ? parsePlain(words.text, words.emoji !== false)
      : parse(words.text, { verbatim: words.verbatim === true });
  return html`<${Nodes} nodes=${nodes} />`;
}

/** A text object as a bare string, for labels. */
export const plainWords = (words) => (words ? (parsePlain(words.text, false)[0]?.text ?? "") : "");

export const Mrkdwn = ({ text, verbatim = false }) => html`<${Nodes} nodes=${parse(text, { verbatim })} />`;

/** @param {{nodes: import("./mrkdwn.js").Node[], flat?: boolean}} props `flat`: names as words, without chips */
function Nodes({ nodes, flat = false }) {
  return nodes.map((node) => html`<${NODES[node.kind]} ...${node} flat=${flat} />`);
}

const NODES = {
  text: ({ text }) => text,
  bold: ({ nodes }) => html`<strong><${Nodes} nodes=${nodes} /></strong>`,
  italic: ({ nodes }) => html`<em><${Nodes} nodes=${nodes} /></em>`,
  strike: ({ nodes }) => html`<s><${Nodes} nodes=${nodes} /></s>`,
  quote: ({ nodes }) => html`<blockquote><${Nodes} nodes=${nodes} /></blockquote>`,
  code: ({ nodes }) => html`<code><${Nodes} nodes=${nodes} flat /></code>`,
  pre: ({ nodes }) => html`<pre tabindex="0"><${Nodes} nodes=${nodes} flat /></pre>`,
  emoji: ({ text }) => html`<${Emoji} name=${text} />`,
  link: ({ url, label, flat }) => (flat ? label || url : html`<${Link} url=${url}>${label || url}<//>`),
  user: ({ id, label, flat }) => html`<${Mention} id=${id} label=${label} flat=${flat} />`,
  channel: ({ id, label, flat }) => html`<${ChannelLink} id=${id} label=${label} flat=${flat} />`,
  channel_name: ({ text }) => html`<${ChannelName} name=${text} />`,
  group: ({ id, label, flat }) => html`<${GroupMention} id=${id} label=${label} flat=${flat} />`,
  broadcast: ({ text, flat }) => (flat ? `@${text}` : html`<span class="chip chip-me">@${text}</span>`),
  date: ({ at, form, url, label }) => html`<${When} at=${at} form=${form} url=${url} fallback=${label} />`,
};

/** @param {{name: string, unicode?: string}} props */
export function Emoji({ name, unicode }) {
  const drawn = EMOJI.get(name) ?? fromCodes(unicode);
  if (!drawn) return `:${name}:`;
  return html`<span class="emoji" role="img" aria-label=${name.replace(/_/g, " ")} title=":${name}:">${drawn}</span>`;
}

/** `1f44d-1f3fb`, as rich text names an emoji. */
function fromCodes(codes) {
  if (!codes || !/^[0-9a-f]{2,6}(-[0-9a-f]{2,6})*$/i.test(codes)) return "";
  return String.fromCodePoint(...codes.split("-").map((code) => Math.min(parseInt(code, 16), 0x10ffff)));
}

export const Link = ({ url, children }) =>
  html`<a href=${url} target="_blank" rel="noreferrer noopener">${children}</a>`;

/** A mention chip; one's own is highlighted. */
export function Mention({ id, label = "", flat = false }) {
  const { model } = useTools();
  const viewer = useViewer();
  const name = `@${nameOf(model.workspace, id) ?? (label || id)}`;
  return flat ? name : html`<span class=${classes("chip", id === viewer && "chip-me")}>${name}</span>`;
}

/** A user group's handle; one that the viewer is in is highlighted. */
export function GroupMention({ id, label = "", flat = false }) {
  const { model } = useTools();
  const viewer = useViewer();
  const group = groupOf(model.workspace, id);
  const name = `@${group?.handle ?? (label || id).replace(/^@/, "")}`;
  const mine = group?.members.includes(viewer);
  return flat ? name : html`<span class=${classes("chip", mine && "chip-me")} title=${group?.name}>${name}</span>`;
}

/** A channel's name: a button into the channel for those who see it. */
export function ChannelLink({ id, label = "", flat = false }) {
  const { model, ui } = useTools();
  const viewer = useViewer();
  const channel = channelOf(model.workspace, id);
  const sees = model.seats.get(viewer)?.channels.includes(id);
  const name =
    sees || channel?.kind === "public" ? `#${channel?.name ?? label}` : `#${label || "private channel"}`;
  if (flat || !sees) return flat ? name : html`<span class="chip">${name}</span>`;
  return html`<button type="button" class="chip" onClick=${() => ui.visit(viewer, id)}>${name}</button>`;
}

function ChannelName({ name }) {
  const { model } = useTools();
  const channel = model.workspace?.channels.find((one) => one.name === name && one.kind !== "im");
  return channel ? html`<${ChannelLink} id=${channel.id} />` : `#${name}`;
}

/** A moment in the viewer's own time. `at` in seconds. */
export function When({ at, form, url = "", fallback = "", timeZone = undefined }) {
  const text = form.includes("{ago}")
    ? html`<${Ticking} at=${at} form=${form} timeZone=${timeZone} />`
    : (dated(at, form, serverNow(), timeZone) ?? fallback);
  const title = dated(at, "{date_long} {time_secs}", serverNow(), timeZone);
  const drawn = html`<time datetime=${iso(at)} title=${title}>${text}</time>`;
  return url ? html`<${Link} url=${url}>${drawn}<//>` : drawn;
}

const Ticking = ({ at, form, timeZone }) =>
  useTicking(() => dated(at, form, serverNow(), timeZone), [at, form, timeZone]);

/** The date as text, undefined where there is no such moment or zone. */
function dated(at, form, now, timeZone) {
  try {
    return formatDate(at, form, now, timeZone);
  } catch {
    return undefined;
  }
}

const iso = (at) => (Math.abs(at) < 8.64e12 ? new Date(at * 1000).toISOString() : undefined);
