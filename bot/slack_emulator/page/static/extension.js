/**
 * What a host of the page adds to it: here nothing. A host serves a file of this name in place of this one.
 *
 * @typedef {{text: string, bad: boolean}} Remark something out of the ordinary, told in the bar
 * @typedef {{name: string, title: string, Draw: () => any, count: (model: import("./model.js").Model) => number}} Panel
 * @typedef {(props: {state: any, button: (name: string, label: string, request: any, extra?: any) => any}) => any} Control
 *
 * @typedef {object} Extension
 * @property {[string, string]} name the page's two words
 * @property {string[]} styles addresses of style sheets
 * @property {Panel[]} panels what the drawer shows before the calls
 * @property {{first: Control[], last: Control[]}} controls in the drawer, before and after those of Slack's faults
 * @property {() => Record<string, any>} kept what the model keeps for the host, as it starts
 * @property {Record<string, (model: import("./model.js").Model, frame: any) => void>} apply the host's frames, by type
 * @property {(state: any, faults: Remark[]) => Remark[]} remarks of a `state` frame
 * @property {(() => any)|null} Tour drawn under the bar
 * @property {((ui: import("./ui.js").Ui) => void)|null} startTour
 */

/** @type {Extension} */
export const extension = {
  name: ["Slack", "emulator"],
  styles: [],
  panels: [],
  controls: { first: [], last: [] },
  kept: () => ({}),
  apply: {},
  remarks: (_state, faults) => faults,
  Tour: null,
  startTour: null,
};
