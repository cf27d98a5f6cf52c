/**
 * Slack's date tokens, in the viewer's own time zone and 12 or 24 hour clock.
 * https://docs.slack.dev/messaging/formatting-message-text#date-formatting
 */

const DAY = 86_400_000;
const HOUR12 = new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12;
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
  ["second", 1],
];
const NEAR = { "-1": "yesterday", 0: "today", 1: "tomorrow" };

/**
 * @param {number} at seconds since the epoch
 * @param {string} form `{date_short} at {time}`
 * @param {number} now milliseconds since the epoch
 * @param {string} [timeZone] the viewer's own unless given
 * @returns {string}
 */
export function formatDate(at, form, now, timeZone) {
  const moment = new Moment(at * 1000, now, timeZone);
  return form.replace(/\{(\w+)\}/g, (token, name, place) => {
    const text = TOKENS[name]?.(moment) ?? token;
    return place === 0 ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  });
}

/** How far away, to the largest unit: `in 5 minutes`, `2 hours ago`. */
export function ago(milliseconds) {
  const distance = Math.round(Math.abs(milliseconds) / 1000);
  const [unit, size] = UNITS.find(([, seconds]) => distance >= Number(seconds)) ?? ["second", 1];
  const count = Math.floor(distance / Number(size));
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return milliseconds > 0 ? `in ${words}` : `${words} ago`;
}

/** The time of day of a message. */
export const timeOf = (milliseconds, seconds = false) =>
  seconds ? TOKENS.time_secs(new Moment(milliseconds, 0)) : TOKENS.time(new Moment(milliseconds, 0));

/** Which calendar day a moment is, to tell one day's messages from the next's. */
export const dayOf = (milliseconds) => new Moment(milliseconds, 0).day;

/** One moment, taken apart in one time zone. */
class Moment {
  constructor(ms, now, timeZone) {
    this.ms = ms;
    this.now = now;
    this.timeZone = timeZone;
    const { year, month, date, day } = calendar(ms, timeZone);
    this.year = year;
    this.month = month;
    this.date = date;
    this.day = day;
  }

  /** @param {Intl.DateTimeFormatOptions} options */
  say(options, locale = "en-US") {
    return formatter(locale, { ...options, timeZone: this.timeZone }).format(this.ms);
  }

  /** `today` and its neighbours, else undefined. */
  get near() {
    return NEAR[this.day - calendar(this.now, this.timeZone).day];
  }

  get thisYear() {
    return this.year === calendar(this.now, this.timeZone).year;
  }

  get monthAndDate() {
    return `${this.say({ month: "long" })} ${this.date}${ordinal(this.date)}`;
  }
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formatters = new Map();

/** Making a formatter takes a hundred times as long as using it, so each is made once. */
function formatter(locale, options) {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, known);
  return known;
}

/** Year, month and date there, and `day`: a number that is one more each day. */
function calendar(ms, timeZone) {
  if (!timeZone) {
    const here = new Date(ms);
    const [year, month, date] = [here.getFullYear(), here.getMonth() + 1, here.getDate()];
    return { year, month, date, day: Date.UTC(year, month - 1, date) / DAY };
  }
  const form = formatter("en-US", { timeZone, year: "numeric", month: "numeric", day: "numeric" });
  const parts = Object.fromEntries(form.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const day = Date.UTC(parts.year, parts.month - 1, parts.day) / DAY;
  return { year: parts.year, month: parts.month, date: parts.day, day };
}

function ordinal(number) {
  const teen = Math.floor(number / 10) === 1;
  return (!teen && { 1: "st", 2: "nd", 3: "rd" }[number % 10]) || "th";
}

function clockOf(moment, more) {
  const hours = HOUR12 ? { hour: "numeric", hour12: true } : { hour: "2-digit", hourCycle: "h23" };
  return moment.say({ ...hours, minute: "2-digit", ...more });
}

const two = (number) => String(number).padStart(2, "0");

/** @type {Record<string, (moment: Moment) => string>} */
const TOKENS = {
  date_num: ({ year, month, date }) => `${year}-${two(month)}-${two(date)}`,
  date_slash: (moment) =>
    moment.say({ year: "numeric", month: "2-digit", day: "2-digit" }, navigator.language),
  date: (moment) => `${moment.monthAndDate}, ${moment.year}`,
  date_short: (moment) => moment.say({ month: "short", day: "numeric", year: "numeric" }),
  date_long: (moment) => `${moment.say({ weekday: "long" })}, ${TOKENS.date(moment)}`,
  date_long_full: (moment) => moment.say({ month: "long", day: "numeric", year: "numeric" }),
  date_pretty: (moment) => moment.near ?? TOKENS.date(moment),
  date_short_pretty: (moment) => moment.near ?? TOKENS.date_short(moment),
  date_long_pretty: (moment) => moment.near ?? TOKENS.date_long(moment),
  day_divider_pretty: (moment) => moment.near ?? dayDivider(moment),
  time: (moment) => clockOf(moment, {}),
  time_secs: (moment) => clockOf(moment, { second: "2-digit" }),
  ago: (moment) => ago(moment.ms - moment.now),
};

function dayDivider(moment) {
  const day = `${moment.say({ weekday: "long" })}, ${moment.monthAndDate}`;
  return moment.thisYear ? day : TOKENS.date_long(moment);
}
