/** The audit stream as a table, newest first; each event's JSON on demand. */
import { timeOf } from "./date.js";
import { Fragment, html, memo, useState } from "./html.js";
import { Mark, Tree } from "./tree.js";
import { nameOf, useTools } from "./workspace.js";

const ACTORS = { bot: "envaccess", time: "time" };

export function Audit() {
  const { model } = useTools();
  if (!model.more.audit.length) return html`<p class="panel-empty">Nothing has happened yet.</p>`;
  const marks = model.more.tree?.marks ?? {};
  return html`<${Tree} /><div class="table-frame" tabindex="0" role="region" aria-label="Audit events">
    <table class="table">
      <thead>
        <tr><th scope="col">When</th><th scope="col">Tag</th><th scope="col">Who</th><th scope="col">What</th></tr>
      </thead>
      <tbody>
        ${model.more.audit.toReversed().map((event) => html`<${Line} key=${event.id} event=${event} mark=${(marks[event.id] ?? ["waits", -1]).join(":")} workspace=${model.workspace} />`)}
      </tbody>
    </table>
  </div>`;
}

const Line = memo(({ event, mark, workspace }) => {
  const [open, setOpen] = useState(false);
  return html`<${Fragment}>
    <tr class="event event-${mark.split(":")[0]}" data-event=${event.event}>
      <td class="mono"><${Mark} mark=${mark} /> ${timeOf(event.at, true)}</td>
      <td>
        <button type="button" class="tag tag-${event.event.split(".")[0]}" aria-expanded=${String(open)} title="Show the JSON" onClick=${() => setOpen(!open)}>
          ${event.event}
        </button>
      </td>
      <td>${who(event, workspace)}</td>
      <td>${what(event, workspace)}</td>
    </tr>
    ${open && html`<tr class="event-json"><td colspan="4"><pre tabindex="0">${JSON.stringify(event, null, 2)}</pre></td></tr>`}
  <//>`;
});

const who = ({ actor_kind: kind, actor }, workspace) =>
  nameOf(workspace, actor) ?? [ACTORS[kind] ?? kind, actor].filter(Boolean).join(" ");

/** Names, whose, request id, and the details that only this tag has. */
function what({ variables, requester, actor, request, detail }, workspace) {
  const details = Object.entries(detail ?? {}).filter(([, value]) => value !== "" && value !== null);
  const forWhom = requester && requester !== actor && `for ${nameOf(workspace, requester) ?? requester}`;
  return html`${variables.map((name) => html`<code>${name.replace(/^default\//, "")}</code> `)}
    ${forWhom && html`<span>${forWhom} </span>`}
    ${details.map(([name, value]) => html`<span class="detail"><span>${name.replace(/_/g, " ")}</span> ${shown(name, value)} </span>`)}
    ${request && html`<span class="mono faint">${request}</span>`}`;
}

function shown(name, value) {
  const at = /(_at|_ms)$/.test(name) && /^\d{13}$/.test(String(value));
  return at ? timeOf(Number(value), true) : String(typeof value === "object" ? JSON.stringify(value) : value);
}
