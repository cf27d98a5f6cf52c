"""What other libraries log: only their sources' constants, and nothing below a warning."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger import get_bolt_logger
from slack_sdk.errors import SlackApiError

from envaccess.log import configure
from envaccess.log.adopt import constant_words
from tests.unit.log.failures import (
    TOKEN,
    TYPED,
    slack_error,
)
from tests.unit.log.output import Log, assert_clean

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.mark.parametrize(
    "name", ["slack_bolt.AsyncApp", "slack_sdk.web.async_client", "aiohttp.server", "redis", "x:y"]
)
def test_other_libraries_words_are_their_sources_constants_only(written: Log, name: str) -> None:
    """Bolt and slack_sdk format with f-strings, so what a finished message holds is anybody's guess."""
    other = logging.getLogger(name)
    other.error(f"Failed to run a message listener: {TYPED}, session: {TOKEN}")
    line = written.line()
    assert line["event"] == "Failed to run a message listener: {}, session: {}"
    assert line["logger"] == name
    assert "test_libraries.py:" in line["place"]
    other.warning("Received an error: %r", TYPED)
    assert written.line()["event"] == "Received an error: %r"
    other.log(
        logging.ERROR,
        "on several lines",
        extra={"body": TYPED},
    )
    assert written.line()["event"] == "on several lines"
    finished = f"{TYPED} {TOKEN}"
    other.error(finished)
    assert written.line()["event"] == "a library's words are withheld"


def test_other_libraries_exceptions_are_described_like_ours(written: Log) -> None:
    try:
        raise slack_error()
    except SlackApiError as error:
        logging.getLogger("slack_bolt.App").exception(f"Error: {error}")  # noqa: G004, TRY401
    line = written.line()
    assert_clean(json.dumps(line))
    assert line["event"] == "Error: {}"
    assert line["trace"][0] == "slack_sdk.errors.SlackApiError: channel_not_found"


@pytest.mark.parametrize(
    "name", ["slack_bolt.AsyncApp", "slack_bolt.middleware", "slack_sdk.socket_mode", "aiohttp.access"]
)
def test_other_libraries_are_silent_below_warning_even_when_we_debug(written: Log, name: str) -> None:
    """A bad signature makes Bolt log the whole body at INFO."""
    logging.getLogger(name).info("body: token=%s&text=%s", TOKEN, TYPED)
    assert written.text() == ""
    assert get_bolt_logger(AsyncApp).level == logging.WARNING, "Bolt copies the root's level"
    loud = logging.getLogger("a.library.that.sets.its.own.level")
    loud.setLevel(logging.DEBUG)
    loud.debug("body")
    assert written.text() == ""


async def test_forged_request_to_bolt_leaves_nothing_of_itself(written: Log) -> None:
    """A bad signature makes Bolt log the whole body, at INFO."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T0ACME", bot_token=TOKEN)

    app = AsyncApp(signing_secret="signing-test", authorize=authorize, process_before_response=True)
    forged: dict[str, str | Sequence[str]] = {
        "x-slack-signature": ["v0=0"],
        "x-slack-request-timestamp": ["1"],
    }
    answer = await app.async_dispatch(AsyncBoltRequest(body=f"token={TOKEN}&text={TYPED}", headers=forged))
    assert answer.status == 401
    assert written.text() == ""


def test_wrong_arguments_for_a_message_print_nothing_of_it(written: Log) -> None:
    configure("json")  # again, now that pytest has put its own handlers in
    logging.getLogger("careless").error("two %s %s", TYPED)  # noqa: PLE1206
    assert_clean(written.text())


def test_constant_words_of_what_is_no_source_are_empty(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_bytes(b"def (\0")
    assert constant_words(str(broken), 1) == ""
    assert constant_words(str(tmp_path / "missing.py"), 1) == ""
    assert constant_words(__file__, 1) == ""
