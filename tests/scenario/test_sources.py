"""Values that are kept elsewhere, as people meet them: asked for, read there, and each bad day."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from envaccess.application import file_watch
from envaccess.projections import workers
from tests.fakes.http_service import HttpService, ReceivedRequest
from tests.fakes.kept_over_http import kept_over_http
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import (
    audit_says,
    card,
    granted,
    last_event,
    later,
    one_rule,
    revealed,
    write_policy,
)
from tests.scenario.watch import comes_true, heard, say

__all__ = ["kept_over_http"]
pytestmark = pytest.mark.usefixtures("kept_over_http", "watchful")
VALUE, TOKEN = "value-for-tests", "token-for-tests"
ASKED = "production/KEPT 1h debugging a failed refund"
_AS_IT_WAS = "Nothing was shown, and your access is as it was."


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the file comes all the time instead of each five seconds."""
    monkeypatch.setattr(file_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(file_watch, "SETTLE_SECONDS", 0.02)


@dataclass
class _Kept:
    """Where the values are: a server that a test plays, and the file that says so."""

    harness: ScenarioHarness
    service: HttpService
    base: str

    @property
    def path(self) -> Path:
        return self.harness.home / "sources.yml"

    def write(self, rules: str, sources: int = 1) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        (self.path.parent / "token").write_text(TOKEN)
        token = f"file:{self.path.parent}/token"
        declared = "".join(
            f"  kv{number}: {{kind: vault, address: '{self.base}/{number}', token: '{token}'}}\n"
            for number in range(sources)
        )
        self.path.write_text(f"version: 1\nsources:\n{declared}names:\n{rules}")
        return self.path

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body)
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        self.service.answer_with((head + text).encode())

    def hang(self) -> None:
        async def never(_: ReceivedRequest, __: asyncio.StreamWriter) -> None:
            await asyncio.Event().wait()

        self.service.answer_with(never)


@pytest.fixture
async def kept(harness: ScenarioHarness) -> AsyncIterator[_Kept]:
    service = HttpService()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    found = _Kept(harness, service, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    found.answer(200, {"value": VALUE, "version": 7})
    with contextlib.closing(server):
        yield found
        await service.stop()


ONE = "  - {match: production/KEPT, read: {source: kv0, path: 'kv/{name}'}}\n"


async def test_a_value_that_is_kept_elsewhere_is_asked_for_and_read_there(
    harness: ScenarioHarness, kept: _Kept
) -> None:
    """Nobody stored anything here: the file alone makes the variable exist."""
    async with harness.bot(sources_file=kept.write(ONE)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED)
        assert VALUE in await revealed(harness, await card(harness, "Reveal"))
        assert kept.service.requests[0].line == "GET /0/kv/KEPT HTTP/1.1"
        kept.answer(200, {"value": "another-for-tests"})
        assert "another-for-tests" in await revealed(harness, await card(harness, "Reveal"))
    assert len(kept.service.requests) == 2, "a value is never kept"


async def test_each_bad_day_has_its_own_words_and_its_own_alarm_and_gives_the_use_back(
    harness: ScenarioHarness, kept: _Kept, capsys: pytest.CaptureFixture[str]
) -> None:
    bad_days = {
        403: ("source_denied", "does not let envaccess read it"),
        404: ("source_missing", "has no such secret"),
        410: ("source_deleted", "was deleted where it is kept"),
        503: ("source_down", "does not answer"),
        408: ("source_slow", "did not answer in time"),
        200: ("source_malformed", "answered what envaccess cannot read"),
    }
    async with harness.bot(sources_file=kept.write(ONE)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED.replace("1h", "once"))
        for status, (why, words) in bad_days.items():
            kept.answer(status, {"errors": [VALUE]})
            told = await revealed(harness, await card(harness, "Reveal"))
            assert words in told
            assert _AS_IT_WAS in told
            assert VALUE not in told
            assert (await last_event(harness, "grant.reveal_failed")).detail["why"] == why
            logged = "".join(capsys.readouterr())
            assert why in logged
            assert VALUE not in logged
            assert TOKEN not in logged
        kept.answer(200, {"value": VALUE})
        last = await revealed(harness, await card(harness, "Reveal"))
        assert VALUE in last, "the one use is still there"


async def test_ten_sources_of_which_one_hangs_hold_up_no_ack_and_no_other_value(
    harness: ScenarioHarness, kept: _Kept
) -> None:
    rules = "".join(
        f"  - {{match: production/K{number}, read: {{source: kv{number}, path: a}}}}\n"
        for number in range(10)
    )
    hung = asyncio.Event()

    async def answer(received: ReceivedRequest, writer: asyncio.StreamWriter) -> None:
        if received.line.startswith("GET /0/"):
            await hung.wait()
        body = json.dumps({"value": VALUE})
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()

    async with harness.bot(sources_file=kept.write(rules, sources=10)):
        await audit_says(harness, "`sources.loaded`")
        kept.service.answer_with(answer)
        await granted(harness, "production/K0 1h debugging a failed refund")
        hanging = await card(harness, "K0", "Reveal")
        press = await harness.alice.press(hanging, "Reveal")
        await granted(harness, "production/K1 1h debugging a failed refund")
        assert VALUE in await revealed(harness, await card(harness, "K1", "Reveal"))
        assert not press.answers, "the other one is still waited for"
        hung.set()


async def test_a_changed_file_is_taken_and_a_bad_one_is_not(harness: ScenarioHarness, kept: _Kept) -> None:
    async with harness.bot(sources_file=kept.write(ONE)):
        await audit_says(harness, "`sources.loaded`")
        kept.write("  - {match: production/KEPT, read: {source: nowhere}}\n")
        told = await audit_says(harness, "`sources.rejected`", "the old one stays")
        assert "there is no source" in told
        assert "Filed" in heard(harness, await harness.ask(ASKED))
        kept.write(ONE.replace("KEPT", "ANOTHER"))
        await harness.until(lambda: kept.path.exists() or None)
        await audit_says(harness, "`secret.created`", "production/ANOTHER")
        assert "no variable" in heard(harness, await harness.ask(ASKED)).lower()


async def test_a_name_that_moves_to_another_source_ends_what_was_granted(
    harness: ScenarioHarness, kept: _Kept
) -> None:
    two = ONE + "  - {match: other/X, read: {source: kv1, path: x}}\n"
    async with harness.bot(sources_file=kept.write(two, sources=2)):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED)
        await card(harness, "Reveal")
        kept.write(two.replace("kv0", "kv1"), sources=2)
        await card(harness, "its value is kept elsewhere from now on")
        await audit_says(harness, "`sources.loaded`", "ended")
    assert kept.service.requests == []


async def test_a_value_that_was_changed_elsewhere_is_known_to_nobody_once_it_is_read_again(
    harness: ScenarioHarness, kept: _Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the source is down nothing changes. Each reading is the bot's, and shows nobody anything."""
    monkeypatch.setattr(workers, "ROUND_SECONDS", 0.02)
    policy = write_policy(harness, one_rule() + '\nowners: {{"*/*": [{carol}]}}\n')

    async def asked_again() -> None:
        known = len(kept.service.requests)
        await later(harness, 3_700)

        async def asked() -> bool:
            return len(kept.service.requests) > known

        await comes_true(asked)

    async with harness.bot(sources_file=kept.write(ONE), policy_file=policy):
        await audit_says(harness, "`sources.loaded`")
        await granted(harness, ASKED)
        await revealed(harness, await card(harness, "Reveal"))
        kept.answer(403, {})
        await asked_again()
        assert "*: 1 person." in await say(harness, "seen production/KEPT", harness.carol)
        kept.answer(200, {"value": "value-for-tests-new", "version": 7})
        await asked_again()
        nobody = "Nobody has seen the current value of `production/KEPT`"

        async def is_told() -> bool:
            return nobody in await say(harness, "seen production/KEPT", harness.carol)

        await comes_true(is_told)
    assert (await harness.tags()).count("value.seen") == 1
