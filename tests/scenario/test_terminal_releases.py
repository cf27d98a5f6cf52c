"""Values that go to terminals, as their person sees it in Slack: the press, the new host, where they went."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from envaccess.client.api import ApiClient, new_operation
from envaccess.client.calls import Calls
from envaccess.client.errors import NotSignedInError, RefusedError
from envaccess.client.session_file import SessionFile, StoredSession
from envaccess.client.transport import HttpTransport
from envaccess.domain.receipt import Receipt
from envaccess.domain.tap import TAP_SECONDS
from slack_emulator import Message, User
from tests.fakes.api import ApiClient as Terminal
from tests.scenario.command_line import line_with, start
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.policies import audit_says, card, finds, later, one_rule, pressed, shows, write_policy
from tests.scenario.terminal import FILING, api_bot, approve, terminal
from tests.scenario.test_home import home_shows
from tests.scenario.watch import buttons, refusals, say

TAPPED = one_rule("tap: true", "delivery: [cli, reveal]")
QUESTION = "*Release to the terminal on `lenovo-7`"


@dataclass
class RealClient:
    """The command's own client at a terminal; its calls run in threads.

    Attributes:
        waits: set once the person is asked to press.
    """

    of: Terminal
    host: str = "lenovo-7"
    waits: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def session(self) -> StoredSession:
        return StoredSession(self.of.base, self.of.token, self.of.key, self.of.box)

    @property
    def client(self) -> ApiClient:
        calls = Calls(HttpTransport(self.of.base), self.of.base, self.of.key, self.of.token)
        return ApiClient(self.session, calls)

    async def values(self, request: str) -> dict[str, str]:
        """Ask for the values, and wait for the press as the command does."""
        loop, said = asyncio.get_running_loop(), Receipt(self.host, "alice", "make", "")

        def ask_to_press(_: int) -> None:
            loop.call_soon_threadsafe(self.waits.set)

        def claim() -> dict[str, str]:
            with self.client as client:
                return dict(client.values(request, new_operation(), said, on_tap=ask_to_press).values)

        return await asyncio.to_thread(claim)

    async def is_signed_in(self) -> bool:
        """Whether the server still knows its session."""

        def ask() -> bool:
            with self.client as client:
                try:
                    return bool(client.whoami())
                except NotSignedInError:
                    return False

        return await asyncio.to_thread(ask)


@contextlib.asynccontextmanager
async def terminals(
    harness: ScenarioHarness, *hosts: str, policy: str = ""
) -> AsyncIterator[tuple[str, list[RealClient]]]:
    """Access that Alice asked for at her terminal and Bob approved; her terminals."""
    more = {"policy_file": write_policy(harness, policy)} if policy else {}
    async with contextlib.AsyncExitStack() as stack:
        base = await stack.enter_async_context(api_bot(harness, **more))
        found = [await stack.enter_async_context(terminal(harness, base)) for _ in hosts or ("lenovo-7",)]
        filed = await found[0].post(
            "/v1/requests", {**FILING, "receipt": {"host": "lenovo-7", "user": "alice"}}
        )
        await approve(harness)
        await card(harness, "[ End now ]")
        clients = [RealClient(one, host) for one, host in zip(found, hosts or ("lenovo-7",), strict=True)]
        yield str(filed.json["id"]), clients


@contextlib.asynccontextmanager
async def asked(
    harness: ScenarioHarness,
) -> AsyncIterator[tuple[RealClient, asyncio.Task[dict[str, str]], Message]]:
    """A terminal that waits for Alice's press, and the card that asks her."""
    async with terminals(harness, policy=TAPPED) as (request, [alice]):
        waiting = asyncio.create_task(alice.values(request))
        await alice.waits.wait()
        yield alice, waiting, await card(harness, QUESTION, "It asks for `STRIPE_KEY` now. Was that you?")


async def refused(waiting: asyncio.Task[dict[str, str]]) -> str:
    with pytest.raises(RefusedError) as error:
        await waiting
    return error.value.reason


async def test_values_leave_for_a_terminal_once_their_person_pressed_release(
    harness: ScenarioHarness,
) -> None:
    async with asked(harness) as (_, waiting, question):
        assert "grant.revealed" not in await harness.tags()
        assert buttons(question)[:2] == ["Release", "No"]
        await harness.heeded(lambda: harness.alice.press(question, "Release"))
        assert await waiting == {str(STRIPE): harness.values[STRIPE]}
        shown = await card(harness, "Went to the terminal on `lenovo-7` once")
        assert "Release" not in buttons(shown)
        await audit_says(
            harness,
            "grant.tap_asked",
            "@alice is asked whether `STRIPE_KEY` may go to the terminal on `lenovo-7`",
        )
        await audit_says(harness, "grant.tapped", "@alice let `STRIPE_KEY` go to the terminal on `lenovo-7`")


async def test_no_gives_the_terminal_nothing_and_ends_its_session_where_that_is_wanted(
    harness: ScenarioHarness,
) -> None:
    async with asked(harness) as (alice, waiting, question):
        await harness.heeded(lambda: harness.alice.press(question, "No"))
        assert await refused(waiting) == "tap_refused"
        told = await card(harness, "You said no to the terminal on `lenovo-7`", "[ End it ]")
        await audit_says(
            harness, "grant.tapped", "@alice let nothing of `STRIPE_KEY` go to the terminal on `lenovo-7`"
        )
        await harness.heeded(lambda: harness.alice.press(told, "End it"))
        assert not await alice.is_signed_in()
    assert "grant.revealed" not in await harness.tags()


async def test_nobody_is_waited_for_longer_than_two_minutes(harness: ScenarioHarness) -> None:
    async with asked(harness) as (_, waiting, question):
        await later(harness, TAP_SECONDS + 0.1)
        assert await refused(waiting) == "tap_lapsed"
        await shows(harness, question, "You did not answer in time whether values may go to the terminal")
        assert "Release" not in buttons(question)
        await audit_says(harness, "grant.tapped", "@alice did not answer in time whether `STRIPE_KEY` may go")
    assert "grant.revealed" not in await harness.tags()


async def test_somebody_else_releases_nothing(harness: ScenarioHarness) -> None:
    async with asked(harness) as (_, waiting, question):
        for person in (harness.bob, harness.carol):
            await pressed_by(harness, person, question)
        assert {(event.detail["tried"], event.detail["why"]) for event in await refusals(harness)} == {
            ("tap", "not_yours")
        }
        assert not waiting.done()
        await harness.heeded(lambda: harness.alice.press(question, "No"))
        assert await refused(waiting) == "tap_refused"


async def pressed_by(harness: ScenarioHarness, person: User, question: Message) -> None:
    """Press Release on a card that is not on this person's screen."""
    press = await person.press(question, "Release", forged=True)
    await harness.until(lambda: press.answers)


async def test_two_terminals_at_once_are_asked_about_one_after_the_other(harness: ScenarioHarness) -> None:
    async with terminals(harness, "lenovo-7", "build-3", policy=TAPPED) as (request, [first, second]):
        one = asyncio.create_task(first.values(request))
        await first.waits.wait()
        question = await card(harness, QUESTION)
        two = asyncio.create_task(second.values(request))
        await second.waits.wait()
        assert "build-3" not in harness.slack.draw(question)
        await harness.heeded(lambda: harness.alice.press(question, "Release"))
        assert await one
        other = await card(harness, "*Release to the terminal on `build-3`")
        assert not two.done()
        await harness.heeded(lambda: harness.alice.press(other, "No"))
        assert await refused(two) == "tap_refused"
    assert (await harness.tags()).count("grant.revealed") == 1


async def test_a_first_release_to_a_host_is_told_and_end_it_ends_the_session_and_the_command(
    harness: ScenarioHarness, tmp_path: Path
) -> None:
    async with terminals(harness, policy=one_rule("delivery: [cli, reveal]")) as (_, [alice]):
        SessionFile(tmp_path / "state").save(alice.session)
        words = (
            "run",
            "STRIPE_KEY",
            "1h",
            "a refund",
            "--grace",
            "0",
            "--",
            "sh",
            "-c",
            "echo on >&2; exec sleep 1000",
        )
        process = await start(tmp_path / "state", *words)
        await line_with(process, "on")
        told = await card(harness, "for the first time.* Was that you?", "[ End it ]")
        await audit_says(harness, "grant.new_host", "`STRIPE_KEY` of @alice")
        await harness.heeded(lambda: harness.alice.press(told, "End it"))
        _, err = await process.communicate()
        assert (process.returncode, "session was ended" in err.decode()) == (124, True)
        assert not await alice.is_signed_in()
        assert "had ended already" in await pressed(harness, harness.alice, told, "End it")


async def test_who_asks_from_a_terminal_is_said_wherever_the_request_is_shown(
    harness: ScenarioHarness,
) -> None:
    async with api_bot(harness) as base, terminal(harness, base) as alice:
        body = {**FILING, "receipt": {"host": "lenovo-7", "user": "alice", "program": "make"}}
        assert (await alice.post("/v1/requests", body)).status == 201
        await finds(
            harness,
            harness.bob,
            "@alice, from the terminal on `lenovo-7`, asks for `STRIPE_KEY`",
            "The terminal says: user `alice`, program `make`",
            "Its address: `127.0.0.1`",
        )
        await card(harness, "Asked from the terminal on `lenovo-7`")
        assert "(from the terminal on `lenovo-7`)" in await say(harness, "status")
        for person, words in ((harness.alice, "You asked (1)"), (harness.bob, "Waits for you (1)")):
            await harness.slack.open_home(person)
            await home_shows(harness, person, words, "the terminal on `lenovo-7`")
        await audit_says(harness, "request.created", "@alice, from the terminal on `lenovo-7`")
