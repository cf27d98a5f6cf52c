/** An input with its label, its hint, and what is wrong with what was entered. */
import { Element } from "../elements/index.js";
import { html, useId } from "../html.js";
import { useSurface } from "../surface.js";
import { plainWords } from "../text.js";

const GROUPS = ["checkboxes", "radio_buttons"];

export function Input({ block }) {
  const error = useSurface().errors[block.block_id];
  const id = useId();
  const ids = { control: `${id}-control`, hint: `${id}-hint`, error: `${id}-error` };
  const describedBy = [error && ids.error, block.hint && ids.hint].filter(Boolean).join(" ") || undefined;
  const words = html`${plainWords(block.label)}${block.optional && html`<span class="optional"> (optional)</span>`}`;
  const field = { id: ids.control, label: plainWords(block.label), describedBy, invalid: Boolean(error) };
  return html`<div class="input">
    ${
      GROUPS.includes(block.element.type)
        ? html`<span class="label" id="${id}-label">${words}</span>`
        : html`<label class="label" for=${ids.control}>${words}</label>`
    }
    <${Element} block=${block} element=${block.element} field=${field} />
    ${error && html`<p class="error" id=${ids.error} role="alert">${error}</p>`}
    ${block.hint && html`<p class="hint" id=${ids.hint}>${plainWords(block.hint)}</p>`}
  </div>`;
}
