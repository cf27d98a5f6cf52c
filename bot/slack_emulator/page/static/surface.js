/**
 * Where blocks stand (a message, a modal, the Home tab): what their controls hold, and what a press does there.
 */
import { createContext, useContext, useMemo, useReducer, useRef } from "./html.js";
import { initial, keyOf, stillOffered } from "./inputs.js";

/**
 * @typedef {object} Surface
 * @property {Map<string, any>} values what was touched
 * @property {(block: any, element: any) => any} held
 * @property {(block: any, element: any, value: any) => void} hold
 * @property {(block: any, element: any, chosen: {value?: any, option?: any}) => Promise<void>} press
 * @property {(block: any, element: any, query: string) => Promise<any>} suggest
 * @property {Record<string, string>} errors by block id
 */

/** @type {any} */
export const SurfaceContext = createContext(null);

/** @returns {Surface} */
export const useSurface = () => useContext(SurfaceContext);

/**
 * Values that live as long as the surface does, and what it does with a press and with a search.
 * @param {Pick<Surface, "press"|"suggest">} does
 * @param {Record<string, string>} [errors]
 * @returns {Surface}
 */
export function useHeldSurface(does, errors = {}) {
  const [version, changed] = useReducer((count) => count + 1, 0);
  const values = useRef(/** @type {Map<string, any>} */ (new Map())).current;
  const latest = useRef(does);
  latest.current = does;
  return useMemo(
    () => ({
      values,
      errors,
      held: (block, element) =>
        values.has(keyOf(block, element))
          ? stillOffered(element, values.get(keyOf(block, element)))
          : initial(element),
      hold(block, element, value) {
        values.set(keyOf(block, element), value);
        changed(0);
      },
      press: (...args) => latest.current.press(...args),
      suggest: (...args) => latest.current.suggest(...args),
    }),
    [version, errors],
  );
}

/** Asks before a press whose element says so (`confirm`); resolves to whether to go on. */
export const AskFirstContext = createContext(
  /** @type {(confirm: any) => Promise<boolean>} */ (() => Promise.resolve(true)),
);

/**
 * What a control holds here, and a way to change it: in an input it is kept until the form is sent, elsewhere
 * (or with `dispatch_action`) the app hears of it at once, after the confirm dialog if there is one.
 */
export function useHeld(block, element) {
  const surface = useSurface();
  const askFirst = useContext(AskFirstContext);
  const acts = block.type !== "input" || block.dispatch_action;
  const change = async (value) => {
    if (element.confirm && !(await askFirst(element.confirm))) return;
    surface.hold(block, element, value);
    if (acts) await surface.press(block, element, { option: value });
  };
  return /** @type {const} */ ([surface.held(block, element), change]);
}
