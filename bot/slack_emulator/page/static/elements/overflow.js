/** The overflow menu: three dots and up to five choices. */
import { html, useContext, useRef, useState } from "../html.js";
import { usePopup } from "../popup.js";
import { AskFirstContext, useSurface } from "../surface.js";
import { Words } from "../text.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function Overflow({ block, element }) {
  const surface = useSurface();
  const askFirst = useContext(AskFirstContext);
  const [open, setOpen] = useState(false);
  const button = useRef(/** @type {HTMLButtonElement|null} */ (null));
  const menu = usePopup(open, button);
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const choose = async (option) => {
    close();
    if (element.confirm && !(await askFirst(element.confirm))) return;
    await surface.press(block, element, { option });
  };
  const keys = (event) => {
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      close();
    } else if (event.key in STEPS) {
      event.preventDefault();
      step(event.currentTarget, STEPS[event.key]);
    }
  };
  const leave = (event) => !event.currentTarget.contains(event.relatedTarget) && setOpen(false);
  return html`<span class="overflow" onFocusOut=${leave}>
    <button
      type="button"
      class="button overflow-button"
      ref=${button}
      aria-label="More actions"
      aria-haspopup="menu"
      aria-expanded=${String(open)}
      onClick=${() => setOpen(!open)}
    >
      …
    </button>
    ${
      open &&
      html`<div class="popup menu" popover="manual" role="menu" ref=${menu} onKeyDown=${keys}>
      ${element.options.map(
        (option, index) => html`<button
          type="button"
          role="menuitem"
          ref=${index ? undefined : focus}
          onClick=${() => choose(option)}
        >
          <${Words} words=${option.text} />
        </button>`,
      )}
    </div>`
    }
  </span>`;
}

const focus = (node) => node && queueMicrotask(() => node.focus());

function step(menu, by) {
  const items = [...menu.querySelectorAll("[role=menuitem]")];
  const at = items.indexOf(document.activeElement);
  items[(at + by + items.length) % items.length].focus();
}
