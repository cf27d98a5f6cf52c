/** The server's time, and one tick a second for whatever counts. */
import { useEffect, useReducer } from "./html.js";

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

/** The server's time, and a new drawing each second. */
export function useNow() {
  const [, again] = useReducer((count) => count + 1, 0);
  useEffect(() => {
    waiting.add(again);
    timer ||= window.setInterval(() => waiting.forEach((tick) => tick()), 1000);
    return () => void waiting.delete(again);
  }, []);
  return serverNow();
}
