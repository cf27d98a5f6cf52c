"""The log: whatever is thrown at it, no value, no token and nothing that a person typed comes out."""

import asyncio
import base64
import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pydantic
import pytest
import structlog
from aiohttp import ClientResponseError, RequestInfo
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.logger import get_bolt_logger
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from yarl import URL

from envaccess.domain.errors import SettingsError, StoreUnavailableError
from envaccess.log import LogJournal, configure, describe, fault
from envaccess.log.adopt import constant_words
from envaccess.log.clean import Cleaner

TYPED = "what-a-person-typed"
TOKEN = "xoxb-token-for-tests"
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
log = structlog.get_logger()


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


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


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Log:
    configure("json", "debug")
    return Log(capsys)


def api_error(message: str, response: object) -> SlackApiError:
    return SlackApiError(message, response)  # type: ignore[no-untyped-call]


def slack_error() -> SlackApiError:
    """The error of a refused `chat.postMessage`, as slack_sdk makes it: with token, body and answer."""
    response = AsyncSlackResponse(
        client=AsyncWebClient(token=TOKEN),
        http_verb="POST",
        api_url="https://slack.com/api/chat.postMessage",
        req_args={
            "headers": {"Authorization": f"Bearer {TOKEN}"},
            "json": {"channel": "C0APPROVERS", "text": TYPED, "blocks": [{"text": TYPED}]},
        },
        data={"ok": False, "error": "channel_not_found", "message": {"text": TYPED}},
        headers={},
        status_code=200,
    )
    return api_error(f"The request to the Slack API failed. {TYPED} {TOKEN}", response)


def redis_error() -> ResponseError:
    return ResponseError(f"OOM command not allowed: EVALSHA 0 {TYPED}")


def pydantic_error() -> pydantic.ValidationError:
    class Form(pydantic.BaseModel):
        number: int

    with pytest.raises(pydantic.ValidationError) as failed:
        Form.model_validate({"number": TYPED})
    return failed.value


def http_error() -> ClientResponseError:
    headers = CIMultiDictProxy(CIMultiDict({"Authorization": TOKEN}))
    asked = RequestInfo(URL(f"https://example.com/{TYPED}"), "GET", headers, URL("https://example.com"))
    return ClientResponseError(asked, (), status=502, message=TYPED)


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


def assert_clean(text: str) -> None:
    assert text, "there is nothing to look at"
    for secret in (TYPED, TOKEN, KEY.rstrip("=")):
        assert secret not in text


def raise_chain() -> None:
    reason = value = TYPED  # noqa: F841 (a local variable for the traceback to show)
    try:
        try:
            raise slack_error()
        except SlackApiError:
            raise KeyError(TYPED) from redis_error()
    except KeyError as error:
        raise StoreUnavailableError("Redis was not reached") from ExceptionGroup(
            TYPED, [error, pydantic_error()]
        )


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
        "test_log.py:",
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


class Tag(StrEnum):
    DENIED = "request.denied"


@dataclass
class Holder:
    value: str


def test_plain_values_pass_and_anything_else_is_only_its_type(written: Log) -> None:
    log.info(
        "fields",
        request="r1",
        tag=Tag.DENIED,
        count=3,
        ratio=0.5,
        yes=True,
        nothing=None,
        id=UUID(int=1),
        at_time=datetime(2026, 1, 2, tzinfo=UTC),
        path=Path("/run/socket"),
        variables=("production/STRIPE_KEY", "DB_URL"),
        raw=TYPED.encode(),
        holder=Holder(TYPED),
        secret_text=pydantic.SecretStr(TYPED),
        response=slack_error().response,
        stream=io.StringIO(TYPED),
        members={TYPED: 1}.values(),
    )
    line = written.line()
    assert_clean(json.dumps(line))
    assert line["tag"] == "request.denied"
    assert (line["count"], line["ratio"], line["yes"], line["nothing"]) == (3, 0.5, True, None)
    assert line["id"] == "00000000-0000-0000-0000-000000000001"
    assert line["at_time"].startswith("2026-01-02")
    assert line["variables"] == ["production/STRIPE_KEY", "DB_URL"]
    assert line["raw"] == "[bytes]"
    assert line["holder"] == "[Holder]"
    assert line["response"] == "[AsyncSlackResponse]"


@pytest.mark.parametrize(
    "key",
    [
        *("value", "values", "secret", "token", "text", "reason", "body", "blocks", "req_args", "password"),
        *(
            "botToken",
            "deny_reason",
            "new-value",
            "raw_body",
            "VALUE",
            "Authorization",
            "headers",
            "plaintext",
        ),
    ],
)
def test_nothing_passes_under_a_private_word_at_any_depth(written: Log, key: str) -> None:
    nested: Mapping[str, object] = MappingProxyType({"list": [{"deep": ({key: [TYPED]},)}]})
    log.info("nested", nested=nested, **{key: {"inner": TYPED}})
    line = written.line()
    assert_clean(json.dumps(line))
    assert line[key] == "[withheld]"
    assert line["nested"]["list"][0]["deep"][0][key] == "[withheld]"


def test_words_that_only_contain_a_private_word_pass(written: Log) -> None:
    log.info(
        "fields",
        context="relay",
        reasonable="yes",
        variable="STRIPE_KEY",
        key="envaccess:{T0ACME}:request:r1",
    )
    line = written.line()
    assert (line["context"], line["reasonable"], line["variable"]) == ("relay", "yes", "STRIPE_KEY")
    assert line["key"] == "envaccess:{T0ACME}:request:r1"


def test_bottomless_data_ends(written: Log) -> None:
    loop: dict[str, object] = {"typed": 1}
    loop["again"] = loop
    log.info("a loop", loop=loop)
    assert "[dict]" in written.text()


@pytest.mark.parametrize(
    "secret",
    [
        *(
            "xoxb-123-456-abc",
            "xoxp-1-2-3",
            "xapp-1-A0-9-abc",
            "xoxe.xoxp-1-abc",
            "xoxe-1-abc",
            "XOXB-123-ABC",
        ),
        *("xoxa-2-abc", "xoxs-abc", "xwfp-abc", KEY, KEY.rstrip("=")),
        *("user:password-for-tests", ":password-for-tests"),
        "commands/T0ACME/1/abcdef",
    ],
)
def test_what_looks_like_a_secret_is_cut_out_of_any_text(written: Log, secret: str) -> None:
    prefix, suffix = (
        ("redis://", "@redis.example/0") if "password" in secret else ("https://hooks.slack.com/", " ")
    )
    hidden = f"{prefix}{secret}{suffix}" if ":" in secret or "/" in secret else f"({secret}),"
    log.info(f"said {hidden}", note=hidden, **{hidden: [hidden]})  # noqa: G004
    text = written.text()
    assert secret not in text
    assert "[withheld]" in text


def test_ids_and_digests_are_not_taken_for_secrets(written: Log) -> None:
    ids = {
        "request": "0123456789abcdef",
        "channel": "C0123ABCD",
        "ts": "1700000000.000100",
        "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "address": "redis://localhost:6379/0",
        "stream_id": "1700000000000-0",
    }
    log.info("ids", **ids)
    assert ids.items() <= written.line().items()


def test_known_secrets_are_removed_wherever_they_turn_up(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", secrets=("signing-for-tests", "signing-for-tests-longer", "abc", ""))
    log.info("abc got signing-for-tests-longer", path=Path("/x/signing-for-tests/y"))
    line = Log(capsys).line()
    assert line["event"] == "abc got [withheld]"
    assert line["path"] == "/x/[withheld]/y"


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


@given(
    st.recursive(
        st.none() | st.text() | st.binary() | st.floats(), lambda inner: st.dictionaries(st.text(), inner)
    )
)
def test_nothing_breaks_the_cleaner_and_all_that_it_gives_is_plain(data: object) -> None:
    json.dumps(Cleaner(())(None, "info", {"event": "e", "data": data}))


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
    assert "test_log.py:" in line["place"]
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
