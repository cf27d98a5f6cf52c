/** A heading of a message or view. */
import { html } from "../html.js";
import { Words } from "../text.js";

export const Header = ({ block }) => html`<h3 class="block-header"><${Words} words=${block.text} /></h3>`;
