/** Who is in which user group: a control of Backstage, where there are any. */
import { classes, html, useState } from "./html.js";
import { groupOf, personOf, shortName, useTools } from "./workspace.js";

/** @param {{act: (name: string, request: any) => Promise<void>, busy: string}} props */
export function Groups({ act, busy }) {
  const { model } = useTools();
  const [picked, pick] = useState({ group: "", person: "" });
  const groups = model.workspace?.groups ?? [];
  const people = model.workspace?.people.filter(({ kind }) => kind !== "external") ?? [];
  const group = groupOf(model.workspace, picked.group) ?? groups[0];
  const person = personOf(model.workspace, picked.person) ?? people[0];
  if (!group || !person) return null;
  const inside = group.members.includes(person.id);
  const request = { do: "group", group: group.id, person: person.id, on: !inside };
  return html`<fieldset class="groups">
    <legend>Groups</legend>
    <select
      aria-label="User group"
      value=${group.id}
      onChange=${(event) => pick({ ...picked, group: event.currentTarget.value })}
    >
      ${groups.map(({ id, handle, members }) => html`<option value=${id}>@${handle} (${members.length})</option>`)}
    </select>
    <select
      aria-label="Person"
      value=${person.id}
      onChange=${(event) => pick({ ...picked, person: event.currentTarget.value })}
    >
      ${people.map((one) => html`<option value=${one.id}>${group.members.includes(one.id) ? "✓ " : ""}${shortName(one)}</option>`)}
    </select>
    <button
      type="button"
      class=${classes("button button-small", busy === "group" && "busy")}
      onClick=${() => act("group", request)}
    >
      ${inside ? "Remove" : "Add"}
    </button>
  </fieldset>`;
}
