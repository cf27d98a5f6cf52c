/** Inputs that are typed in: text of one or many lines, an address, a URL, a number. */
import { html } from "../html.js";
import { useHeld, useSurface } from "../surface.js";
import { plainWords } from "../text.js";

const MODES = { email_text_input: "email", url_text_input: "url", number_input: "decimal" };

export function Typed({ block, element, field }) {
  const [held] = useHeld(block, element);
  const surface = useSurface();
  const on = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const tell = (text, what) =>
    block.dispatch_action && on.includes(what) && surface.press(block, element, { option: text });
  const typed = (event) => {
    const text = event.currentTarget.value;
    surface.hold(block, element, text || null);
    tell(text, "on_character_entered");
  };
  const pressed = (event) => {
    if (event.key === "Enter" && !event.isComposing && !element.multiline)
      tell(event.currentTarget.value, "on_enter_pressed");
  };
  const Tag = element.multiline ? "textarea" : "input";
  return html`<${Tag}
    class="text-input"
    id=${field.id}
    aria-label=${field.id ? undefined : plainWords(element.placeholder) || "Text"}
    aria-describedby=${field.describedBy}
    aria-invalid=${field.invalid ? "true" : undefined}
    inputmode=${MODES[element.type]}
    rows=${element.multiline ? 4 : undefined}
    autocomplete="off"
    placeholder=${plainWords(element.placeholder)}
    data-first=${element.focus_on_load ? "" : undefined}
    value=${held ?? ""}
    onInput=${typed}
    onKeyDown=${pressed}
  />`;
}
