/** Live grants, each with its key's own time to live counting down. */
import { useNow } from "./clock.js";
import { html } from "./html.js";
import { nameOf, useTools } from "./workspace.js";

export function Grants() {
  const { model } = useTools();
  const now = useNow();
  const passed = model.more.grantsAt ? now - model.more.grantsAt : 0;
  if (!model.more.grants.length) {
    return html`<p class="panel-empty">No access is live. When a request is approved, its key appears here, and the key's own TTL ends it.</p>`;
  }
  return html`<ul class="grants" tabindex="0" aria-label="Live grants">
    ${model.more.grants.map((grant) => html`<${Grant} key=${grant.id} grant=${grant} left=${grant.ttl_ms - passed} workspace=${model.workspace} />`)}
  </ul>`;
}

function Grant({ grant, left, workspace }) {
  const whole = Math.max(1, grant.expires_ms - grant.granted_ms);
  const gone = left <= 0;
  return html`<li class="grant" data-grant=${grant.id}>
    <p>
      <strong>${nameOf(workspace, grant.requester) ?? grant.requester}</strong>
      ${" "}${grant.variables.map((name) => html`<code>${name.replace(/^default\//, "")}</code> `)}
      ${grant.once && html`<span class="faint">one reveal</span>`}
    </p>
    <p class="ttl">
      <span class="mono ttl-left">${gone ? "key gone" : countdown(left)}</span>
      <progress value=${gone ? 0 : Math.min(1, left / whole)} max="1" aria-label="Time left"></progress>
    </p>
    <p class="mono faint">${grant.id}</p>
  </li>`;
}

/** `3_725_000` -> `1:02:05`. */
function countdown(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}
