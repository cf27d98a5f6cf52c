/**
 * The guided tour's parts: what to do in each step, which real control to point at, and how it is known to be done.
 *
 * @import { Model } from "./model.js"
 * @import { AuditEvent } from "./types.js"
 * @typedef {{person: string, place: string, control: string}} Target a control (CSS) in a place of a person's seat
 * @typedef {object} Step
 * @property {string} title
 * @property {(model: Model) => string} tell
 * @property {Target | string} target in a seat, or a CSS selector for a control elsewhere
 * @property {(events: AuditEvent[], ui: import("./ui.js").Ui, model: Model) => boolean} done `events`: since the tour began
 * @property {(model: Model) => string} [types] the command, which can be typed for the visitor: in the place of the target
 * @typedef {{name: string, steps: Step[], end: string, next: string}} Part `next`: the button to the part after this, if any
 */
import { typeInto } from "./terminal.js";
import { personOf, terminalPlace } from "./workspace.js";
import { BOT } from "./ui.js";

const has = (events, ...tags) => events.some(({ event }) => tags.includes(event));

/** A command with this behind it; nothing: the workspace's own example. */
const typed = (text) => (model) => `${model.workspace?.commands[0]?.command} ${text || model.workspace?.example}`;
const EXAMPLE = typed("");
const CHAIN = typed("production/STRIPE_KEY 1h paying out a refund by hand");
const EMERGENCY = typed("emergency production/DB_URL checkout is down");
const CODE = typed("login");
const TERMINAL = "terminal";
const PIPELINE = "pipeline";
const AGENT = "agent";
const PROGRAMS = [TERMINAL, PIPELINE, AGENT];
const RUN = 'envaccess run STRIPE_KEY 1m "debugging a failed refund" -- ./worker';
const START = "envaccess broker triage --for 1h";
const HOUR = "[data-tour=hour]";
const DRAWER = "[data-tour=drawer]";
/** The tab of an app's pages that opens its Home, while the other one is open. */
const HOME_TAB = ".tabs button:first-child[aria-pressed=false]";

/** @type {Step[]} */
const FIRST = [
  {
    title: "Ask",
    tell: (model) => `You are Alice, an engineer who needs a key. In #general, send: ${EXAMPLE(model)}`,
    target: { person: "alice", place: "general", control: ".composer-box" },
    types: EXAMPLE,
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
    target: DRAWER,
    done: (_events, ui) => ui.drawer,
  },
  {
    title: "Let it end",
    tell: () =>
      "The grant is a key in Redis, and its own TTL is all that keeps it alive. Move the clock an hour on.",
    target: HOUR,
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

/** @type {Step[]} */
const SECOND = [
  {
    title: "Ask for production",
    tell: (model) => `The policy file wants two people for production. As Alice, in #general: ${CHAIN(model)}`,
    target: { person: "alice", place: "general", control: ".composer-box" },
    types: CHAIN,
    done: (events) => has(events, "request.created"),
  },
  {
    title: "The first yes",
    tell: () => "The message in #approvers says whose turn it is. As Bob, press Approve: Alice has nothing yet.",
    target: { person: "bob", place: "approvers", control: "[data-action=approve]" },
    done: (events) => has(events, "request.step_approved"),
  },
  {
    title: "Nobody answers",
    tell: () => "The second yes is @leads', but Carol is away. Move the clock an hour on: it escalates to Dana.",
    target: HOUR,
    done: (events) => has(events, "request.escalated"),
  },
  {
    title: "Decide at home",
    tell: () =>
      "Dana is not in #approvers, so she got a direct message. As Dana, open envaccess' Home tab and press Approve.",
    target: { person: "dana", place: BOT, control: `.home [data-action=approve], ${HOME_TAB}` },
    done: (events) => has(events, "request.approved"),
  },
  {
    title: "An emergency",
    tell: (model) => `Alice is on call, so for one name she need not wait. In #general: ${EMERGENCY(model)}`,
    target: { person: "alice", place: "general", control: ".composer-box" },
    types: EMERGENCY,
    done: (events) => has(events, "emergency.used"),
  },
  {
    title: "Its review",
    tell: () => "Everybody was told, and somebody else must look at it. As Bob, press Close review and say what you found.",
    target: { person: "bob", place: "approvers", control: "[data-action=review]" },
    done: (events) => has(events, "emergency.reviewed"),
  },
];

/** @type {Step[]} */
const THIRD = [
  {
    title: "Ask for a code",
    tell: (model) => `Alice works in a terminal. To sign it in, she begins in Slack. In #general: ${CODE(model)}`,
    target: { person: "alice", place: "general", control: ".composer-box" },
    types: CODE,
    done: (_events, _ui, model) => signInCode(model) !== "",
  },
  {
    title: "Sign in",
    tell: (model) => `In Alice's terminal, run envaccess login, and type the code that Slack gave her: ${signInCode(model)}`,
    target: { person: "alice", place: TERMINAL, control: ".terminal-frame" },
    types: () => "envaccess login",
    done: (_events, _ui, model) => shown(model, "alice", '"pick:'),
  },
  {
    title: "Pick the number",
    tell: () => "The terminal shows a number. Alice's direct messages with envaccess ask which: press that one.",
    target: { person: "alice", place: BOT, control: ".actions:has([data-action^=pick])" },
    done: (events) => has(events, "session.opened"),
  },
  {
    title: "Run",
    tell: () => `Back in the terminal: ${RUN}`,
    target: { person: "alice", place: TERMINAL, control: ".terminal-frame" },
    types: () => RUN,
    done: (events) => has(events, "request.created"),
  },
  {
    title: "Decide",
    tell: () => "The terminal says who can decide. As Bob, press Approve, and look at the terminal: the worker starts.",
    target: { person: "bob", place: "approvers", control: "[data-action=approve]" },
    done: (events) => has(events, "request.approved"),
  },
  {
    title: "Let it end",
    tell: () => "The worker has the value, and nobody has seen it. Wait a minute, or move the clock: it ends with its access.",
    target: HOUR,
    done: (events) => has(events, "grant.expired", "grant.revoked"),
  },
];

/** @type {Step[]} */
const FOURTH = [
  {
    title: "Push",
    tell: () => "A pipeline stores no secret. Alice pushes to main: in her pipeline, type push. Its platform signs a token, and the job asks with it.",
    target: { person: "alice", place: PIPELINE, control: ".terminal-frame" },
    types: () => "push",
    done: (events) => has(events, "request.created"),
  },
  {
    title: "Decide",
    tell: () => "Bob sees repository, branch, commit and who pushed, and a link to the run. Alice may not approve it. As Bob, press Approve.",
    target: { person: "bob", place: "approvers", control: "[data-action=approve]" },
    done: (events) => has(events, "grant.revealed"),
  },
];

/** @type {Step[]} */
const FIFTH = [
  {
    title: "Start an agent",
    tell: () => `A program shall work for Alice, and see no value. In her terminal, which part three signed in: ${START}`,
    target: { person: "alice", place: TERMINAL, control: ".terminal-frame" },
    types: () => START,
    done: (events) => has(events, "session.offered"),
  },
  {
    title: "Say that it is yours",
    tell: () => "Nothing starts without her. In Alice's direct messages with envaccess, press Start.",
    target: { person: "alice", place: BOT, control: "[data-action=start_agent]" },
    done: (events) => has(events, "session.opened"),
  },
  {
    title: "Be the agent",
    tell: () => "The terminal printed the broker's address: that is all the agent has. In its place, type ask.",
    target: { person: "alice", place: AGENT, control: ".terminal-frame" },
    types: () => "ask",
    done: (events) => has(events, "request.proposed"),
  },
  {
    title: "Let it ask",
    tell: () => "What an agent wants is no request yet. In Alice's direct messages, read it and press Let it ask.",
    target: { person: "alice", place: BOT, control: "[data-action=let_ask]" },
    done: (events) => has(events, "request.created"),
  },
  {
    title: "Decide",
    tell: () => "Bob sees whose agent it is, and that Alice may not approve it. As Bob, press Approve.",
    target: { person: "bob", place: "approvers", control: "[data-action=approve]" },
    done: (events) => has(events, "request.approved"),
  },
  {
    title: "Call",
    tell: () => "Back in the agent, type issues: the broker puts the value into the call, and the service says what it got.",
    target: { person: "alice", place: AGENT, control: ".terminal-frame" },
    types: () => "issues",
    done: (events) => events.some(({ event, detail }) => event === "grant.revealed" && detail.how === "broker"),
  },
  {
    title: "Try to see it",
    tell: () => "Type print: the agent tries all it can. The service's last answer would hold the value, so it is cut off.",
    target: { person: "alice", place: AGENT, control: ".terminal-frame" },
    types: () => "print",
    done: (events) => has(events, "broker.blocked"),
  },
];

/** Whether something that a person sees now holds these words, buttons and all. @param {Model} model */
function shown(model, name, words) {
  const person = model.workspace?.people.find((one) => one.name === name);
  if (!person) return false;
  return [...model.seat(person.id).messages.values()].some((list) => list.some(({ blocks }) => JSON.stringify(blocks).includes(words)));
}

/** The newest code for signing in that Alice sees, or nothing. @param {Model} model */
function signInCode(model) {
  const alice = model.workspace?.people.find(({ name }) => name === "alice");
  const messages = alice ? [...model.seat(alice.id).messages.values()].flat() : [];
  const texts = messages.filter(({ ephemeral }) => ephemeral).map(({ blocks }) => JSON.stringify(blocks));
  return texts.map((text) => /`([0-9A-Z]{4}-[0-9A-Z]{5}-[0-9A-Z]{5})`/.exec(text)?.[1] ?? "").findLast(Boolean) ?? "";
}

/** @type {Part[]} */
export const PARTS = [
  {
    name: "",
    steps: FIRST,
    end: "That was the whole story: asked, decided, revealed, expired, and every step of it on record. Now try to break it.",
    next: "Two steps, and an emergency",
  },
  {
    name: "Part two, ",
    steps: SECOND,
    end: "Two people agreed although one was away, and an emergency was looked at. Dana reads all of it in #audit.",
    next: "In a terminal",
  },
  {
    name: "Part three, ",
    steps: THIRD,
    end: "The value was in one process and ended with it. Home lists where Alice is signed in, with a button to end each.",
    next: "In a pipeline",
  },
  {
    name: "Part four, ",
    steps: FOURTH,
    end: "The value was in one job, and its log shows ***. The next push is another run, and asks again.",
    next: "With an agent",
  },
  {
    name: "Part five, ",
    steps: FIFTH,
    end: "The agent used a value that it never saw, and the attempt ended its access. Dana reads of it in #audit. Ctrl-C in the terminal ends the agent.",
    next: "",
  },
];

/**
 * The control to point at now: the step's own, or what must be pressed first to get there.
 * @param {Step} step
 * @returns {HTMLElement|null}
 */
export function locate(step) {
  if (typeof step.target === "string")
    return document.querySelector(step.target) ?? document.querySelector(DRAWER);
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
  const person = model.workspace?.people.find((one) => one.name === name);
  if (!person) return;
  if (!document.querySelector(`[data-seat="${name}"]`)) {
    ui.sit(document.querySelectorAll(".seat").length - 1, person.id);
  }
  const channel = model.workspace?.channels.find((one) => one.name === place && one.kind !== "im");
  ui.visit(person.id, PROGRAMS.includes(place) ? terminalPlace(place) : (channel?.id ?? BOT));
}

/** Type the step's command into the box, or the terminal, of the step's person. */
export function typeIt(step, tools, type) {
  const { model } = tools;
  if (typeof step.target === "string") return;
  const { person: name, place } = step.target;
  if (PROGRAMS.includes(place)) return void typeInto(tools, place, step.types(model));
  const person = model.workspace?.people.find((one) => one.name === name);
  const channel = model.workspace?.channels.find((one) => one.name === place);
  if (person && channel && personOf(model.workspace, person.id)) type(person.id, channel.id, step.types(model));
}
