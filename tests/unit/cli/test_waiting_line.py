"""The line that a terminal draws while a request waits."""

import io
import sys

import pytest

from envaccess.cli.waiting_line import WaitingLine
from envaccess.client.answers import read_request


class Pressed(io.StringIO):
    """A terminal at which Ctrl-C is pressed as soon as the line is there."""

    def isatty(self) -> bool:
        return True

    def flush(self) -> None:
        if self.getvalue().endswith("Waiting for 0 seconds."):
            raise KeyboardInterrupt


def test_ctrl_c_right_after_the_line_was_drawn_takes_the_line_away(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Pressed()
    monkeypatch.setattr(sys, "stderr", screen)
    line = WaitingLine("Ctrl-C withdraws it.")
    request = read_request({"id": "7k2m9xq4", "version": 1, "state": "pending", "variables": ["STRIPE_KEY"]})
    with pytest.raises(KeyboardInterrupt):
        line.show(request, 0)
    line.close()
    assert screen.getvalue().endswith("Waiting for 0 seconds.\r\x1b[K")
