/** An image is never loaded (the page talks to its own server only): its words stand for it. */
import { html } from "../html.js";
import { plainWords } from "../text.js";

export const ImageBlock = ({ block }) =>
  html`<figure class="image">
    ${block.title && html`<figcaption>${plainWords(block.title)}</figcaption>`}
    <${Picture} alt=${block.alt_text} />
  </figure>`;

/** The box in place of a picture. */
export const Picture = ({ alt }) =>
  html`<span class="picture" role="img" aria-label=${alt} title="Images are not loaded here">${alt}</span>`;
