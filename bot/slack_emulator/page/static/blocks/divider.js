/** A line across. */
import { html } from "../html.js";

export const Divider = () => html`<hr />`;
