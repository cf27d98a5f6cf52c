"""What the browser sends, read without trust."""

import json
from dataclasses import dataclass
from typing import Any

from slack_emulator.types import Json

TEXT = 20_000
"""Characters that one text field may have; Slack's own boxes take fewer."""

NAME = 300
"""Characters of ids and such."""

_ID_SIZE = 2**53


class PageRequestError(Exception):
    """This cannot be done; the sentence is for the person at the page."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """One frame from the browser, with readers that refuse whatever has the wrong type."""

    given: Json

    @property
    def number(self) -> int | str | None:
        """What the answer is called; None when the frame has nothing that could be sent back."""
        found = self.given.get("id")
        if isinstance(found, bool):
            return None
        if isinstance(found, int):
            return found if abs(found) < _ID_SIZE else None
        return found if isinstance(found, str) and len(found) <= NAME else None

    def text(self, name: str, longest: int = NAME) -> str:
        """A string that must be there."""
        found = self.maybe(name, longest)
        if found is None:
            raise PageRequestError(f"{name} is missing.")
        return found

    def maybe(self, name: str, longest: int = NAME) -> str | None:
        """A string or nothing. Half of a surrogate pair, which no text may hold, becomes U+FFFD."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, str):
            raise PageRequestError(f"{name} must be a text.")
        if len(found) > longest:
            raise PageRequestError(f"{name} is longer than {longest:,} characters.")
        return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number that must be there."""
        found = self.given.get(name)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            raise PageRequestError(f"{name} must be a whole number from {least} to {most}.")
        return found

    def flag(self, name: str) -> bool:
        """True or false; false when it is missing."""
        found = self.given.get(name, False)
        if not isinstance(found, bool):
            raise PageRequestError(f"{name} must be true or false.")
        return found

    def raw(self, name: str) -> Any:  # noqa: ANN401 - any JSON value
        """Whatever it is."""
        return self.given.get(name)

    def table(self, name: str) -> dict[str, Json]:
        """Objects by name by name; empty when it is missing."""
        found = self.given.get(name) or {}
        if not isinstance(found, dict) or not all(isinstance(held, dict) for held in found.values()):
            raise PageRequestError(f"{name} must be an object of objects.")
        return found


def read(data: str) -> PageRequest:
    """A request from a frame.

    Raises:
        PageRequestError: it is no JSON object.
    """
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        raise PageRequestError("That is no JSON.") from None
    if not isinstance(given, dict):
        raise PageRequestError("That is no JSON object.")
    return PageRequest(given)
