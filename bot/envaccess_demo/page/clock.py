"""A clock that can be moved on, and what was drawn before it was.

Moving the clock shortens every time that Redis holds, so that what was to come in an hour comes now: from
then on Redis' time is behind the emulator's by as much. What the bot draws tells Redis' time. So a date in
a drawing means as much later as the clock had been moved when it was drawn, and the page is given it in the
emulator's time.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

_DATE = re.compile(r"<!date\^(\d{1,15})\^")


class MovableClock:
    """Seconds since the epoch; `offset` says by how many milliseconds they are ahead of the real ones."""

    def __init__(self, real: Callable[[], float] = time.time) -> None:
        self._real = real
        self.offset = 0

    def __call__(self) -> float:
        """Seconds since the epoch, the moves included."""
        return self._real() + self.offset / 1000

    @property
    def now(self) -> int:
        """The same in milliseconds."""
        return int(self() * 1000)


class Drawings:
    """Remembers of drawings (a message's face, a view as it was given) how far the clock had been moved."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        # The drawing is kept with its number, so that no other can get the same identity.
        self._kept: dict[int, tuple[object, int]] = {}

    def keep(self, drawings: Iterable[object]) -> None:
        """Note what there is, before the clock is moved."""
        for drawing in drawings:
            self._kept.setdefault(id(drawing), (drawing, self._clock.offset))

    def offset_of(self, drawing: object) -> int:
        """By how many milliseconds the clock had been moved when this was drawn."""
        return self._kept.get(id(drawing), (drawing, self._clock.offset))[1]


def translate(value: Any, offset: int) -> Any:  # noqa: ANN401 - any JSON value
    """A copy of blocks or a view with every date as many milliseconds later; what is no date stays.

    Only mrkdwn can hold `<!date^...>`, and only rich text a date element: a value that looks like one is left
    alone.
    """
    if not offset:
        return value
    if isinstance(value, list):
        return [translate(item, offset) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {name: translate(item, offset) for name, item in value.items()}
    if value.get("type") == "mrkdwn" and isinstance(value.get("text"), str):
        moved["text"] = translate_text(value["text"], offset)
    if value.get("type") == "date" and isinstance(value.get("timestamp"), int):
        moved["timestamp"] = value["timestamp"] + offset // 1000
    return moved


def translate_text(text: str, offset: int) -> str:
    """Mrkdwn with every `<!date^...>` as many milliseconds later."""
    return _DATE.sub(lambda match: f"<!date^{int(match[1]) + offset // 1000}^", text) if offset else text
