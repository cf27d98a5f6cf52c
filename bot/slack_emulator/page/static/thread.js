/** A thread under its first message: collapsed to a line, or open with its replies and a box to answer in. */
import { Composer } from "./composer.js";
import { timeOf } from "./date.js";
import { html, memo, useId, useState } from "./html.js";
import { MessageRow, follows, milliseconds } from "./message.js";

/**
 * @param {object} props
 * @param {import("./types.js").Message} props.root
 * @param {import("./types.js").Message[]} props.replies
 * @param {string} props.channel
 * @param {string} props.newFrom replies after this `ts` are new
 * @param {(message: import("./types.js").Message) => void} props.dismiss
 */
export const Thread = memo(({ root, replies, channel, newFrom, dismiss }) => {
  const [open, setOpen] = useState(false);
  const id = useId();
  const last = replies.at(-1);
  const fresh = replies.filter(({ ts }) => ts > newFrom).length;
  const toggle = (event) => {
    setOpen(!open);
    if (!open) showFromStart(event.currentTarget.closest(".thread"));
  };
  return html`<div class="thread">
    <button type="button" class="thread-button" aria-expanded=${String(open)} aria-controls=${id} onClick=${toggle}>
      <span class="thread-arrow" aria-hidden="true"></span>
      ${replies.length} ${replies.length === 1 ? "reply" : "replies"}
      ${fresh > 0 && !open && html`<span class="thread-new">${fresh} new</span>`}
      <span class="thread-last">last at ${timeOf(milliseconds(last))}</span>
    </button>
    <div id=${id} class="thread-replies" hidden=${!open}>
      ${
        open &&
        replies.map(
          (reply, index) => html`<${MessageRow}
          key=${reply.ts}
          message=${reply}
          channel=${channel}
          compact=${follows(replies[index - 1], reply)}
          dismiss=${dismiss}
        />`,
        )
      }
      ${open && html`<${Composer} channel=${channel} thread=${root.ts} placeholder="Reply…" />`}
    </div>
  </div>`;
});

/** Once the replies are drawn, the first message is at the top, so that a long thread is read from there. */
function showFromStart(thread) {
  requestAnimationFrame(() =>
    requestAnimationFrame(() => thread.previousElementSibling?.scrollIntoView({ block: "start" })),
  );
}
