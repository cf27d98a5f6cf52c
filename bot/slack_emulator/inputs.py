"""Controls in blocks: finding them, and what they hold when somebody types or chooses."""

from collections.abc import Iterator, Mapping

from slack_emulator.types import ImpossibleError, Json

HELD = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
}
"""By element type: the field of its state, and the field of its first value."""

_FREE_TEXT = 3000
_TOLD = ("text", "value", "style", "confirm")
"""What a pressed button tells of itself, besides its ids."""

Typed = Mapping[tuple[str, str], Json]

Name = str | tuple[str, str]
"""How a control is called: an action id, a block id or a label; or exactly, by block id and action id."""


def controls(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every control with the block that it is in."""
    for block in blocks:
        inside = [block[name] for name in ("accessory", "element") if name in block]
        inside += block["elements"] if block["type"] == "actions" else []
        yield from ((block, element) for element in inside if "action_id" in element)


def find(blocks: list[Json], name: Name, value: str | None = None) -> tuple[Json, Json]:
    """The one control that is called so (and has this value); raises ImpossibleError."""
    found = [
        (block, element)
        for block, element in controls(blocks)
        if name in _names(block, element) and value in (None, element.get("value"))
    ]
    if len(found) != 1:
        there = [(element["action_id"], label(element)) for _, element in controls(blocks)]
        raise ImpossibleError(f"{len(found)} controls are called {name!r}; there are {there}")
    return found[0]


def _names(block: Json, element: Json) -> tuple[Name, ...]:
    action, place = element["action_id"], block["block_id"]
    return (action, place, label(element), (place, action))


def label(element: Json) -> str:
    """A button's text, or a select's placeholder."""
    text = element.get("text") or element.get("placeholder") or {}
    return str(text.get("text", ""))


def state_values(blocks: list[Json], typed: Typed) -> Json:
    """`state.values`: by block id and action id, what was typed or else what the control began with."""
    values: Json = {}
    for block, element in controls(blocks):
        if element["type"] in HELD:
            held = _still_offered(element, typed.get((block["block_id"], element["action_id"])))
            values.setdefault(block["block_id"], {})[element["action_id"]] = held
    return values


def _still_offered(element: Json, held: Json | None) -> Json:
    """What is held, without options that the app has taken away since."""
    if held is None or held["type"] != element["type"]:
        return initial(element)
    field, _ = HELD[element["type"]]
    if not {"options", "option_groups"} & element.keys() or field == "value":
        return held
    known = {one.get("value") for one in offered(element)}
    chosen = held[field]
    if isinstance(chosen, list):
        return {**held, field: [one for one in chosen if one.get("value") in known]}
    return held if chosen and chosen.get("value") in known else {**held, field: None}


def offered(element: Json) -> list[Json]:
    """The options of a control, in groups or not."""
    groups = [group["options"] for group in element.get("option_groups", [])]
    return [one for options in [element.get("options", []), *groups] for one in options]


def initial(element: Json) -> Json:
    """What an untouched control holds."""
    field, first = HELD[element["type"]]
    empty: list[Json] | None = [] if field.endswith("s") else None
    return {"type": element["type"], field: element.get(first, empty)}


def hold(element: Json, value: object) -> Json:
    """What the control holds after somebody gave it text, an option's value or label, or a list of them."""
    field, _ = HELD[element["type"]]
    if field == "value":
        return {"type": element["type"], field: _typed(element, value)}
    if field in ("selected_option", "selected_options"):
        many = isinstance(value, (list, tuple))
        chosen = [option(element, one) for one in (value if isinstance(value, (list, tuple)) else [value])]
        return {"type": element["type"], field: chosen if many else chosen[0]}
    return {"type": element["type"], field: value}


def option(element: Json, wanted: object) -> Json:
    """The option with this value or label; an option object is taken as it is. Raises ImpossibleError."""
    if isinstance(wanted, dict):
        return wanted
    for one in offered(element):
        if wanted in (one.get("value"), one["text"]["text"]):
            return dict(one)
    raise ImpossibleError(f"{wanted!r} is not offered by {element['action_id']}")


def action_of(block: Json, element: Json, choose: object) -> Json:
    """The `actions` entry for a pressed or chosen control."""
    action: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        return action | {name: element[name] for name in _TOLD if name in element}
    if element["type"] == "overflow":
        return action | {"selected_option": option(element, choose)}
    return action | hold(element, choose)


def is_empty(held: Json) -> bool:
    """True when nothing was typed or chosen."""
    return not any(value for name, value in held.items() if name != "type")


def can_hold(element: Json) -> bool:
    """True for inputs; false for buttons and menus, which only act."""
    return element["type"] in HELD


def _typed(element: Json, value: object) -> str | None:
    text = None if value is None else str(value)
    longest = element.get("max_length", _FREE_TEXT)
    if text and not element.get("min_length", 0) <= len(text) <= longest:
        raise ImpossibleError(
            f"{element['action_id']} takes {element.get('min_length', 0)} to {longest} characters"
        )
    return text
