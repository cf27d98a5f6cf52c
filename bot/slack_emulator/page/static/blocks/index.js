/** Draws a list of blocks, each by its kind; what is not known, or cannot be drawn, is shown as its JSON. */
import { html } from "../html.js";
import { useErrorBoundary } from "../vendor/hooks.js";
import { Actions } from "./actions.js";
import { Chart } from "./chart.js";
import { Context } from "./context.js";
import { Divider } from "./divider.js";
import { Header } from "./header.js";
import { ImageBlock } from "./image.js";
import { Input } from "./input.js";
import { RichText } from "./rich_text.js";
import { Section } from "./section.js";
import { Unknown } from "./unknown.js";

const KINDS = {
  actions: Actions,
  context: Context,
  data_visualization: Chart,
  divider: Divider,
  header: Header,
  image: ImageBlock,
  input: Input,
  rich_text: RichText,
  section: Section,
};

/** @param {{blocks: import("../types.js").Block[]}} props */
export const Blocks = ({ blocks }) =>
  html`<div class="blocks">
    ${blocks.map((block, index) => html`<${Guarded} key=${block.block_id ?? index} block=${block} />`)}
  </div>`;

function Guarded({ block }) {
  const [broken] = useErrorBoundary();
  const Kind = (!broken && Object.hasOwn(KINDS, block.type) && KINDS[block.type]) || Unknown;
  return html`<${Kind} block=${block} />`;
}
