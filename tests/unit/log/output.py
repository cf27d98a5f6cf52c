"""What the log wrote, and that nothing private is in it."""

import json
from typing import Any

import pytest

from tests.unit.log.failures import KEY, TOKEN, TYPED


class Log:
    """What was written to stderr since it was last read."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def text(self) -> str:
        written = self._capsys.readouterr()
        assert written.out == "", "stdout is for data"
        return written.err

    def line(self) -> dict[str, Any]:
        (line,) = self.text().splitlines()
        found: dict[str, Any] = json.loads(line)
        return found


def assert_clean(text: str) -> None:
    assert text, "there is nothing to look at"
    for secret in (TYPED, TOKEN, KEY.rstrip("=")):
        assert secret not in text
