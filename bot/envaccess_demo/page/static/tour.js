/**
 * The guided tour: a strip under the bar that says what to do next, and a ring around the real control.
 * It covers nothing and waits for the visitor to do each thing; it can be closed and started at any time.
 */
import { typeFor } from "./composer.js";
import { html, useEffect, useRef } from "./html.js";
import { PARTS, goThere, locate, typeIt } from "./steps.js";
import { useTools } from "./workspace.js";
import { read, write } from "./ui.js";

const SEEN = "tour-seen";
const LOOK_EVERY = 150;
const MARGIN = 5;

/** @type {{part: number, step: number, from: string|null} | null} where it stands; `from`: the last event before its part */
let tour = read(localStorage, SEEN) ? null : { part: 0, step: 0, from: null };

/** @param {import("./ui.js").Ui} ui */
export function startTour(ui, part = 0) {
  tour = { part, step: 0, from: null };
  ui.changed();
}

function endTour(ui) {
  tour = null;
  write(localStorage, SEEN, true);
  ui.changed();
}

export function Tour() {
  const { model, ui } = useTools();
  if (tour && tour.from === null) tour.from = model.more.audit.at(-1)?.id ?? null;
  const advance = () => {
    const step = tour && PARTS[tour.part].steps[tour.step];
    if (!tour?.from || !step?.done(since(model.more.audit, tour.from), ui, model)) return;
    tour.step += 1;
    ui.changed();
  };
  useEffect(advance);
  if (!tour) return null;
  const { step: at, part } = tour;
  const { name, steps, end, next } = PARTS[part];
  const step = steps[at];
  return html`<section class="tour" aria-label="Guided tour" data-region tabindex="-1">
    <ol class="tour-dots" aria-hidden="true">
      ${steps.map((_, dot) => html`<li class=${dot < at ? "past" : dot === at ? "now" : ""}></li>`)}
    </ol>
    <p class="tour-words" role="status">
      <strong>${step ? `${name}${at + 1} of ${steps.length}: ${step.title}` : "Done"}</strong>
      ${" "}${step ? step.tell(model) : end}
    </p>
    <div class="tour-buttons">
      ${step && html`<${StepButtons} step=${step} />`}
      ${!step && next && html`<${Next} label=${next} go=${() => startTour(ui, part + 1)} />`}
      <button type="button" class="icon-button" aria-label="Close the tour" onClick=${() => endTour(ui)}>×</button>
    </div>
    ${step && html`<${Ring} step=${step} advance=${advance} />`}
  </section>`;
}

const Next = ({ label, go }) =>
  html`<button type="button" class="button button-small button-primary" onClick=${go}>${label}</button>`;

function StepButtons({ step }) {
  const tools = useTools();
  const { model, ui } = tools;
  const show = () => {
    goThere(step, model, ui);
    setTimeout(() => {
      if (step.types) typeIt(step, tools, typeFor);
      const control = locate(step);
      control?.scrollIntoView({ block: "nearest" });
      (control?.querySelector("textarea") ?? control)?.focus();
    }, 60);
  };
  const skip = () => {
    if (tour) tour.step += 1;
    ui.changed();
  };
  return html`<button type="button" class="button button-small button-primary" onClick=${show}>
      ${step.types ? "Type it for me" : "Show me"}
    </button>
    <button type="button" class="button button-small" onClick=${skip}>Skip</button>`;
}

/** A ring around the control; it follows it about, never takes a click, and sees when the step is done. */
function Ring({ step, advance }) {
  const ring = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    const look = () => {
      if (ring.current) put(ring.current, locate(step));
      advance();
    };
    look();
    const timer = setInterval(look, LOOK_EVERY);
    addEventListener("scroll", look, true);
    addEventListener("resize", look);
    return () => {
      clearInterval(timer);
      removeEventListener("scroll", look, true);
      removeEventListener("resize", look);
    };
  }, [step]);
  return html`<div class="tour-ring" ref=${ring} aria-hidden="true" hidden></div>`;
}

function put(ring, control) {
  const place = control && isSeen(control) ? control.getBoundingClientRect() : null;
  ring.hidden = !place;
  if (!place) return;
  ring.style.left = `${place.left - MARGIN}px`;
  ring.style.top = `${place.top - MARGIN}px`;
  ring.style.width = `${place.width + 2 * MARGIN}px`;
  ring.style.height = `${place.height + 2 * MARGIN}px`;
}

/** Whether the middle of a control is on the screen, and not scrolled away or covered. */
function isSeen(control) {
  const { left, top, width, height } = control.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return there !== null && control.contains(there);
}

/** The events after that id. Ids are `<milliseconds>-<number>`. */
function since(events, id) {
  const [from, fromNumber] = order(id);
  return events.filter((event) => {
    const [at, number] = order(event.id);
    return at > from || (at === from && number > fromNumber);
  });
}

const order = (id) => id.split("-").map(Number);
