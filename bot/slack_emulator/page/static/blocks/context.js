/** Small grey print: texts and images in a row. */
import { Element } from "../elements/index.js";
import { html } from "../html.js";
import { Words } from "../text.js";

const TEXTS = ["mrkdwn", "plain_text"];

export const Context = ({ block }) =>
  html`<div class="context">
    ${block.elements.map((element) =>
      TEXTS.includes(element.type)
        ? html`<span class="words"><${Words} words=${element} /></span>`
        : html`<${Element} block=${block} element=${element} />`,
    )}
  </div>`;
