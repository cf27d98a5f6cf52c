/**
 * What every part of the page draws with: preact's elements through htm's template strings, and `memo`.
 * Text in a template is always text: nothing here, or anywhere in the page, parses a string as HTML.
 */
import { h } from "./vendor/preact.js";
import { useReducer } from "./vendor/hooks.js";
import htm from "./vendor/htm.js";

export { createContext, Fragment, render } from "./vendor/preact.js";
export {
  useContext,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
  useState,
} from "./vendor/hooks.js";

export const html = htm.bind(h);

/**
 * The same component, drawn anew only when one of its properties changed; lists are compared item by item.
 * @param {(props: any) => any} draw
 * @returns {(props: any) => any}
 */
export function memo(draw) {
  /** @this {any} */
  return function Remembered(props) {
    this.shouldComponentUpdate = (next) => differs(this.props, next);
    return h(draw, props);
  };
}

function differs(before, after) {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].some((name) => !same(before[name], after[name]));
}

function same(one, other) {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

/** A way to draw a component anew. @returns {() => void} */
export function useRedraw() {
  const [, again] = useReducer((/** @type {number} */ count) => count + 1, 0);
  return /** @type {() => void} */ (/** @type {unknown} */ (again));
}

/**
 * Class names that hold, joined.
 * @param {...(string | false | null | undefined)} names
 */
export const classes = (...names) => names.filter(Boolean).join(" ");
