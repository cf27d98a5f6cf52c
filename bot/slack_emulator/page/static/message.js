/** One message: who, when, what, whether only the viewer sees it, and its thread. */
import { Avatar } from "./avatar.js";
import { Blocks } from "./blocks/index.js";
import { timeOf } from "./date.js";
import { classes, html, memo, useState } from "./html.js";
import { collect } from "./inputs.js";
import { SurfaceContext, useHeldSurface } from "./surface.js";
import { Mrkdwn } from "./text.js";
import { nameOf, useTools, useViewer } from "./workspace.js";

const NOTHING_WRONG = {};

const TOGETHER = 5 * 60 * 1000;

export const milliseconds = (message) => Number(message.ts) * 1000;

/** Whether a short message goes on where its author's last one ended, so that it needs no head of its own. */
export const follows = (before, message) =>
  Boolean(before) &&
  before.author.id === message.author.id &&
  !before.ephemeral &&
  !message.ephemeral &&
  message.blocks.length < 2 &&
  milliseconds(message) - milliseconds(before) < TOGETHER;

/**
 * @param {object} props
 * @param {import("./types.js").Message} props.message
 * @param {string} props.channel
 * @param {boolean} props.compact follows one of the same author: no head
 * @param {() => void} [props.dismiss]
 */
export const MessageRow = memo(({ message, channel, compact, dismiss }) => {
  const [trouble, setTrouble] = useState("");
  const surface = useMessageSurface(message, channel, setTrouble);
  const { model } = useTools();
  const name = nameOf(model.workspace, message.author.id) ?? message.author.name;
  return html`<article
    class=${classes("message", compact && "compact", message.ephemeral && "ephemeral")}
    data-ts=${message.ts}
    aria-label="${name}, ${timeOf(milliseconds(message))}"
  >
    ${message.ephemeral && html`<p class="only-you"><${Eye} /> Only visible to you</p>`}
    <div class="message-side">
      ${
        compact
          ? html`<${Stamp} message=${message} />`
          : html`<${Avatar} id=${message.author.id} name=${name} bot=${message.author.bot} />`
      }
    </div>
    <div class="message-main">
      ${!compact && html`<${Head} message=${message} name=${name} />`}
      <${SurfaceContext.Provider} value=${surface}><${Body} message=${message} /><//>
      ${trouble && html`<p class="trouble" role="alert">${trouble}</p>`}
      ${
        message.ephemeral &&
        dismiss &&
        html`<button type="button" class="link-button" onClick=${() => dismiss(message)}>Dismiss message</button>`
      }
    </div>
  </article>`;
});

function Body({ message }) {
  const edited = message.edited && html`<span class="edited">(edited)</span>`;
  if (message.blocks.length) return html`<${Blocks} blocks=${message.blocks} />${edited}`;
  return html`<div class="words"><${Mrkdwn} text=${message.text} verbatim /> ${edited}</div>`;
}

const Head = ({ message, name }) =>
  html`<div class="message-head">
    <span class="author">${name}</span>
    ${message.author.bot && html`<span class="app-badge">APP</span>`}
    <${Stamp} message=${message} />
  </div>`;

function Stamp({ message }) {
  const at = milliseconds(message);
  return html`<time class="stamp" datetime=${new Date(at).toISOString()} title=${timeOf(at, true)}>${timeOf(at)}</time>`;
}

const Eye = () =>
  html`<svg class="eye" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
    <path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </svg>`;

function useMessageSurface(message, channel, setTrouble) {
  const { ask } = useTools();
  const seat = useViewer();
  const where = (block, element) => ({
    seat,
    channel,
    ts: message.ts,
    revision: message.revision,
    block_id: block.block_id,
    action_id: element.action_id,
  });
  const surface = useHeldSurface(
    {
      async press(block, element, chosen) {
        setTrouble("");
        const values = collect(message.blocks, surface.values);
        await ask({ do: "press", ...where(block, element), values, ...chosen }).catch((error) =>
          setTrouble(error.message),
        );
      },
      suggest: (block, element, query) => ask({ do: "suggest", ...where(block, element), query }),
    },
    NOTHING_WRONG,
  );
  return surface;
}
