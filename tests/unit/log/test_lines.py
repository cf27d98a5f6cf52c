"""A line of the log: one, with its time and level, that no text can forge, and that stops nothing."""

import io
import logging
import sys
from datetime import datetime
from typing import Any

import pytest
import structlog

from envaccess.log import configure
from tests.unit.log.output import Log

log = structlog.get_logger()


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("attack", ["\n", "\r\n", "\x1b[2J", "\x00", "\u2028", "\u202e", "\ud800", "\x85"])
def test_text_cannot_forge_a_line_or_steer_a_terminal(
    capsys: pytest.CaptureFixture[str], form: Any, attack: str
) -> None:
    configure(form)
    log.info("typed", name=f"A{attack}B", **{f"k{attack}": 1})
    text = Log(capsys).text()
    assert len(text.splitlines()) == 1
    assert attack not in text.removesuffix("\n")


def test_long_text_is_cut(written: Log) -> None:
    log.info("long", name="a" * 10_000)
    assert len(written.text()) < 1200


def test_level_is_for_our_events(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "warning")
    log.info("quiet")
    log.warning("loud")
    assert Log(capsys).line()["event"] == "loud"


def test_lost_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    configure("json")
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    log.error("nobody hears this")


def test_every_line_tells_when_and_how_bad(written: Log) -> None:
    with structlog.contextvars.bound_contextvars(request="r1"):
        log.error("happened")
    line = written.line()
    assert line["level"] == "error"
    assert line["request"] == "r1"
    assert datetime.fromisoformat(line["at"]).utcoffset() is not None


def test_configuring_twice_writes_once(written: Log) -> None:
    configure("json")
    log.warning("ours")
    logging.getLogger("other").warning("theirs")
    assert len(written.text().splitlines()) == 2


def test_console_is_chosen_only_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    log.info("for a machine")
    assert Log(capsys).line()["event"] == "for a machine"
