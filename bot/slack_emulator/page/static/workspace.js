/**
 * Who and what is in the workspace: names by id, for whatever is drawn; and what a part of the page may do.
 *
 * @import { Channel, Group, Person, TerminalInfo, Workspace } from "./types.js"
 */
import { createContext, useContext } from "./html.js";

/**
 * What every part can reach: the model, the page's own state, and a way to ask the server.
 * @typedef {{model: import("./model.js").Model, ui: import("./ui.js").Ui,
 *   ask: (request: Record<string, any> & {do: string}) => Promise<any>}} Tools
 */

/** @type {any} */
export const ToolsContext = createContext(null);

/** @returns {Tools} */
export const useTools = () => useContext(ToolsContext);

/** The user id of whoever looks at this part of the page. */
export const ViewerContext = createContext("");

/** @returns {string} */
export const useViewer = () => useContext(ViewerContext);

/** @param {Workspace|null} workspace @returns {Person|undefined} */
export const personOf = (workspace, id) => workspace?.people.find((person) => person.id === id);

/** @param {Workspace|null} workspace @returns {Channel|undefined} */
export const channelOf = (workspace, id) => workspace?.channels.find((channel) => channel.id === id);

/** @param {Workspace|null} workspace @returns {Group|undefined} */
export const groupOf = (workspace, id) => workspace?.groups.find((group) => group.id === id);

/** A person's or the bot's name, as Slack shows it; undefined for a stranger. */
export function nameOf(workspace, id) {
  if (workspace && id === workspace.bot.id) return workspace.bot.name;
  const person = personOf(workspace, id);
  return person && (person.real_name || person.name);
}

/** The name before the first space, for narrow places. */
export const shortName = (person) => (person.real_name || person.name).split(" ")[0];

/** What `Place.channel` has for a terminal. @param {string} name */
export const terminalPlace = (name) => `terminal ${name}`;

/** The terminal of this person that a place names. @param {import("./model.js").Model} model @returns {TerminalInfo|undefined} */
export const terminalAt = (model, person, channel) =>
  terminalsOf(model, person).find(({ name }) => terminalPlace(name) === channel);

/** @param {import("./model.js").Model} model @returns {TerminalInfo[]} */
export function terminalsOf(model, person) {
  const name = model.workspace?.people.find(({ id }) => id === person)?.name;
  return model.workspace?.terminals.filter((terminal) => terminal.person === name) ?? [];
}
