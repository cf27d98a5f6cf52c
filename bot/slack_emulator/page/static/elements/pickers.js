/** Date, time, and both: the browser's own pickers. */
import { html } from "../html.js";
import { useHeld } from "../surface.js";
import { plainWords } from "../text.js";

export const DatePicker = (props) => html`<${Picker} ...${props} type="date" />`;
export const TimePicker = (props) => html`<${Picker} ...${props} type="time" />`;
export const DateTimePicker = (props) =>
  html`<${Picker} ...${props} type="datetime-local" read=${asSeconds} write=${asLocal} />`;

const asIs = (value) => value;

function Picker({ block, element, field, type, read = asIs, write = asIs }) {
  const [held, change] = useHeld(block, element);
  const entered = (event) => change(event.currentTarget.value ? read(event.currentTarget.value) : null);
  return html`<input
    class="text-input picker"
    type=${type}
    id=${field.id}
    aria-label=${field.id ? undefined : plainWords(element.placeholder) || "Pick"}
    aria-describedby=${field.describedBy}
    aria-invalid=${field.invalid ? "true" : undefined}
    value=${held === null ? "" : write(held)}
    onChange=${entered}
  />`;
}

/** Local time as the input has it -> seconds since the epoch. */
const asSeconds = (text) => Math.floor(new Date(text).getTime() / 1000);

function asLocal(seconds) {
  const local = new Date(seconds * 1000);
  return new Date(local.getTime() - local.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
