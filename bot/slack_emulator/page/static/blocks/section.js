/** A section: text, fields in two columns, and one accessory beside them. */
import { Element } from "../elements/index.js";
import { html } from "../html.js";
import { Words } from "../text.js";
import { Unknown } from "./unknown.js";

export function Section({ block }) {
  if (!block.text && !block.fields) return html`<${Unknown} block=${block} />`;
  return html`<div class="section">
    <div class="section-words">
      ${block.text && html`<div class="words"><${Words} words=${block.text} /></div>`}
      ${
        block.fields &&
        html`<div class="fields">
        ${block.fields.map((field) => html`<div class="words"><${Words} words=${field} /></div>`)}
      </div>`
      }
    </div>
    ${
      block.accessory &&
      html`<div class="accessory"><${Element} block=${block} element=${block.accessory} /></div>`
    }
  </div>`;
}
