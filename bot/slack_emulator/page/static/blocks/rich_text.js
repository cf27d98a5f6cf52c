/** Rich text: sections, lists, quotes and preformatted text. Nothing in it is decoded or read as markup. */
import { html } from "../html.js";
import { ChannelLink, Emoji, GroupMention, Link, Mention, When } from "../text.js";
import { Unknown } from "./unknown.js";

export const RichText = ({ block }) =>
  html`<div class="rich-text">${block.elements.map((part) => html`<${Part} part=${part} />`)}</div>`;

function Part({ part }) {
  const Kind = Object.hasOwn(PARTS, part.type) && PARTS[part.type];
  return Kind ? html`<${Kind} part=${part} />` : html`<${Unknown} block=${part} />`;
}

const PARTS = {
  rich_text_section: ({ part }) => html`<div class="words"><${Run} elements=${part.elements} /></div>`,
  rich_text_quote: ({ part }) => html`<blockquote><${Run} elements=${part.elements} /></blockquote>`,
  rich_text_preformatted: ({ part }) =>
    html`<pre tabindex="0" data-value>${part.elements.map(({ text, url }) => text ?? url)}</pre>`,
  rich_text_list: List,
};

function List({ part }) {
  const items = part.elements.map((item) => html`<li><${Run} elements=${item.elements} /></li>`);
  const indent = `indent-${Math.min(part.indent ?? 0, 8)}`;
  return part.style === "ordered"
    ? html`<ol class=${indent} start=${(part.offset ?? 0) + 1}>${items}</ol>`
    : html`<ul class=${indent}>${items}</ul>`;
}

const Run = ({ elements }) => elements.map((element) => styled(inline(element), element.style));

function inline(element) {
  const Kind = Object.hasOwn(INLINE, element.type) && INLINE[element.type];
  return Kind ? Kind(element) : html`<${Unknown} block=${element} />`;
}

const INLINE = {
  text: ({ text }) => text,
  link: ({ url, text }) =>
    /^(https?|mailto):/i.test(url) ? html`<${Link} url=${url}>${text || url}<//>` : text || url,
  user: ({ user_id }) => html`<${Mention} id=${user_id} />`,
  usergroup: ({ usergroup_id }) => html`<${GroupMention} id=${usergroup_id} />`,
  channel: ({ channel_id }) => html`<${ChannelLink} id=${channel_id} />`,
  emoji: ({ name, unicode }) => html`<${Emoji} name=${name} unicode=${unicode} />`,
  broadcast: ({ range }) => html`<span class="chip chip-me">@${range}</span>`,
  color: ({ value }) => html`<code>${value}</code>`,
  date: ({ timestamp, format, url, fallback, timezone }) =>
    html`<${When} at=${timestamp} form=${format} url=${url} fallback=${fallback} timeZone=${timezone} />`,
};

const TAGS = [
  ["code", "code"],
  ["underline", "u"],
  ["strike", "s"],
  ["italic", "em"],
  ["bold", "strong"],
];

/** The element inside one tag for each of its styles. */
function styled(drawn, style = {}) {
  return TAGS.filter(([name]) => style[name]).reduce(
    (inner, [, tag]) => html`<${tag}>${inner}</${tag}>`,
    drawn,
  );
}
