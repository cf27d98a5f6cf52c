"""Everything that was said between Slack and the bot, for tests that look for leaks and for duplicates."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from slack_emulator.ids import Clock
from slack_emulator.notifier import ChangeNotifier
from slack_emulator.types import Json

Direction = Literal["from bot", "to bot"]


@dataclass(eq=False)
class RecordedCall:
    """One Web API call, numbered from 1. `answer` is None until it is answered, for ever if it was lost.

    `team` is whose token called: empty for an org-wide one, and where there was none.
    """

    method: str
    args: Json
    at: float
    answer: Json | None = None
    status: int = 0
    acted: bool = False
    number: int = 0
    team: str = ""

    @property
    def ok(self) -> bool:
        """True when the bot was told that it worked."""
        return bool(self.answer and self.answer.get("ok"))


@dataclass(frozen=True)
class Said:
    """One thing sent over the wire.

    `via` is the method, `ack:slash_commands`, `response_url`, `answer:users.info`,
    `envelope:interactive` and so on. `only_for` is the user id of the only person who gets to see it.
    """

    direction: Direction
    via: str
    body: object
    at: float
    only_for: str | None = None

    def strings(self) -> Iterator[tuple[str, str]]:
        """Every string in it with its path; JSON inside strings is opened, so escapes hide nothing."""
        return _strings(self.body, "")

    def where(self, needle: str) -> list[str]:
        """The paths of the strings that contain the needle, `/blocks/0/text/text` for instance."""
        return [path for path, text in self.strings() if needle in text]


def _strings(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield path, str(name)
            yield from _strings(item, f"{path}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, f"{path}/{index}")
    elif isinstance(value, str):
        yield from _opened(value, path)
    elif value is not None:
        yield path, str(value)


def _opened(value: str, path: str) -> Iterator[tuple[str, str]]:
    if value[:1] in ("{", "["):
        try:
            opened = json.loads(value)
        except ValueError:
            pass
        else:
            yield from _strings(opened, path)
    yield path, value


@dataclass
class Record:
    """The calls, and every word."""

    clock: Clock
    changes: ChangeNotifier
    calls: list[RecordedCall] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    begun: int = 0

    def begin(self, method: str, args: Json, team: str = "") -> RecordedCall:
        """Note a call that just came in."""
        self.begun += 1
        call = RecordedCall(method, args, self.clock(), number=self.begun, team=team)
        self.calls.append(call)
        self.changes.notify()
        return call

    def note(self, direction: Direction, via: str, body: object, only_for: str | None = None) -> None:
        """Note something sent."""
        self.said.append(Said(direction, via, body, self.clock(), only_for))
        self.changes.notify()

    def find(self, needle: str, direction: Direction | None = None) -> list[Said]:
        """Everything said that contains the needle anywhere."""
        return [said for said in self.said if direction in (None, said.direction) and said.where(needle)]

    def tail(self, count: int = 12) -> str:
        """The last calls as lines, for a failure's message."""
        return "\n".join(
            f"  {call.method} {call.answer or '(no answer)'}"[:300] for call in self.calls[-count:]
        )
