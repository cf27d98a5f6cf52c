/** A row of buttons, selects and other controls. */
import { Element } from "../elements/index.js";
import { html } from "../html.js";

export const Actions = ({ block }) =>
  html`<div class="actions">
    ${block.elements.map(
      (element) => html`<${Element} key=${element.action_id} block=${block} element=${element} />`,
    )}
  </div>`;
