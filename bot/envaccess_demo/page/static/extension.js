/** What the demo adds to the page: the audit stream, the grants, the clock, Redis, the bot, and a tour. */
import { Audit } from "./audit.js";
import { setServerTime, span } from "./clock.js";
import { Grants } from "./grants.js";
import { Tour, startTour } from "./tour.js";
import { TamperControl } from "./tree.js";
import { BotControl, ClockControl, RedisControl } from "./underlying.js";

const AUDIT_KEPT = 1000;

function remarks({ bot, redis, clock_offset_ms: offset, ready, tampered }, faults) {
  const told = [];
  if (bot !== "up")
    told.push({ text: bot === "down" ? "The bot is killed" : "The bot is starting…", bad: bot === "down" });
  else if (!ready) told.push({ text: "Getting ready…", bad: false });
  if (redis !== "up")
    told.push({ text: redis === "down" ? "Redis is down" : "Redis is starting…", bad: redis === "down" });
  told.push(...faults);
  if (tampered) told.push({ text: "The audit stream is tampered with", bad: true });
  if (offset) told.push({ text: `Clock: ${span(offset)} ahead`, bad: false });
  return told;
}

/** @type {Record<string, (model: any, frame: any) => void>} */
const apply = {
  audit({ more, stale }, frame) {
    const before = stale.delete("audit") ? [] : more.audit;
    const known = new Set(before.map(({ id }) => id));
    more.audit = [...before, ...frame.events.filter(({ id }) => !known.has(id))].slice(-AUDIT_KEPT);
  },

  tree({ more }, frame) {
    setServerTime(frame.now);
    more.tree = frame;
  },

  grants({ more }, frame) {
    setServerTime(frame.now);
    more.grants = frame.grants;
    more.grantsAt = frame.now;
  },
};

export const extension = {
  name: ["envaccess", "playground"],
  styles: ["static/css/records.css", "static/css/tour.css"],
  panels: [
    { name: "audit", title: "Audit stream", Draw: Audit, count: (model) => model.more.audit.length },
    { name: "grants", title: "Grants in Redis", Draw: Grants, count: (model) => model.more.grants.length },
  ],
  controls: { first: [ClockControl], last: [RedisControl, BotControl, TamperControl] },
  kept: () => ({ audit: [], grants: [], grantsAt: 0, tree: null }),
  apply,
  remarks,
  Tour,
  startTour,
};
