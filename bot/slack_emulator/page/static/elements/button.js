/** A button: it asks first where it should, and is busy until the app has answered. */
import { classes, html, useContext, useState } from "../html.js";
import { AskFirstContext, useSurface } from "../surface.js";
import { Words } from "../text.js";

const SAFE_URL = /^https?:\/\//i;

export function Button({ block, element }) {
  const surface = useSurface();
  const askFirst = useContext(AskFirstContext);
  const [busy, setBusy] = useState(false);
  const press = async () => {
    if (busy || (element.confirm && !(await askFirst(element.confirm)))) return;
    setBusy(true);
    if (SAFE_URL.test(element.url ?? "")) window.open(element.url, "_blank", "noreferrer,noopener");
    await surface.press(block, element, { value: element.value });
    setBusy(false);
  };
  return html`<button
    type="button"
    class=${classes("button", element.style && `button-${element.style}`, busy && "busy")}
    data-action=${element.action_id}
    aria-label=${element.accessibility_label}
    aria-disabled=${busy ? "true" : undefined}
    onClick=${press}
  >
    <${Words} words=${element.text} />
  </button>`;
}
