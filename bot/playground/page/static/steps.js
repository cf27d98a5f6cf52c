/**
 * The guided tour's six steps: what to do, which real control to point at, and how it is known to be done.
 *
 * @import { Model } from "./model.js"
 * @import { AuditEvent } from "./types.js"
 * @typedef {{person: string, place: string, control: string}} Target a control (CSS) in a place of a person's seat
 * @typedef {object} Step
 * @property {string} title
 * @property {(model: Model) => string} tell
 * @property {Target | string} target in a seat, or a CSS selector for a control elsewhere
 * @property {(events: AuditEvent[], ui: import("./ui.js").Ui, model: Model) => boolean} done `events`: since the tour began
 * @property {boolean} [types] the command can be typed for the visitor
 */
import { personOf } from "./town.js";
import { BOT } from "./ui.js";

const has = (events, ...tags) => events.some(({ event }) => tags.includes(event));

/** The command of the tour, as town gives it. */
export const commandOf = (model) => `${model.town?.commands[0]?.command} ${model.town?.example}`;

/** @type {Step[]} */
export const STEPS = [
  {
    title: "Ask",
    tell: (model) => `You are Alice, an engineer who needs a key. In #general, send: ${commandOf(model)}`,
    target: { person: "alice", place: "general", control: ".composer-box" },
    types: true,
    done: (events) => has(events, "request.created"),
  },
  {
    title: "Decide",
    tell: () =>
      "Now be Bob: the request is waiting in #approvers, with what is unusual about it. Press Approve.",
    target: { person: "bob", place: "approvers", control: "[data-action=approve], .button-primary" },
    done: (events) => has(events, "request.approved"),
  },
  {
    title: "Reveal",
    tell: () =>
      "Alice has a card in her direct messages with envaccess. Press Reveal: only she will see the value.",
    target: { person: "alice", place: BOT, control: ".button-primary" },
    done: (events) => has(events, "grant.revealed"),
  },
  {
    title: "Look underneath",
    tell: () => "There is the value, and nobody else can see it. Open Backstage to see what really happened.",
    target: "[data-tour=drawer]",
    done: (_events, ui) => ui.drawer,
  },
  {
    title: "Let it end",
    tell: () =>
      "The grant is a key in Redis, and its own TTL is all that keeps it alive. Move the clock an hour on.",
    target: "[data-tour=hour]",
    done: (events) => has(events, "grant.expired", "grant.revoked", "grant.used_up"),
  },
  {
    title: "Prove it",
    tell: () =>
      "The access is over. Be Dana, of security: in #audit, open the replies and read every step of it.",
    target: { person: "dana", place: "audit", control: ".thread-button" },
    done: () => document.querySelector("[data-seat=dana] .thread-button[aria-expanded=true]") !== null,
  },
];

export const END =
  "That was the whole story: asked, decided, revealed, expired, and every step of it on record. Now try to break it.";

/**
 * The control to point at now: the step's own, or what must be pressed first to get there.
 * @param {Step} step
 * @returns {HTMLElement|null}
 */
export function locate(step) {
  if (typeof step.target === "string") return document.querySelector(step.target);
  const { person, place, control } = step.target;
  const seat = document.querySelector(`[data-seat="${person}"]`);
  if (!seat)
    return /** @type {any} */ ([...document.querySelectorAll(`[data-person="${person}"]`)].at(-1) ?? null);
  if (seat.querySelector(".dialog")) return null;
  const there = /** @type {HTMLElement|null} */ (seat.querySelector(`[data-place="${place}"]`));
  if (there && !there.classList.contains("here")) return there;
  return /** @type {any} */ ([...seat.querySelectorAll(`.channel :is(${control})`)].at(-1) ?? null);
}

/** Seat the step's person and open its place. */
export function goThere(step, model, ui) {
  if (typeof step.target === "string") return;
  const { person: name, place } = step.target;
  const person = model.town?.people.find((one) => one.name === name);
  if (!person) return;
  if (!document.querySelector(`[data-seat="${name}"]`)) {
    ui.sit(document.querySelectorAll(".seat").length - 1, person.id);
  }
  const channel = model.town?.channels.find((one) => one.name === place && one.kind !== "im");
  ui.visit(person.id, channel?.id ?? BOT);
}

/** Type the tour's command into the box of the step's person. */
export function typeIt(step, model, type) {
  if (typeof step.target === "string") return;
  const { person: name, place } = step.target;
  const person = model.town?.people.find((one) => one.name === name);
  const channel = model.town?.channels.find((one) => one.name === place);
  if (person && channel && personOf(model.town, person.id)) type(person.id, channel.id, commandOf(model));
}
