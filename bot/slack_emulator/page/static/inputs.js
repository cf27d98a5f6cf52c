/**
 * What inputs hold: their first values, what a form sends, and what Slack's own client refuses to send.
 *
 * Values by kind: text and dates are strings, `datetimepicker` a number of seconds, a single choice its option
 * object (or id), several choices a list of those; nothing is null or an empty list.
 *
 * @import { Block } from "./types.js"
 */

/** By element type: the field of its first value. */
const INITIAL = {
  plain_text_input: "initial_value",
  email_text_input: "initial_value",
  url_text_input: "initial_value",
  number_input: "initial_value",
  static_select: "initial_option",
  external_select: "initial_option",
  radio_buttons: "initial_option",
  multi_static_select: "initial_options",
  multi_external_select: "initial_options",
  checkboxes: "initial_options",
  users_select: "initial_user",
  multi_users_select: "initial_users",
  conversations_select: "initial_conversation",
  multi_conversations_select: "initial_conversations",
  channels_select: "initial_channel",
  multi_channels_select: "initial_channels",
  datepicker: "initial_date",
  timepicker: "initial_time",
  datetimepicker: "initial_date_time",
};

const REQUIRED = "Please complete this required field.";

export const isMany = (type) => type.startsWith("multi_") || type === "checkboxes";

/** What an untouched control holds. */
export const initial = (element) => element[INITIAL[element.type]] ?? (isMany(element.type) ? [] : null);

/** What of a held value a control still offers: the app may have drawn other options since. */
export function stillOffered(element, value) {
  if (!element.options && !element.option_groups) return value;
  const options = element.options ?? element.option_groups.flatMap((group) => group.options);
  const known = new Set(options.map((option) => option.value));
  if (Array.isArray(value)) return value.filter((option) => known.has(option.value));
  return value && known.has(value.value) ? value : null;
}

export const isEmpty = (value) => value === null || value === undefined || value === "" || value.length === 0;

/** The key of a control in a map of values. */
export const keyOf = (block, element) => `${block.block_id}\n${element.action_id}`;

/** Every control that holds something, with its block. */
function* holders(blocks) {
  for (const block of blocks) {
    const inside = [block.accessory, block.element, ...(block.type === "actions" ? block.elements : [])];
    for (const element of inside) if (element?.type in INITIAL) yield { block, element };
  }
}

/**
 * What a form sends: by block id and action id, whatever was touched.
 * @param {Block[]} blocks
 * @param {Map<string, any>} values
 */
export function collect(blocks, values) {
  /** @type {Record<string, Record<string, any>>} */
  const sent = {};
  for (const { block, element } of holders(blocks)) {
    const key = keyOf(block, element);
    if (values.has(key)) (sent[block.block_id] ??= {})[element.action_id] = stillOffered(element, values.get(key));
  }
  return sent;
}

/**
 * What Slack's client finds wrong before anything is sent, by block id.
 * @param {Block[]} blocks
 * @param {Map<string, any>} values
 * @returns {Record<string, string>}
 */
export function problems(blocks, values) {
  const found = {};
  for (const { block, element } of holders(blocks)) {
    if (block.type !== "input") continue;
    const key = keyOf(block, element);
    const value = values.has(key) ? stillOffered(element, values.get(key)) : initial(element);
    const wrong = isEmpty(value) ? !block.optional && REQUIRED : CHECKS[element.type]?.(value, element);
    if (wrong) found[block.block_id] = wrong;
  }
  return found;
}

const CHECKS = {
  plain_text_input: lengthWrong,
  email_text_input: (value) =>
    !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) && "Please enter a valid email address.",
  url_text_input: (value) => !/^https?:\/\/\S+$/.test(value) && "Please enter a valid URL.",
  number_input: numberWrong,
};

function lengthWrong(value, { min_length: least = 0, max_length: most = 3000 }) {
  if (value.length < least) return `Please enter at least ${least} characters.`;
  return value.length > most && `Please enter no more than ${most} characters.`;
}

function numberWrong(value, { is_decimal_allowed: decimal, min_value: least, max_value: most }) {
  if (!/^-?\d+(\.\d+)?$/.test(value)) return "Please enter a number.";
  if (!decimal && value.includes(".")) return "Please enter a whole number.";
  if (least !== undefined && Number(value) < Number(least)) return `Please enter ${least} or more.`;
  return most !== undefined && Number(value) > Number(most) && `Please enter ${most} or less.`;
}
