/** A dialog over one seat: it takes the focus, keeps it, and gives it back. */
import { html, useEffect, useId, useRef } from "./html.js";

const REACHABLE =
  "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex='0']";

/**
 * @param {object} props
 * @param {string} props.title
 * @param {any} props.children
 * @param {() => void} props.onClose for Escape and a click beside the dialog
 * @param {"dialog"|"alertdialog"} [props.role]
 * @param {boolean} [props.covered] another dialog lies over this one
 * @param {string} [props.version] changes with the content, which may take the focused control away
 * @param {string} [props.size]
 */
export function Dialog({
  title,
  children,
  onClose,
  role = "dialog",
  covered = false,
  version = "",
  size = "",
}) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const titleId = useId();
  useEffect(() => holdFocus(/** @type {HTMLElement} */ (box.current)), []);
  useEffect(() => {
    if (document.activeElement === document.body && box.current?.dataset.held) box.current.focus();
    if (box.current) box.current.dataset.held = "yes";
  }, [version]);
  const keys = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    } else if (event.key === "Tab") {
      wrapFocus(event, box.current);
    }
  };
  const beside = (event) => event.target === event.currentTarget && onClose();
  return html`<div class="backdrop" inert=${covered} onMouseDown=${beside}>
    <div
      class="dialog ${size}"
      ref=${box}
      role=${role}
      aria-modal="true"
      aria-labelledby=${titleId}
      tabindex="-1"
      onKeyDown=${keys}
    >
      <h2 class="visually-hidden" id=${titleId}>${title}</h2>
      ${children}
    </div>
  </div>`;
}

const reachable = (box) => [...box.querySelectorAll(REACHABLE)].filter((node) => node.checkVisibility());

function holdFocus(box) {
  const before = /** @type {HTMLElement|null} */ (document.activeElement);
  const seat = box.closest(".seat");
  // Focus in the other seat is left there: that person may be typing.
  if (before === document.body || !before || seat?.contains(before)) {
    (box.querySelector("[data-first]") ?? firstField(box) ?? box).focus();
  }
  return () => {
    const home =
      before?.isConnected && before !== document.body ? before : seat?.querySelector(".composer textarea");
    if (!document.activeElement || document.activeElement === document.body)
      /** @type {any} */ (home)?.focus();
  };
}

/** The first field; without one, the dialog itself, so that it is read from its start. */
const firstField = (box) => box.querySelector(".dialog-body :is(input, textarea)");

function wrapFocus(event, box) {
  const stops = reachable(box);
  const last = stops.at(-1);
  const [edge, next] = event.shiftKey ? [stops[0], last] : [last, stops[0]];
  if (document.activeElement === edge || !box.contains(document.activeElement)) {
    event.preventDefault();
    next?.focus();
  }
}
