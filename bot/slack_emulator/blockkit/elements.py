"""Block elements: buttons, selects, inputs."""

from slack_emulator.blockkit.objects import (
    CONFIRM,
    DISPATCH,
    FILTER,
    OPTION,
    OPTION_GROUP,
    OPTIONS_OR_GROUPS,
    from_the_options,
    plain,
)
from slack_emulator.blockkit.rules import Rule, Shape, anything, choice, flag, items, number, one_of, text

_ID = {"action_id": text(255)}
_COMMON: dict[str, Rule] = {**_ID, "confirm": CONFIRM, "focus_on_load": flag, "placeholder": plain(150)}
_MANY: dict[str, Rule] = {**_COMMON, "max_selected_items": number(1, 100)}
_TYPED: dict[str, Rule] = {
    **_ID,
    "placeholder": plain(150),
    "focus_on_load": flag,
    "initial_value": text(3000, least=0),
    "dispatch_action_config": DISPATCH,
}
_TEXT_TYPED: dict[str, Rule] = {
    **_TYPED,
    "multiline": flag,
    "min_length": number(0, 3000),
    "max_length": number(1, 3000),
}
_STATIC: dict[str, Rule] = {"options": items(OPTION, 100), "option_groups": items(OPTION_GROUP, 100)}
_STATIC_ALSO = (OPTIONS_OR_GROUPS, from_the_options)
_USER = text(64)

BUTTON = Shape(
    {"text": plain(75)},
    {
        **_ID,
        "url": text(3000),
        "value": text(2000),
        "style": choice("primary", "danger"),
        "confirm": CONFIRM,
        "accessibility_label": text(75),
    },
)
IMAGE = Shape(
    {"alt_text": text(2000)},
    {"image_url": text(3000), "slack_file": anything},
    (one_of("image_url", "slack_file"),),
)

_SELECTS: dict[str, Rule] = {
    "static_select": Shape({}, {**_COMMON, **_STATIC, "initial_option": OPTION}, _STATIC_ALSO),
    "external_select": Shape({}, {**_COMMON, "initial_option": OPTION, "min_query_length": number(0, 100)}),
    "users_select": Shape({}, {**_COMMON, "initial_user": _USER}),
    "conversations_select": Shape(
        {},
        {
            **_COMMON,
            "initial_conversation": _USER,
            "default_to_current_conversation": flag,
            "response_url_enabled": flag,
            "filter": FILTER,
        },
    ),
    "channels_select": Shape({}, {**_COMMON, "initial_channel": _USER, "response_url_enabled": flag}),
    "multi_static_select": Shape(
        {}, {**_MANY, **_STATIC, "initial_options": items(OPTION, 100)}, _STATIC_ALSO
    ),
    "multi_external_select": Shape(
        {},
        {**_MANY, "initial_options": items(OPTION, 100), "min_query_length": number(0, 100)},
    ),
    "multi_users_select": Shape({}, {**_MANY, "initial_users": items(_USER, 100)}),
    "multi_conversations_select": Shape(
        {},
        {
            **_MANY,
            "initial_conversations": items(_USER, 100),
            "default_to_current_conversation": flag,
            "filter": FILTER,
        },
    ),
    "multi_channels_select": Shape({}, {**_MANY, "initial_channels": items(_USER, 100)}),
}

_PICKERS: dict[str, Rule] = {
    "datepicker": Shape({}, {**_COMMON, "initial_date": text(10)}),
    "timepicker": Shape({}, {**_COMMON, "initial_time": text(5), "timezone": text(64)}),
    "datetimepicker": Shape(
        {}, {**_ID, "confirm": CONFIRM, "focus_on_load": flag, "initial_date_time": number(0, 9_999_999_999)}
    ),
    "checkboxes": Shape(
        {"options": items(OPTION, 10)},
        {**_ID, "confirm": CONFIRM, "focus_on_load": flag, "initial_options": items(OPTION, 10)},
        (from_the_options,),
    ),
    "radio_buttons": Shape(
        {"options": items(OPTION, 10)},
        {**_ID, "confirm": CONFIRM, "focus_on_load": flag, "initial_option": OPTION},
        (from_the_options,),
    ),
}

_OVERFLOW = Shape({"options": items(OPTION, 5)}, {**_ID, "confirm": CONFIRM})

_TEXTS: dict[str, Rule] = {
    "plain_text_input": Shape({}, _TEXT_TYPED),
    "email_text_input": Shape({}, _TYPED),
    "url_text_input": Shape({}, _TYPED),
    "number_input": Shape(
        {"is_decimal_allowed": flag},
        {**_TYPED, "min_value": text(64), "max_value": text(64)},
    ),
}

IN_ACTIONS: dict[str, Rule] = {**_SELECTS, **_PICKERS, "overflow": _OVERFLOW, "button": BUTTON}
IN_SECTION: dict[str, Rule] = {
    **{name: rule for name, rule in IN_ACTIONS.items() if name != "datetimepicker"},
    "image": IMAGE,
}
IN_INPUT: dict[str, Rule] = {**_SELECTS, **_PICKERS, **_TEXTS}
