/** The box to write in: messages, and commands with their completion. Enter sends, Shift+Enter breaks the line. */
import { NOTHING, suggest } from "./complete.js";
import { Option } from "./elements/combobox.js";
import { classes, html, useEffect, useId, useLayoutEffect, useRef, useState } from "./html.js";
import { usePopup } from "./popup.js";
import { useTools, useViewer } from "./workspace.js";

/**
 * @param {object} props
 * @param {string|null} props.channel null: the bot's direct messages, which nobody opened yet
 * @param {string} props.placeholder
 * @param {string} [props.thread] the `ts` of the thread to answer in
 */
export function Composer({ channel, placeholder, thread = "" }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const area = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
  const listId = useId();
  const draft = useDraft(channel, thread);
  const post = usePost(channel, thread, draft);
  const completion = useCompletion(draft, area, !thread);
  const popup = usePopup(completion.open, box, true);
  useGrowth(area, draft.text);
  const keys = (event) => {
    if (event.isComposing) return;
    if (completion.keys(event)) return event.preventDefault();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      post.send();
    } else if (event.key === "ArrowUp" && !draft.text && draft.last()) {
      draft.type(draft.last());
    }
    return undefined;
  };
  const typed = (event) => {
    draft.type(event.currentTarget.value, event.currentTarget.selectionStart);
    post.forgive();
  };
  return html`<div class=${classes("composer", thread && "composer-small")}>
    ${post.trouble && html`<p class="trouble" role="alert">${post.trouble}</p>`}
    <div class="composer-box" ref=${box}>
      <textarea
        ref=${area}
        rows="1"
        aria-label=${placeholder}
        placeholder=${placeholder}
        aria-autocomplete="list"
        aria-controls=${completion.open ? listId : undefined}
        aria-activedescendant=${completion.at >= 0 ? `${listId}-${completion.at}` : undefined}
        value=${draft.text}
        onInput=${typed}
        onKeyDown=${keys}
        onBlur=${completion.close}
      />
      <button type="button" class=${classes("send", post.busy && "busy")} aria-label="Send" aria-disabled=${draft.text.trim() ? undefined : "true"} onClick=${post.send}>
        <svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M3.5 4.2 21 12 3.5 19.8l2-6.6L14 12 5.5 10.8z" /></svg>
      </button>
    </div>
    ${
      completion.open &&
      html`<div class="popup completions" popover="manual" ref=${popup} onMouseDown=${(event) => event.preventDefault()}>
      ${
        completion.items.length > 0 &&
        html`<ul id=${listId} role="listbox" aria-label="Suggestions">
        ${completion.items.map(
          (item, index) => html`<${Option}
            key=${item.label}
            id="${listId}-${index}"
            label=${item.label}
            about=${item.about}
            active=${index === completion.at}
            chosen=${index === completion.at}
            pick=${() => completion.take(item)}
          />`,
        )}
      </ul>`
      }
      ${completion.hint && html`<p class="popup-told mono">${completion.hint}</p>`}
    </div>`
    }
  </div>`;
}

/** What is typed here and not sent; it outlives a change of channel or seat. */
function useDraft(channel, thread) {
  const { ui } = useTools();
  const viewer = useViewer();
  const key = `${viewer} ${channel} ${thread}`;
  const [state, setState] = useState({ text: ui.drafts.get(key) ?? "", caret: 0 });
  const type = (text, caret = text.length) => {
    ui.drafts.set(key, text);
    setState({ text, caret });
  };
  // Somebody else, the tour, may type here: it says so by an event.
  useEffect(() => {
    const take = (event) => event.detail.key === key && type(event.detail.text);
    addEventListener("playground-type", take);
    return () => removeEventListener("playground-type", take);
  }, [key]);
  const sentKey = `sent ${viewer}`;
  return {
    ...state,
    type,
    last: () => ui.drafts.get(sentKey) ?? "",
    remember: (text) => ui.drafts.set(sentKey, text),
  };
}

/** Put a text into somebody's box, as if they had typed it. */
export function typeFor(person, channel, text) {
  dispatchEvent(new CustomEvent("playground-type", { detail: { key: `${person} ${channel} `, text } }));
}

function usePost(channel, thread, draft) {
  const { model, ask } = useTools();
  const seat = useViewer();
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const send = async () => {
    const text = draft.text.trim();
    if (!text || busy) return;
    const isCommand = text.startsWith("/") && !thread;
    setTrouble("");
    setBusy(true);
    draft.remember(text);
    draft.type("");
    try {
      const place = channel ?? (await opened(model, ask, seat));
      const more = thread ? { thread_ts: thread } : {};
      await ask({ do: isCommand ? "command" : "write", seat, channel: place, text, ...more });
    } catch (error) {
      setTrouble(/** @type {Error} */ (error).message);
      draft.type(text);
    }
    setBusy(false);
  };
  return { send, trouble, busy, forgive: () => trouble && setTrouble("") };
}

/** The bot's direct messages, opened now if nobody did before. */
async function opened(model, ask, seat) {
  await ask({ do: "home", seat }).catch(() => undefined);
  const { dm } = model.seat(seat);
  if (!dm) throw new Error(`${model.workspace?.bot.name} has no direct messages with this person yet.`);
  return dm;
}

function useCompletion(draft, area, commands) {
  const { model } = useTools();
  const [at, setAt] = useState(-1);
  const [closed, setClosed] = useState("");
  const found = suggest(draft.text, draft.caret, model.workspace, { commands });
  const open = draft.text !== closed && (found.items.length > 0 || found.hint !== "");
  const { items, hint } = open ? found : NOTHING;
  useEffect(() => setAt(found.eager ? 0 : -1), [draft.text]);
  const close = () => setClosed(draft.text);
  const take = (item) => {
    const text = draft.text.slice(0, found.from) + item.insert + draft.text.slice(found.to);
    draft.type(text, found.from + item.insert.length);
    area.current?.focus();
  };
  const keys = (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!open) return false;
    if (event.key === "Escape") return (close(), true);
    if (!items.length || event.shiftKey) return false;
    if (move) return (setAt((Math.max(at, move < 0 ? 0 : -1) + move + items.length) % items.length), true);
    const chosen = items[at] ?? (event.key === "Tab" ? items[0] : undefined);
    if (chosen && (event.key === "Tab" || event.key === "Enter")) return (take(chosen), true);
    return false;
  };
  return { open, items, hint, at: open && at < items.length ? at : -1, keys, take, close };
}

/** As high as its text, up to what the style sheet allows. */
function useGrowth(area, text) {
  useLayoutEffect(() => {
    const node = area.current;
    if (!node) return;
    node.style.height = "auto";
    node.style.height = `${node.scrollHeight}px`;
  }, [text]);
}
