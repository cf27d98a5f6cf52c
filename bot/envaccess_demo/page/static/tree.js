/** The audit tree, verified anew all the time; and what somebody could do to the stream who writes to Redis. */
import { serverNow, span, useNow } from "./clock.js";
import { html } from "./html.js";
import { useTools } from "./workspace.js";

const WORDS = { 0: "valid", 3: "ALTERED", 4: "FORKED", 5: "incomplete" };

/** What `envaccess audit verify` says of the stream at this moment. */
export function Tree() {
  const { model } = useTools();
  useNow();
  const tree = model.more.tree;
  if (!tree) return null;
  if (!tree.size && !tree.exit_code)
    return html`<p class="tree" role="status">Nothing is sealed yet: what happens is sealed within a minute.</p>`;
  const good = tree.exit_code === 0;
  const waits = Object.values(tree.marks).filter(([mark]) => mark === "waits").length;
  return html`<div class="tree ${good ? "tree-good" : "tree-bad"}" role="status" data-exit=${tree.exit_code}>
    <p>
      <strong>${good ? "✓" : "✗"} ${WORDS[tree.exit_code] ?? "?"}</strong>${" "}
      <span class="faint">audit verify ends with ${tree.exit_code}</span>
    </p>
    ${tree.problems.map((problem) => html`<p class="tree-problem">${problem}</p>`)}
    <p class="faint">
      ${`${tree.size} sealed up to ${span(Math.max(0, serverNow() - tree.sealed_until))} ago, ${waits} not yet`} · root${" "}
      <span class="mono" title=${tree.root}>${tree.root.slice(0, 12)}…</span> · key <span class="mono">${tree.key}</span>
    </p>
  </div>`;
}

const MARKS = {
  sealed: { sign: "✓", told: "sealed, and as it was" },
  waits: { sign: "·", told: "not sealed yet" },
  altered: { sign: "✗", told: "not as it was sealed" },
  missing: { sign: "✗", told: "gone from Redis" },
  gone: { sign: "–", told: "undone with the fork" },
};

/** How one event stands, as `sealed:12`: a tick with the index of its leaf. @param {{mark: string}} props */
export function Mark({ mark }) {
  const [name, place] = mark.split(":");
  const { sign, told } = MARKS[name] ?? MARKS.waits;
  const index = Number(place);
  const where = index >= 0 ? `leaf ${index}: ` : "";
  return html`<span class="mark mark-${name}" title=${`${where}${told}`}>
    <span aria-hidden="true">${sign}${index >= 0 ? index : ""}</span><span class="visually-hidden">${`${where}${told}`}</span>
  </span>`;
}

const DEEDS = [
  { name: "edit", label: "Edit", told: "Puts Carol into an event that is sealed" },
  { name: "delete", label: "Delete", told: "Takes an event out that is sealed" },
  { name: "fork", label: "Fork", told: "Edits one, and signs another tree of the same size with the stolen key" },
];

/** Edit, delete or fork, one at a time, and the way back. */
export const TamperControl = ({ state, button }) => html`<fieldset>
  <legend>Tamper</legend>
  ${
    state?.tampered
      ? button("undo", "Undo", { do: "tamper", what: "undo" }, { title: "Brings the true stream back; after a fork the bot starts anew, and what was written since goes" })
      : DEEDS.map(({ name, label, told }) => button(name, label, { do: "tamper", what: name }, { title: told }))
  }
</fieldset>`;
