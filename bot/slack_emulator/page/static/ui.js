/**
 * The page's own state: who sits where, which channel each person has open, the drawer, the theme.
 * Kept for the tab (seats) or the browser (theme) where storage is allowed.
 */

import { terminalAt } from "./workspace.js";

/** The place in a seat that is the bot's page; its direct messages may not exist yet. */
export const BOT = "bot";

/**
 * @typedef {{channel: string, tab: "messages"|"home"}} Place
 */

export class Ui {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    const kept = read(sessionStorage, "seats") ?? {};
    /** @type {string[]} user ids, left to right */
    this.panes = kept.panes ?? [];
    /** @type {Record<string, Place>} by user id */
    this.places = kept.places ?? {};
    /** @type {Map<string, string>} what is typed and not sent, by seat and place */
    this.drafts = new Map();
    this.drawer = false;
    /** The name of the panel that was chosen; the first one if none was. */
    this.panel = "";
    /** @type {"light"|"dark"|null} null: as the system has it */
    this.theme = read(localStorage, "theme");
    /** Bumped when a control outside should put its focus into a composer. */
    this.focusAsked = "";
    showTheme(this.theme);
  }

  save() {
    write(sessionStorage, "seats", { panes: this.panes, places: this.places });
    this.changed();
  }

  /** Seat somebody; who sits in the other pane changes places with them. */
  sit(pane, person) {
    const other = this.panes.indexOf(person);
    if (other >= 0) this.panes[other] = this.panes[pane];
    this.panes[pane] = person;
    this.save();
  }

  /**
   * Somebody opens a channel, or the bot's page.
   * @param {string} person
   * @param {string} channel
   * @param {"messages"|"home"} [tab]
   */
  visit(person, channel, tab = "messages") {
    this.places[person] = { channel, tab };
    this.save();
  }

  /** @param {import("./model.js").Model} model @returns {Place} */
  place(model, person) {
    const kept = this.places[person];
    const seat = model.seat(person);
    if (kept && (kept.channel === BOT || seat.channels.includes(kept.channel))) return kept;
    if (kept && terminalAt(model, person, kept.channel)) return kept;
    return { channel: usualChannel(model, person) ?? BOT, tab: "messages" };
  }

  toggleDrawer(open = !this.drawer) {
    this.drawer = open;
    this.changed();
  }

  /** @param {string} panel its name */
  showPanel(panel) {
    this.panel = panel;
    this.changed();
  }

  toggleTheme() {
    const dark = this.theme ? this.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    this.theme = dark ? "light" : "dark";
    write(localStorage, "theme", this.theme);
    showTheme(this.theme);
    this.changed();
  }
}

/** Where somebody's work is: their private channel, but the first person starts among all. */
function usualChannel(model, person) {
  const channels = model.seat(person).channels;
  const isPrivate = (id) =>
    model.workspace?.channels.some((channel) => channel.id === id && channel.kind === "private");
  return (person !== model.workspace?.people[0]?.id && channels.find(isPrivate)) || channels[0];
}

function showTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
}

export function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(`playground-${name}`) ?? "null");
  } catch {
    return null;
  }
}

export function write(storage, name, value) {
  try {
    storage.setItem(`playground-${name}`, JSON.stringify(value));
  } catch {
    // Storage may be forbidden or full: the page works without it.
  }
}
