/** A block or element of a kind that the page does not know: its JSON, so that nothing is ever hidden. */
import { html } from "../html.js";

/** @param {{block: import("../types.js").Block}} props */
export const Unknown = ({ block }) =>
  html`<figure class="unknown">
    <figcaption>Not drawn here: <code>${String(block?.type)}</code></figcaption>
    <pre tabindex="0">${JSON.stringify(block, null, 2)}</pre>
  </figure>`;
