/** The server's time, and one tick a second for whatever counts. */
import { useEffect, useState } from "./html.js";

let skew = 0;
/** @type {Set<() => void>} */
const waiting = new Set();
let timer = 0;

/** @param {number} now the server's time in milliseconds */
export function setServerTime(now) {
  if (now) skew = now - Date.now();
}

/** The server's time in milliseconds. */
export const serverNow = () => Date.now() + skew;

/**
 * What `compute` gives, computed anew each second; drawn anew only when it changed.
 * @template T
 * @param {() => T} compute
 * @param {any[]} inputs what it is computed from
 * @returns {T}
 */
export function useTicking(compute, inputs) {
  const [, draw] = useState(compute);
  useEffect(() => {
    const tick = () => draw(compute);
    waiting.add(tick);
    timer ||= window.setInterval(() => waiting.forEach((each) => each()), 1000);
    return () => void waiting.delete(tick);
  }, inputs);
  return compute();
}

/** The server's time in milliseconds, and a new drawing each second. */
export const useNow = () => useTicking(serverNow, []);

/** `3_660_000` -> `1 h 1 min`. */
export function span(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  const parts = [
    [Math.floor(minutes / 1440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  const told = parts.filter(([count]) => count).map(([count, unit]) => `${count} ${unit}`);
  return told.join(" ") || `${Math.round(milliseconds / 1000)} s`;
}
