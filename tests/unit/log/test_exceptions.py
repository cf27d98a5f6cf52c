"""An exception in the log: its type, its place and what is surely safe, never what it was told."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
import structlog
from redis.exceptions import ConnectionError as RedisConnectionError

from envaccess.domain.errors import SettingsError, StoreUnavailableError
from envaccess.log import LogJournal, configure, describe, fault
from tests.unit.log.failures import (
    TOKEN,
    TYPED,
    api_error,
    http_error,
    pydantic_error,
    raise_chain,
    redis_error,
    slack_error,
)
from tests.unit.log.output import Log, assert_clean

log = structlog.get_logger()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (slack_error(), "slack_sdk.errors.SlackApiError: channel_not_found"),
        (api_error(TYPED, {"error": TYPED}), "slack_sdk.errors.SlackApiError"),
        (api_error(TYPED, TYPED), "slack_sdk.errors.SlackApiError"),
        (redis_error(), "redis.exceptions.ResponseError: OOM"),
        (RedisConnectionError(TYPED), "redis.exceptions.ConnectionError"),
        (pydantic_error(), "pydantic_core._pydantic_core.ValidationError"),
        (http_error(), "aiohttp.client_exceptions.ClientResponseError: 502"),
        (json.JSONDecodeError(TYPED, TYPED, 0), "json.decoder.JSONDecodeError"),
        (UnicodeDecodeError("utf-8", TYPED.encode(), 0, 1, TYPED), "UnicodeDecodeError"),
        (KeyError(TYPED), "KeyError"),
        (ValueError(f"{TYPED} {TOKEN}"), "ValueError"),
        (FileNotFoundError(2, TYPED, TYPED), "FileNotFoundError: No such file or directory"),
        (OSError(TYPED), "OSError"),
        (ExceptionGroup(TYPED, [KeyError(TYPED)]), "ExceptionGroup"),
        (SettingsError("PORT must be a number"), "SettingsError: PORT must be a number"),
        (SettingsError(f"PORT must not be {TOKEN}"), "SettingsError: PORT must not be [withheld]"),
    ],
    ids=lambda case: type(case).__name__ if isinstance(case, Exception) else None,
)
def test_exception_is_told_by_its_type_and_what_is_surely_safe(
    written: Log, error: Exception, said: str
) -> None:
    assert describe(error) == said
    error.add_note(TYPED)
    fault("something failed", error, request="r1")
    line = written.line()
    assert line["error"] == said
    assert line["event"] == "something failed"
    assert line["level"] == "warning"
    assert "trace" not in line, "an expected fault is one line without a traceback"

    log.error("something failed", exc_info=error)
    assert_clean(written.text())


@pytest.mark.parametrize("form", ["json", "console"])
def test_chain_of_exceptions_names_every_link_and_place_but_no_local_variable(
    capsys: pytest.CaptureFixture[str], form: Any
) -> None:
    configure(form)
    try:
        raise_chain()
    except StoreUnavailableError:
        log.exception("could not file the request", request="r1")
    text = Log(capsys).text()
    assert_clean(text)
    for link in (
        "StoreUnavailableError: Redis was not reached",
        "KeyError",
        "redis.exceptions.ResponseError: OOM",
        "ValidationError",
        "in raise_chain",
        "test_exceptions.py:",
    ):
        assert link in text


def test_exception_that_causes_itself_ends(written: Log) -> None:
    error = ValueError()
    other = KeyError()
    error.__cause__, other.__cause__ = other, error
    log.error("a circle", exc_info=error)
    assert written.line()["trace"] == ["ValueError", "KeyError"]


def test_exception_raised_while_another_is_handled_names_both(written: Log) -> None:
    empty: dict[str, str] = {}
    try:
        try:
            empty[TYPED]
        except KeyError:
            int(TYPED)
    except ValueError:
        log.exception("an accident")
    links = [line for line in written.line()["trace"] if not line.startswith(" ")]
    assert links == ["ValueError", "KeyError"]


def test_deep_recursion_is_told_by_its_last_places(written: Log) -> None:
    def fall(depth: int) -> None:
        if not depth:
            raise ValueError
        fall(depth - 1)

    try:
        fall(200)
    except ValueError:
        log.exception("fell")
    assert len(written.line()["trace"]) == 21


async def test_lost_task_exception_keeps_its_message_to_itself(written: Log) -> None:
    """The exception of a task that nobody awaited is printed by asyncio."""
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": TYPED, "exception": ValueError(TYPED), "future": TYPED})
    line = written.line()
    assert_clean(json.dumps(line))
    assert line["logger"] == "asyncio"
    assert line["trace"][0] == "ValueError"


def test_uncaught_exceptions_of_the_process_and_its_threads_are_cleaned() -> None:
    program = f"""
import threading
from envaccess.log import configure
configure("json")
def fail():
    raise ValueError({TYPED!r})
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 1
    assert done.stdout == ""
    assert_clean(done.stderr)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(line["event"], line["trace"][0]) for line in lines] == [
        ("an unexpected error", "ValueError")
    ] * 2


def test_journal_of_services_is_cleaned_and_a_crash_names_its_place(written: Log) -> None:
    journal = LogJournal()
    journal.fault("relay_waits", request="r1", reason=TYPED)
    assert "trace" not in written.line()
    try:
        raise_chain()
    except StoreUnavailableError as error:
        journal.crash("relay_crashed", error)
    line = written.line()
    assert_clean(json.dumps(line))
    assert line["error"] == "StoreUnavailableError: Redis was not reached"
    assert any("in raise_chain" in place for place in line["trace"])
