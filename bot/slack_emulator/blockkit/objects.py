"""Composition objects: texts, options, confirm dialogs."""

from collections.abc import Iterator

from slack_emulator.blockkit.rules import Rule, Shape, choice, flag, items, kinds, one_of, problem, text


def plain(most: int, *, least: int = 1) -> Rule:
    """A `plain_text` object."""
    return kinds({"plain_text": Shape({"text": text(most, least=least)}, {"emoji": flag})})


def words(most: int, *, least: int = 1) -> Rule:
    """A `plain_text` or `mrkdwn` object."""
    body = text(most, least=least)
    return kinds(
        {
            "plain_text": Shape({"text": body}, {"emoji": flag}),
            "mrkdwn": Shape({"text": body}, {"verbatim": flag}),
        }
    )


CONFIRM = Shape(
    {"title": plain(100), "text": words(300), "confirm": plain(30), "deny": plain(30)},
    {"style": choice("primary", "danger")},
)

OPTION = Shape(
    {"text": words(75), "value": text(150)},
    {"description": words(75), "url": text(3000)},
)

OPTION_GROUP = Shape({"label": plain(75), "options": items(OPTION, 100)})

FILTER = Shape(
    {},
    {
        "include": items(choice("im", "mpim", "private", "public"), 4),
        "exclude_external_shared_channels": flag,
        "exclude_bot_users": flag,
    },
)

DISPATCH = Shape({}, {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 2)})


def from_the_options(value: object, at: str) -> Iterator[str]:
    """What is chosen from the start must be among what can be chosen."""
    if not isinstance(value, dict):
        return
    offered = [option for group in value.get("option_groups", []) for option in group.get("options", [])]
    offered += value.get("options", [])
    named = value.get("initial_options") or [value[key] for key in ("initial_option",) if key in value]
    if offered and any(chosen not in offered for chosen in named):
        yield problem("initial option must exactly match one of the provided options", at)


OPTIONS_OR_GROUPS = one_of("options", "option_groups")
