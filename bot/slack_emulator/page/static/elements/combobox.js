/**
 * A select that can be typed in: one choice or several, from a list or from the app as one types.
 * The pattern is https://www.w3.org/WAI/ARIA/apg/patterns/combobox/ (editable, list autocomplete).
 *
 * @typedef {{key: string, label: string, description?: string, raw: any}} Choice
 * @typedef {{label?: string, choices: Choice[]}} Group
 */
import { classes, html, useEffect, useId, useRef, useState } from "../html.js";
import { usePopup } from "../popup.js";

const PAUSE = 200;

/**
 * @param {object} props
 * @param {string} [props.id]
 * @param {string} props.label
 * @param {string} props.placeholder
 * @param {string} [props.describedBy]
 * @param {boolean} [props.invalid]
 * @param {boolean} [props.many]
 * @param {number} [props.most]
 * @param {boolean} [props.clearable]
 * @param {boolean} [props.first]
 * @param {Choice[]} props.chosen
 * @param {(choices: Choice[]) => void} props.onChoose
 * @param {Group[]} [props.groups]
 * @param {(query: string) => Promise<Group[]>} [props.load]
 * @param {number} [props.least]
 */
export function Combobox(props) {
  const { chosen, many, onChoose } = props;
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  const input = useRef(/** @type {HTMLInputElement|null} */ (null));
  const popup = usePopup(open, box);
  const { groups, told } = useGroups(props, open, query);
  const choices = groups.flatMap((group) => group.choices);
  const isChosen = (choice) => chosen.some(({ key }) => key === choice.key);

  const show = () => {
    setOpen(true);
    setAt(Math.max(0, many ? 0 : choices.findIndex(isChosen)));
  };
  const close = () => {
    setOpen(false);
    setQuery("");
  };
  const pick = (choice) => {
    if (!many) {
      onChoose([choice]);
      return close();
    }
    const without = chosen.filter(({ key }) => key !== choice.key);
    if (without.length < chosen.length) onChoose(without);
    else if (chosen.length < (props.most ?? Infinity)) onChoose([...chosen, choice]);
    setQuery("");
    return undefined;
  };
  const keys = (event) => {
    const key = KEYS[event.key];
    if (event.isComposing || !key) return;
    key({ event, open, show, close, choices, at, setAt, pick, query, chosen, onChoose, many });
  };
  const typed = (event) => {
    setQuery(event.currentTarget.value);
    setOpen(true);
    setAt(0);
  };
  const remove = (choice) => {
    onChoose(chosen.filter(({ key }) => key !== choice.key));
    input.current?.focus();
  };
  const active = open && choices[at] ? `${listId}-${at}` : undefined;
  const shown = many || open ? query : (chosen[0]?.label ?? "");

  return html`<span class=${classes("combobox", open && "open")} ref=${box} aria-invalid=${props.invalid}>
    ${
      many &&
      chosen.map(
        (choice) => html`<span class="pick" key=${choice.key}>
        ${choice.label}
        <button type="button" aria-label="Remove ${choice.label}" onClick=${() => remove(choice)}>×</button>
      </span>`,
      )
    }
    <input
      ref=${input}
      id=${props.id}
      role="combobox"
      autocomplete="off"
      spellcheck=${false}
      aria-label=${props.id ? undefined : props.label}
      aria-expanded=${String(open)}
      aria-controls=${listId}
      aria-autocomplete="list"
      aria-activedescendant=${active}
      aria-describedby=${props.describedBy}
      aria-invalid=${props.invalid ? "true" : undefined}
      data-first=${props.first ? "" : undefined}
      placeholder=${(open && !many && chosen[0]?.label) || (chosen.length ? "" : props.placeholder)}
      value=${shown}
      onInput=${typed}
      onClick=${() => (open ? undefined : show())}
      onBlur=${close}
      onKeyDown=${keys}
    />
    ${
      !many &&
      props.clearable &&
      chosen.length > 0 &&
      html`<button type="button" class="clear" aria-label="Clear" onClick=${() => remove(chosen[0])}>×</button>`
    }
    <span class="arrow" aria-hidden="true"></span>
    <div class="popup" popover="manual" ref=${popup} onMouseDown=${(event) => event.preventDefault()}>
      ${told && html`<p class="popup-told" role="status">${told}</p>`}
      <ul id=${listId} role="listbox" aria-label=${props.label} aria-multiselectable=${many ? "true" : undefined}>
        ${open && html`<${Options} groups=${groups} listId=${listId} at=${at} isChosen=${isChosen} pick=${pick} />`}
      </ul>
    </div>
  </span>`;
}

/** What each key does in the box; `undefined` leaves it to the browser. */
const KEYS = {
  ArrowDown: (it) => move(it, 1),
  ArrowUp: (it) => move(it, -1),
  Enter(it) {
    if (!it.open || !it.choices[it.at]) return;
    it.event.preventDefault();
    it.pick(it.choices[it.at]);
  },
  Escape(it) {
    if (!it.open) return;
    it.event.stopPropagation();
    it.close();
  },
  Backspace(it) {
    if (it.many && !it.query && it.chosen.length) it.onChoose(it.chosen.slice(0, -1));
  },
};

function move({ event, open, show, choices, at, setAt }, by) {
  event.preventDefault();
  if (!open) return show();
  if (choices.length) setAt((at + by + choices.length) % choices.length);
  return undefined;
}

function Options({ groups, listId, at, isChosen, pick }) {
  let index = -1;
  const one = (choice) => {
    index += 1;
    return html`<${Option} key=${choice.key} id="${listId}-${index}" label=${choice.label} about=${choice.description}
      active=${index === at} chosen=${isChosen(choice)} pick=${() => pick(choice)} />`;
  };
  return groups.map((group) =>
    group.label
      ? html`<li role="group" aria-label=${group.label} class="option-group">
          <span class="group-label" aria-hidden="true">${group.label}</span>
          <ul role="none">${group.choices.map(one)}</ul>
        </li>`
      : group.choices.map(one),
  );
}

/** One choice in a list; the active one is kept in sight. */
export function Option({ id, label, about = "", active, chosen, pick }) {
  const item = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => {
    if (active) item.current?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return html`<li
    id=${id}
    ref=${item}
    role="option"
    aria-selected=${String(chosen)}
    class=${classes("option", active && "active")}
    onClick=${pick}
  >
    <span>${label}</span>${about && html`<small>${about}</small>`}
  </li>`;
}

/**
 * The choices that fit the query, filtered here or asked for; and what to say when there are none.
 * @param {{groups?: Group[], load?: (query: string) => Promise<Group[]>, least?: number}} from
 * @param {boolean} open
 * @param {string} query
 */
function useGroups({ groups, load, least = 0 }, open, query) {
  const [loaded, setLoaded] = useState(
    /** @type {{groups: Group[], told: string}} */ ({ groups: [], told: "" }),
  );
  const missing = least - query.length;
  useEffect(() => {
    if (!load || !open || missing > 0) return undefined;
    let current = true;
    const settle = (state) => current && setLoaded(state);
    setLoaded((before) => ({ ...before, told: "Loading…" }));
    const ask = () =>
      load(query).then(
        (found) => settle({ groups: found, told: "" }),
        (error) => settle({ groups: [], told: error.message }),
      );
    const timer = setTimeout(ask, query ? PAUSE : 0);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [open, query]);
  if (load && missing > 0)
    return { groups: [], told: `Type ${missing} more ${missing === 1 ? "letter" : "letters"}` };
  const fitting = load ? loaded.groups : filtered(groups ?? [], query);
  const empty = !fitting.some((group) => group.choices.length) && !(load && loaded.told);
  return { groups: fitting, told: empty ? "No results" : load ? loaded.told : "" };
}

function filtered(groups, query) {
  const wanted = query.toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      choices: group.choices.filter(({ label }) => label.toLowerCase().includes(wanted)),
    }))
    .filter((group) => group.choices.length);
}
