/** The bot's Web API calls, newest first. */
import { timeOf } from "./date.js";
import { classes, html, memo } from "./html.js";
import { useTools } from "./workspace.js";

export function Calls() {
  const { model } = useTools();
  if (!model.calls.length) return html`<p class="panel-empty">The bot has called nothing yet.</p>`;
  return html`<div class="table-frame" tabindex="0" role="region" aria-label="Calls">
    <table class="table">
      <thead>
        <tr><th scope="col">When</th><th scope="col">Method</th><th scope="col">Answer</th></tr>
      </thead>
      <tbody>
        ${model.calls.toReversed().map((call) => html`<${Line} key=${call.n} call=${call} />`)}
      </tbody>
    </table>
  </div>`;
}

const Line = memo(
  ({ call }) =>
    html`<tr class="call">
    <td class="mono">${timeOf(call.at, true)}</td>
    <td><span class="mono">${call.method}</span><span class="summary" title=${call.summary}>${call.summary}</span></td>
    <td class=${classes(call.ok === false && "bad")}>${answer(call)}</td>
  </tr>`,
);

function answer({ ok, error, status }) {
  if (ok === null) return "no answer yet";
  return ok ? "ok" : error || `HTTP ${status}`;
}
