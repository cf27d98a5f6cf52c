"""What somebody entered in a control, as Slack would hold it."""

import re
from typing import Any

from slack_emulator import inputs
from slack_emulator.page.requests import TEXT, PageRequestError
from slack_emulator.types import ImpossibleError, Json

_MOST = 100
_LONGEST_DATE = 9_999_999_999
_SHAPES = {
    "datepicker": re.compile(r"\d{4}-\d{2}-\d{2}"),
    "timepicker": re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
}


def held(element: Json, raw: Any) -> Json:  # noqa: ANN401 - any JSON value
    """The control's state after this was entered; null, an empty text or an empty list empties it.

    Raises:
        PageRequestError: Slack's client would not let that be entered.
    """
    field, _ = inputs.HELD[element["type"]]
    many = field.endswith("s")
    if raw in (None, "", []):
        return {"type": element["type"], field: [] if many else None}
    value = [_one(element, item) for item in _listed(raw)] if many else _one(element, raw)
    try:
        return inputs.hold(element, value)
    except ImpossibleError as error:
        raise PageRequestError(_sentence(element, error)) from None


def chosen(element: Json, raw: Any) -> Json | str | list[Json] | None:  # noqa: ANN401 - the same
    """What a press on this control chooses; None for a button.

    Raises:
        PageRequestError: it is not offered.
    """
    if element["type"] == "overflow":
        return _option(element, raw)
    if not inputs.can_hold(element):
        return None
    field, _ = inputs.HELD[element["type"]]
    state = held(element, raw)
    found: Json | str | list[Json] | None = state[field]
    return found


def _listed(raw: Any) -> list[Any]:  # noqa: ANN401 - the same
    if not isinstance(raw, list) or len(raw) > _MOST:
        raise PageRequestError(f"A list of at most {_MOST} is needed.")
    return raw


def _one(element: Json, raw: Any) -> Json | str | int:  # noqa: ANN401 - the same
    kind = element["type"].removeprefix("multi_")
    if kind in ("static_select", "radio_buttons", "checkboxes"):
        return _option(element, raw)
    if kind == "external_select":
        return _suggested(raw)
    if kind == "datetimepicker":
        if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= _LONGEST_DATE:
            raise PageRequestError("A time is needed, in seconds.")
        return raw
    if not isinstance(raw, str) or len(raw) > TEXT:
        raise PageRequestError("A text is needed.")
    if kind in _SHAPES and not _SHAPES[kind].fullmatch(raw):
        raise PageRequestError("That is no date or time.")
    return raw


def _option(element: Json, raw: Any) -> Json:  # noqa: ANN401 - the same
    """The offered option with this value."""
    value = raw.get("value") if isinstance(raw, dict) else raw
    for option in inputs.offered(element):
        if isinstance(value, str) and option.get("value") == value:
            return dict(option)
    raise PageRequestError("That is not offered.")


def _suggested(raw: Any) -> Json:  # noqa: ANN401 - the same
    """An option as the bot suggested it: a plain text and a value."""
    text = raw.get("text") if isinstance(raw, dict) else None
    shown = text.get("text") if isinstance(text, dict) else None
    value = raw.get("value") if isinstance(raw, dict) else None
    if not isinstance(shown, str) or not isinstance(value, str) or len(shown) + len(value) > TEXT:
        raise PageRequestError("Choose one of the suggestions.")
    return {"text": {"type": "plain_text", "text": shown, "emoji": True}, "value": value}


def _sentence(element: Json, error: ImpossibleError) -> str:
    if "max_length" in element or "min_length" in element:
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        return f"Enter {least} to {most:,} characters."
    return str(error)
