/** Draws a control by its type, in actions, in an input, or beside a section. */
import { Picture } from "../blocks/image.js";
import { Unknown } from "../blocks/unknown.js";
import { html } from "../html.js";
import { Button } from "./button.js";
import { Checkboxes, RadioButtons } from "./choices.js";
import { Overflow } from "./overflow.js";
import { DatePicker, DateTimePicker, TimePicker } from "./pickers.js";
import { SelectElement } from "./selects.js";
import { Typed } from "./typed.js";

const KINDS = {
  button: Button,
  checkboxes: Checkboxes,
  datepicker: DatePicker,
  datetimepicker: DateTimePicker,
  image: ({ element }) => html`<${Picture} alt=${element.alt_text} />`,
  overflow: Overflow,
  radio_buttons: RadioButtons,
  timepicker: TimePicker,
};
for (const what of ["static", "external", "users", "conversations", "channels"]) {
  KINDS[`${what}_select`] = KINDS[`multi_${what}_select`] = SelectElement;
}
for (const what of ["plain_text", "email_text", "url_text", "number"]) KINDS[`${what}_input`] = Typed;

/**
 * @typedef {{id?: string, label?: string, describedBy?: string, invalid?: boolean}} Field how an input block
 *   names its control; elsewhere a control is named by its placeholder
 * @param {{block: any, element: any, field?: Field}} props
 */
export function Element({ block, element, field = {} }) {
  const Kind = Object.hasOwn(KINDS, element.type) && KINDS[element.type];
  return Kind
    ? html`<${Kind} block=${block} element=${element} field=${field} />`
    : html`<${Unknown} block=${element} />`;
}
