/**
 * What the page knows, kept up to date by the server's frames: the workspace, each seat's channels and views, and
 * the app's calls; a host of the page adds more. Lists are replaced, never changed, so that a drawn list can be
 * compared with the next one.
 *
 * @import { Call, Message, State, TerminalState, Workspace, View } from "./types.js"
 */
import { setServerTime } from "./clock.js";
import { extension } from "./extension.js";

const CALLS_KEPT = 200;

/**
 * @typedef {object} Seat
 * @property {string[]} channels the ids of the channels that this person is in
 * @property {string|null} dm the direct messages with the bot, once opened
 * @property {{command: boolean, home: boolean}} can what this person's Slack lets them do with the bot
 * @property {Map<string, Message[]>} messages by channel, in order of `ts`
 * @property {View|null} modal
 * @property {number} depth views in the modal's stack
 * @property {View|null} home
 * @property {Map<string, string>} read by channel, the `ts` up to which this person has read
 */

export class Model {
  constructor() {
    /** @type {"connecting"|"open"|"lost"} */
    this.status = "connecting";
    this.tries = 0;
    /** @type {Workspace|null} */
    this.workspace = null;
    /** @type {Map<string, Seat>} */
    this.seats = new Map();
    /** @type {Call[]} */
    this.calls = [];
    /** @type {State|null} */
    this.state = null;
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Set<string>} seats whose messages are from before the connection was lost */
    this.stale = new Set();
    /** How often there was a connection: whatever is open is opened again on the next one. */
    this.connections = 0;
    /** @type {Map<string, TerminalState>} by name, as far as they were opened */
    this.terminals = new Map();
    /** @type {Map<string, (frame: any) => void>} what draws an open terminal, by its name */
    this.screens = new Map();
    /** @type {any} what a host of the page keeps here, by its frames' names */
    this.more = extension.kept();
  }

  changed() {
    for (const listener of this.listeners) listener();
  }

  opened() {
    this.status = "open";
    this.connections += 1;
    this.stale = new Set([...this.seats.keys(), ...Object.keys(this.more), "calls"]);
    this.changed();
  }

  lost(tries) {
    this.status = "lost";
    this.tries = tries;
    this.changed();
  }

  /** @param {string} id */
  seat(id) {
    const known = this.seats.get(id);
    if (known) return known;
    const began = this.workspace ? (this.workspace.now / 1000).toFixed(6) : "0";
    /** @type {Seat} */
    const seat = {
      channels: [],
      dm: null,
      can: { command: true, home: true },
      messages: new Map(),
      modal: null,
      depth: 0,
      home: null,
      read: new Map([["", began]]),
    };
    this.seats.set(id, seat);
    return seat;
  }

  take(frame) {
    const apply = APPLY[frame.type] ?? extension.apply[frame.type];
    if (!apply) return;
    apply(this, frame);
    this.changed();
  }

  /** The newest `ts` that this person has read in a channel; what was there before the page is read. */
  readTo(seat, channel) {
    return seat.read.get(channel) ?? seat.read.get("") ?? "0";
  }

  /** Whatever is in this channel now has been seen by this person. */
  markRead(id, channel) {
    const seat = this.seat(id);
    const newest = seat.messages.get(channel)?.at(-1)?.ts;
    if (!newest || newest <= this.readTo(seat, channel)) return;
    seat.read.set(channel, newest);
    this.changed();
  }

  /**
   * How many messages are unread, and how many of them are meant for this person alone or mention them.
   * @returns {{count: number, calls: number}}
   */
  unread(id, channel) {
    const seat = this.seat(id);
    const from = this.readTo(seat, channel);
    const list = seat.messages.get(channel) ?? [];
    const fresh = list.filter(({ ts, author }) => ts > from && author.id !== id);
    const personal =
      channel === seat.dm ? fresh : fresh.filter((message) => message.ephemeral || mentions(message, id));
    return { count: fresh.length, calls: personal.length };
  }
}

function mentions(message, id) {
  return `${message.text}${JSON.stringify(message.blocks)}`.includes(`<@${id}`);
}

function refresh(model, id) {
  const seat = model.seat(id);
  if (model.stale.delete(id)) seat.messages = new Map();
  return seat;
}

/** @type {Record<string, (model: Model, frame: any) => void>} */
const APPLY = {
  workspace(model, frame) {
    setServerTime(frame.now);
    model.workspace = frame;
  },

  seat(model, frame) {
    const seat = refresh(model, frame.seat);
    seat.channels = frame.channels;
    seat.dm = frame.dm;
    seat.can = frame.can ?? seat.can;
  },

  put(model, frame) {
    const seat = refresh(model, frame.seat);
    const list = seat.messages.get(frame.channel) ?? [];
    seat.messages = new Map(seat.messages).set(frame.channel, merged(list, frame.messages));
  },

  drop(model, frame) {
    const seat = refresh(model, frame.seat);
    const gone = new Set(frame.ts);
    const kept = (seat.messages.get(frame.channel) ?? []).filter(({ ts }) => !gone.has(ts));
    seat.messages = new Map(seat.messages).set(frame.channel, kept);
  },

  view(model, frame) {
    const seat = model.seat(frame.seat);
    seat.modal = frame.modal;
    seat.depth = frame.depth ?? 0;
    seat.home = frame.home;
  },

  calls(model, frame) {
    const before = model.stale.delete("calls") ? [] : model.calls;
    const again = new Set(frame.calls.map(({ n }) => n));
    model.calls = [...before.filter(({ n }) => !again.has(n)), ...frame.calls].slice(-CALLS_KEPT);
  },

  terminal(model, frame) {
    model.terminals.set(frame.name, { running: frame.running, code: frame.code, at: frame.at });
    model.screens.get(frame.name)?.(frame);
  },

  state(model, frame) {
    setServerTime(frame.now);
    model.state = frame;
  },
};

/** Two lists by `ts`, where the later list's message stands for one of the same `ts`. */
function merged(list, more) {
  const byTs = new Map(list.map((message) => [message.ts, message]));
  for (const message of more) byTs.set(message.ts, message);
  return [...byTs.values()].sort((one, other) => (one.ts < other.ts ? -1 : 1));
}
