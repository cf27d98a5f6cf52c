/** A modal: its blocks, its inputs and what is wrong with them, and its way back and forth. */
import { Blocks } from "./blocks/index.js";
import { Dialog } from "./dialog.js";
import { classes, html, useEffect, useRef, useState } from "./html.js";
import { collect, problems } from "./inputs.js";
import { SurfaceContext, useHeldSurface } from "./surface.js";
import { plainWords } from "./text.js";
import { useTools, useViewer } from "./workspace.js";

/** @param {{view: import("./types.js").View, depth: number, covered: boolean}} props */
export function Modal({ view, depth, covered }) {
  const form = useForm(view);
  const title = plainWords(view.title);
  const blocks = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    const wrong = blocks.current?.querySelector("[aria-invalid=true]:is(input, textarea)");
    if (wrong) /** @type {HTMLElement} */ (wrong).focus();
  }, [form.errors]);
  return html`<${Dialog} title=${title} covered=${covered} version=${view.hash} onClose=${form.close}>
    <header class="dialog-head">
      ${depth > 1 && html`<button type="button" class="icon-button" aria-label="Back" onClick=${form.close}>←</button>`}
      <span class="dialog-title" aria-hidden="true">${title}</span>
      <button type="button" class="icon-button" aria-label="Close" onClick=${form.close}>×</button>
    </header>
    <form class="dialog-form" noValidate onSubmit=${form.submit}>
      <div class="dialog-body" ref=${blocks}>
        ${form.trouble && html`<p class="trouble" role="alert">${form.trouble}</p>`}
        <${SurfaceContext.Provider} value=${form.surface}><${Blocks} blocks=${view.blocks} /><//>
      </div>
      <footer class="dialog-foot">
        <button type="button" class="button" onClick=${form.close}>${plainWords(view.close) || "Cancel"}</button>
        ${
          view.submit &&
          html`<button class=${classes("button button-primary", form.busy && "busy")} aria-disabled=${form.busy ? "true" : undefined}>
          ${plainWords(view.submit)}
        </button>`
        }
      </footer>
    </form>
  <//>`;
}

/** What is typed, what is wrong with it, and what the buttons do. */
function useForm(view) {
  const { ask } = useTools();
  const seat = useViewer();
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [trouble, setTrouble] = useState("");
  const [busy, setBusy] = useState(false);
  const tell = (error) => setTrouble(error.message);
  const surface = useViewSurface(view, errors, tell);
  const submit = async (event) => {
    event.preventDefault();
    if (busy || !view.submit) return;
    setTrouble("");
    const wrong = problems(view.blocks, surface.values);
    setErrors(wrong);
    if (Object.keys(wrong).length) return;
    setBusy(true);
    const values = collect(view.blocks, surface.values);
    await ask({ do: "submit", seat, view: view.id, values }).then(
      (answer) => setErrors(answer.errors ?? {}),
      tell,
    );
    setBusy(false);
  };
  const close = () => void ask({ do: "close", seat, view: view.id }).catch(tell);
  return { surface, errors, trouble, busy, submit, close };
}

/** Blocks in a modal or on the Home tab. */
export function useViewSurface(view, errors, tell) {
  const { ask } = useTools();
  const seat = useViewer();
  const surface = useHeldSurface(
    {
      press: (block, element, chosen) =>
        ask({
          do: "view_press",
          seat,
          view: view.id,
          block_id: block.block_id,
          action_id: element.action_id,
          values: collect(view.blocks, surface.values),
          ...chosen,
        }).catch(tell),
      suggest: (block, element, query) =>
        ask({
          do: "suggest",
          seat,
          view: view.id,
          block_id: block.block_id,
          action_id: element.action_id,
          query,
        }),
    },
    errors,
  );
  return surface;
}
