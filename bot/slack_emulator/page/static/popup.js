/**
 * Lists and menus that open over everything else. They use the browser's top layer (`popover`), because a
 * message off screen is not laid out and would cut off whatever hangs out of it.
 */
import { useLayoutEffect, useRef } from "./html.js";

const GAP = 4;

/**
 * @param {boolean} open
 * @param {{current: HTMLElement|null}} anchor what the popup hangs from
 * @param {boolean} [upward] above the anchor if there is any room
 * @returns {{current: HTMLElement|null}} the ref for an element with `popover="manual"`
 */
export function usePopup(open, anchor, upward = false) {
  const popup = useRef(/** @type {HTMLElement|null} */ (null));
  useLayoutEffect(() => {
    const box = popup.current;
    if (!open || !box) return undefined;
    const place = () => anchor.current && put(box, anchor.current.getBoundingClientRect(), upward);
    box.showPopover();
    addEventListener("scroll", place, true);
    addEventListener("resize", place);
    return () => {
      removeEventListener("scroll", place, true);
      removeEventListener("resize", place);
      if (box.matches(":popover-open")) box.hidePopover();
    };
  }, [open]);
  useLayoutEffect(() => {
    if (open && popup.current && anchor.current)
      put(popup.current, anchor.current.getBoundingClientRect(), upward);
  });
  return popup;
}

/** Below the anchor, or above where there is more room. */
function put(box, anchor, upward) {
  const below = innerHeight - anchor.bottom - 2 * GAP;
  const above = anchor.top - 2 * GAP;
  const wanted = Math.min(box.scrollHeight, 240);
  const up = upward ? above > wanted : below < wanted && above > below;
  box.style.minWidth = `${Math.min(anchor.width, innerWidth - 2 * GAP)}px`;
  box.style.maxHeight = `${Math.min(up ? above : below, 400)}px`;
  box.style.left = `${Math.max(GAP, Math.min(anchor.left, innerWidth - box.offsetWidth - GAP))}px`;
  box.style.top = up ? "auto" : `${anchor.bottom + GAP}px`;
  box.style.bottom = up ? `${innerHeight - anchor.top + GAP}px` : "auto";
}
