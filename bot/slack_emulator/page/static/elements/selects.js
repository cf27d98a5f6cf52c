/** The five kinds of select, single and multi, all drawn by one combobox. */
import { html } from "../html.js";
import { isMany } from "../inputs.js";
import { useHeld, useSurface } from "../surface.js";
import { plainWords } from "../text.js";
import { nameOf, useTools } from "../workspace.js";
import { Combobox } from "./combobox.js";

const SHORTEST_QUERY = 3;
const PREFIXES = { public: "#", private: "🔒 ", im: "" };

export function SelectElement({ block, element, field }) {
  const [held, change] = useHeld(block, element);
  const source = useSource(block, element);
  const many = isMany(element.type);
  const chosen = many ? held.map(source.choice) : held === null ? [] : [source.choice(held)];
  const choose = (choices) => change(many ? choices.map(({ raw }) => raw) : (choices[0]?.raw ?? null));
  return html`<${Combobox}
    ...${field}
    label=${field.label ?? (plainWords(element.placeholder) || "Select")}
    placeholder=${plainWords(element.placeholder) || "Select"}
    many=${many}
    most=${element.max_selected_items}
    clearable=${many || block.optional}
    first=${element.focus_on_load}
    chosen=${chosen}
    onChoose=${choose}
    groups=${source.groups}
    load=${source.load}
    least=${source.least}
  />`;
}

/** Where the choices come from, and how one that is held looks. */
function useSource(block, element) {
  const { model } = useTools();
  const surface = useSurface();
  const kind = element.type.replace(/^multi_/, "");
  if (kind === "static_select") return { groups: grouped(element), choice: asChoice };
  if (kind === "external_select") {
    const load = async (query) => grouped(await surface.suggest(block, element, query));
    return { load, least: element.min_query_length ?? SHORTEST_QUERY, choice: asChoice };
  }
  const people = model.workspace?.people.map(({ id }) => named(id, nameOf(model.workspace, id) ?? id)) ?? [];
  const channels = (model.workspace?.channels ?? [])
    .filter((channel) => channel.kind !== "im")
    .map((channel) => named(channel.id, `${PREFIXES[channel.kind]}${channel.name}`));
  const offered = {
    users_select: people,
    channels_select: channels,
    conversations_select: [...channels, ...people],
  };
  const choices = offered[kind];
  return { groups: [{ choices }], choice: (id) => choices.find(({ key }) => key === id) ?? named(id, id) };
}

const named = (id, label) => ({ key: id, label, raw: id });

const asChoice = (option) => ({
  key: option.value,
  label: plainWords(option.text),
  description: plainWords(option.description),
  raw: option,
});

function grouped({ options, option_groups: groups }) {
  if (!groups?.length) return [{ choices: (options ?? []).map(asChoice) }];
  return groups.map((group) => ({ label: plainWords(group.label), choices: group.options.map(asChoice) }));
}
