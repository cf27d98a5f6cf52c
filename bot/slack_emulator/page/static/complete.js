/**
 * What could be meant by what is being typed: a command, its verbs and variables, a person, a user
 * group, a channel. Pure.
 *
 * @import { Workspace } from "./types.js"
 * @typedef {{insert: string, label: string, about: string}} Suggestion
 * @typedef {{from: number, to: number, items: Suggestion[], hint: string, eager: boolean}} Suggestions
 *   `from`..`to` is what a suggestion replaces; `eager`: Enter takes the first one instead of sending
 */

const MOST = 12;

/** @type {Suggestions} */
export const NOTHING = { from: 0, to: 0, items: [], hint: "", eager: false };

/**
 * @param {string} text
 * @param {number} caret
 * @param {Workspace|null} workspace
 * @param {{commands: boolean}} options whether commands can be typed here (not in a thread)
 * @returns {Suggestions}
 */
export function suggest(text, caret, workspace, { commands }) {
  if (!workspace) return NOTHING;
  if (text.startsWith("/")) return commands ? suggestCommand(text, caret, workspace) : NOTHING;
  return suggestName(text, caret, workspace);
}

function suggestCommand(text, caret, workspace) {
  const space = text.indexOf(" ");
  const word = space < 0 ? text : text.slice(0, space);
  const fitting = workspace.commands.filter(({ command }) => command.startsWith(word));
  const known = fitting.find(({ command }) => command === word);
  if (space < 0) {
    const items = fitting.map(({ command, description }) => ({
      insert: `${command} `,
      label: command,
      about: description,
    }));
    return { from: 0, to: text.length, items, hint: known ? hintOf(known) : "", eager: !known };
  }
  return known && caret > space ? suggestArgument(text, caret, space + 1, known, workspace) : NOTHING;
}

const hintOf = ({ command, usage_hint: usage }) => `${command} ${usage}`;

/** The first word after the command: a verb or a variable's name. Later words only keep the hint. */
function suggestArgument(text, caret, from, command, workspace) {
  const end = text.indexOf(" ", from);
  const to = end < 0 ? text.length : end;
  const hint = hintOf(command);
  if (caret > to) return { ...NOTHING, hint };
  const typed = text.slice(from, to).toLowerCase();
  const verbs = (command.verbs ?? []).map(({ text: verb, usage, description }) => ({
    insert: usage === verb ? verb : `${verb} `,
    label: usage,
    about: description,
  }));
  const names = (workspace.variables ?? []).map((name) => ({
    insert: `${name} `,
    label: name,
    about: "variable",
  }));
  const items = [...verbs, ...names].filter(
    ({ insert }) => insert.toLowerCase().includes(typed) && insert.trim() !== typed,
  );
  return { from, to, items: items.slice(0, MOST), hint, eager: false };
}

/** `@name` or `#channel` right before the caret. */
function suggestName(text, caret, workspace) {
  const found = /(?:^|\s)([@#])([\w.-]*)$/.exec(text.slice(0, caret));
  if (!found) return NOTHING;
  const [, sign, typed] = found;
  const offered = sign === "@" ? people(workspace) : channels(workspace);
  const wanted = typed.toLowerCase();
  const items = offered.filter(({ insert, about }) => `${insert} ${about}`.toLowerCase().includes(wanted));
  return { from: caret - typed.length - 1, to: caret, items: items.slice(0, MOST), hint: "", eager: true };
}

const people = (workspace) => [
  ...workspace.people.map(({ name, real_name: real }) => ({ insert: `@${name} `, label: `@${name}`, about: real })),
  ...workspace.groups.map(({ handle, name }) => ({ insert: `@${handle} `, label: `@${handle}`, about: name })),
];

const channels = (workspace) =>
  workspace.channels
    .filter(({ kind }) => kind === "public")
    .map(({ name }) => ({ insert: `#${name} `, label: `#${name}`, about: "channel" }));
