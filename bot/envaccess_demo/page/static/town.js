/**
 * Who and what is in town: names by id, for whatever is drawn; and what a part of the page may do.
 *
 * @import { Channel, Group, Person, Town } from "./types.js"
 */
import { createContext, useContext } from "./html.js";

/**
 * What every part can reach: the model, the page's own state, and a way to ask the server.
 * @typedef {{model: import("./model.js").Model, ui: import("./ui.js").Ui,
 *   ask: (request: Record<string, any> & {do: string}) => Promise<any>}} Desk
 */

/** @type {any} */
export const DeskContext = createContext(null);

/** @returns {Desk} */
export const useDesk = () => useContext(DeskContext);

/** The user id of whoever looks at this part of the page. */
export const ViewerContext = createContext("");

/** @returns {string} */
export const useViewer = () => useContext(ViewerContext);

/** @param {Town|null} town @returns {Person|undefined} */
export const personOf = (town, id) => town?.people.find((person) => person.id === id);

/** @param {Town|null} town @returns {Channel|undefined} */
export const channelOf = (town, id) => town?.channels.find((channel) => channel.id === id);

/** @param {Town|null} town @returns {Group|undefined} */
export const groupOf = (town, id) => town?.groups.find((group) => group.id === id);

/** A person's or the bot's name, as Slack shows it; undefined for a stranger. */
export function nameOf(town, id) {
  if (town && id === town.bot.id) return town.bot.name;
  const person = personOf(town, id);
  return person && (person.real_name || person.name);
}

/** The name before the first space, for narrow places. */
export const shortName = (person) => (person.real_name || person.name).split(" ")[0];
