/**
 * Slack's mrkdwn as a tree of nodes; `text.js` draws it. Pure: no names are looked up, no HTML is made.
 * https://docs.slack.dev/messaging/formatting-message-text
 *
 * Only the three entities that Slack uses are decoded, once, and only after the markup was read: what a person
 * typed arrives escaped, so `&lt;@U1&gt;` can never become a mention.
 *
 * @typedef {{kind: string, text?: string, nodes?: Node[], id?: string, label?: string, url?: string,
 *   at?: number, form?: string}} Node
 */
import { EMOJI } from "./emoji.js";

const TOKEN = /<([@#!]?)([^<>|\n]+)(?:\|([^<>\n]*))?>/y;
const CODE = /`([^`\n]+)`/y;
const SHORTCODE = /:([a-z0-9_+'-]+):(?::skin-tone-[2-6]:)?/y;
const BARE_URL = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)\]}'"*_~]/y;
const BARE_NAME = /(#)([\w-]+)|@(here|channel|everyone)(?!\w)/y;
const FENCE = /```([\s\S]+?)```/;
const QUOTED = /^(?:&gt;|>)(?!(?:&gt;|>){2}) ?/;
const QUOTED_REST = /^(?:&gt;|>){3} ?/;
const MARKS = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;
const SAFE_URL = /^(?:https?:|mailto:|tel:)/i;

/** The three characters that Slack escapes, as a reader sees them. */
export const decode = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

/**
 * @param {string} text
 * @param {{verbatim?: boolean}} [options] `verbatim`: bare links and names stay text
 * @returns {Node[]}
 */
export function parse(text, { verbatim = false } = {}) {
  return text.split(FENCE).flatMap((part, index) => {
    if (index % 2) return [{ kind: "pre", nodes: literal(part.replace(/^\n/, "").replace(/\n$/, "")) }];
    // A line break beside a fence belongs to the fence.
    const trimmed = part.replace(index ? /^\n/ : /^(?!)/, "");
    return paragraphs(trimmed, verbatim);
  });
}

/** `plain_text`: emoji if asked for, and nothing else. */
export function parsePlain(text, emoji) {
  return emoji ? scan(text, [shortcode]) : [{ kind: "text", text: decode(text) }];
}

/** Runs of quoted lines become quotes; `>>>` quotes all that follows. */
function paragraphs(text, verbatim) {
  const lines = text.split("\n");
  const nodes = [];
  let run = [];
  let quoting = false;
  const flush = () => {
    if (run.length) nodes.push(...paragraph(run.join("\n"), quoting, verbatim));
    run = [];
  };
  lines.forEach((line, index) => {
    if (QUOTED_REST.test(line)) {
      flush();
      const rest = [line.replace(QUOTED_REST, ""), ...lines.slice(index + 1)].join("\n");
      nodes.push(...paragraph(rest, true, verbatim));
      lines.length = index + 1;
      return;
    }
    if (QUOTED.test(line) !== quoting) flush();
    quoting = QUOTED.test(line);
    run.push(quoting ? line.replace(QUOTED, "") : line);
  });
  flush();
  return nodes;
}

function paragraph(text, quoting, verbatim) {
  if (!text && !quoting) return [];
  const nodes = inline(text, verbatim);
  return quoting ? [{ kind: "quote", nodes }] : nodes;
}

function inline(text, verbatim) {
  return scan(text, [token, code, emphasis(verbatim), shortcode, ...(verbatim ? [] : [bareUrl, bareName])]);
}

/** Code keeps every mark as it is; only Slack's own brackets are resolved in it, to plain words. */
const literal = (text) => scan(text, [token]);

/**
 * Try each reader at each place; what none takes is text.
 * @param {string} text
 * @param {((text: string, at: number) => {node: Node, end: number} | null)[]} readers
 */
function scan(text, readers) {
  /** @type {Node[]} */
  const nodes = [];
  let from = 0;
  for (let at = 0; at < text.length;) {
    const found = readOne(text, at, readers);
    if (!found) {
      at += 1;
      continue;
    }
    if (at > from) nodes.push({ kind: "text", text: decode(text.slice(from, at)) });
    nodes.push(found.node);
    at = from = found.end;
  }
  if (from < text.length) nodes.push({ kind: "text", text: decode(text.slice(from)) });
  return nodes;
}

function readOne(text, at, readers) {
  for (const read of readers) {
    const found = read(text, at);
    if (found) return found;
  }
  return null;
}

function match(pattern, text, at) {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function code(text, at) {
  const found = text[at] === "`" && match(CODE, text, at);
  return found ? { node: { kind: "code", nodes: literal(found[1]) }, end: at + found[0].length } : null;
}

function shortcode(text, at) {
  const found = text[at] === ":" && match(SHORTCODE, text, at);
  if (!found || !EMOJI.has(found[1])) return null;
  return { node: { kind: "emoji", text: found[1] }, end: at + found[0].length };
}

function bareUrl(text, at) {
  const found = text[at] === "h" && !startsInWord(text, at) && match(BARE_URL, text, at);
  return found ? { node: { kind: "link", url: decode(found[0]) }, end: at + found[0].length } : null;
}

function bareName(text, at) {
  const found = !startsInWord(text, at) && match(BARE_NAME, text, at);
  if (!found) return null;
  const node = found[1] ? { kind: "channel_name", text: found[2] } : { kind: "broadcast", text: found[3] };
  return { node, end: at + found[0].length };
}

const startsInWord = (text, at) => at > 0 && WORD.test(text[at - 1]);

/** `*bold*`: not inside a word, and nothing blank at its inner edges. */
function emphasis(verbatim) {
  return (text, at) => {
    const kind = MARKS[text[at]];
    const next = text[at + 1] ?? " ";
    if (!kind || startsInWord(text, at) || next === text[at] || /\s/.test(next)) return null;
    const end = closing(text, at);
    if (end < 0) return null;
    return { node: { kind, nodes: inline(text.slice(at + 1, end), verbatim) }, end: end + 1 };
  };
}

/** Where the mark at `at` closes, on the same line, past code and brackets; -1 if nowhere. */
function closing(text, at) {
  for (let place = at + 1; place < text.length && text[place] !== "\n"; place += 1) {
    const skipped = token(text, place) ?? code(text, place);
    if (skipped) {
      place = skipped.end - 1;
    } else if (text[place] === text[at] && place > at + 1 && closes(text, place)) {
      return place;
    }
  }
  return -1;
}

const closes = (text, at) => !/\s/.test(text[at - 1]) && !WORD.test(text[at + 1] ?? " ");

/** Slack's angle brackets: mentions, channels, dates, links. */
function token(text, at) {
  const found = text[at] === "<" && match(TOKEN, text, at);
  if (!found) return null;
  const [whole, sign, body, label] = found;
  const node = TOKENS[sign](body, label && decode(label));
  return node && { node, end: at + whole.length };
}

/**
 * By the sign after the bracket; null for what is no link, mention or date: it stays as it was written.
 * @type {Record<string, (body: string, label?: string) => Node|null>}
 */
const TOKENS = {
  "@": (id, label) => ({ kind: "user", id, label }),
  "#": (id, label) => ({ kind: "channel", id, label }),
  "!": special,
  "": (url, label) => (SAFE_URL.test(url) ? { kind: "link", url: decode(url), label } : null),
};

function special(body, label) {
  const [name, ...rest] = body.split("^");
  if (name === "date" && /^\d+$/.test(rest[0])) {
    const url = rest[2] && SAFE_URL.test(rest[2]) ? decode(rest[2]) : undefined;
    return { kind: "date", at: Number(rest[0]), form: decode(rest[1] ?? ""), url, label };
  }
  if (name === "subteam") return { kind: "group", id: rest[0], label };
  return { kind: "broadcast", text: (label || name).replace(/^@/, "") };
}
