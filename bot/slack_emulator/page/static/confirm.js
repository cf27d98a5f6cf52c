/** The question that a button or select asks before it acts. */
import { Dialog } from "./dialog.js";
import { html } from "./html.js";
import { Words, plainWords } from "./text.js";

/**
 * @param {{confirm: import("./types.js").Block, answer: (yes: boolean) => void}} props
 */
export function Confirm({ confirm, answer }) {
  const style = confirm.style === "danger" ? "button-danger" : "button-primary";
  const title = plainWords(confirm.title);
  return html`<${Dialog} title=${title} role="alertdialog" size="dialog-small" onClose=${() => answer(false)}>
    <header class="dialog-head"><span class="dialog-title" aria-hidden="true">${title}</span></header>
    <div class="dialog-body"><div class="words"><${Words} words=${confirm.text} /></div></div>
    <footer class="dialog-foot">
      <button type="button" class="button" data-first onClick=${() => answer(false)}>
        ${plainWords(confirm.deny)}
      </button>
      <button type="button" class="button ${style}" onClick=${() => answer(true)}>
        ${plainWords(confirm.confirm)}
      </button>
    </footer>
  <//>`;
}
