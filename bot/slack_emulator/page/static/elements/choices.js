/** Checkboxes and radio buttons. */
import { html, useId } from "../html.js";
import { useHeld } from "../surface.js";
import { Words } from "../text.js";

export function Checkboxes(props) {
  const [held, change] = useHeld(props.block, props.element);
  const toggle = (option) =>
    change(isIn(option, held) ? held.filter(({ value }) => value !== option.value) : [...held, option]);
  return html`<${Choices} ...${props} type="checkbox" chosen=${(option) => isIn(option, held)} pick=${toggle} />`;
}

export function RadioButtons(props) {
  const [held, change] = useHeld(props.block, props.element);
  return html`<${Choices}
    ...${props}
    type="radio"
    chosen=${(option) => held?.value === option.value}
    pick=${change}
  />`;
}

const isIn = (option, options) => options.some(({ value }) => value === option.value);

function Choices({ element, field, type, chosen, pick }) {
  const name = useId();
  return html`<div
    class="choices"
    role=${type === "radio" ? "radiogroup" : "group"}
    aria-label=${field.label ?? "Choose"}
    aria-describedby=${field.describedBy}
  >
    ${element.options.map(
      (option) => html`<label class="choice">
        <input
          type=${type}
          name=${name}
          checked=${chosen(option)}
          aria-invalid=${field.invalid ? "true" : undefined}
          onChange=${() => pick(option)}
        />
        <span>
          <${Words} words=${option.text} />
          ${option.description && html`<small><${Words} words=${option.description} /></small>`}
        </span>
      </label>`,
    )}
  </div>`;
}
