"""`envaccess demo --web`: the real bot, a real Valkey, and people at the page."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from envaccess.domain.screening import looks_secret
from envaccess_demo.workspace import NAMES, PROGRAM, made_up
from tests.slack_emulator.page_browser import Browser, browser, control, controls
from tests.unit.cli.demo_web import HOSTILE, Demo, demo

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

ASK = "/envaccess STRIPE_KEY 1h debugging a failed refund"
VALUE = made_up(NAMES[0])


@pytest.fixture
def running() -> Iterator[Demo]:
    with demo("--no-browser", environment=HOSTILE) as one:
        yield one


@pytest.fixture(scope="module")
def free() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="module")
def shared(free: int) -> Iterator[Demo]:
    """One for all tests that leave it as it is, but for what was said."""
    with demo("--no-browser", "--port", str(free), environment=HOSTILE) as one:
        yield one


@asynccontextmanager
async def opened(running: Demo) -> AsyncIterator[Browser]:
    async with browser(running.address) as page:
        await page.sit("alice", "bob", "carol", "dana", "gus", "eve", fresh=True)
        await page.until(lambda: page.last["state"]["ready"], within=60)
        yield page


@pytest.fixture
async def page(running: Demo) -> AsyncIterator[Browser]:
    async with opened(running) as found:
        yield found


@pytest.fixture
async def common(shared: Demo) -> AsyncIterator[Browser]:
    async with opened(shared) as found:
        await found.until(lambda: found.last["grants"]["grants"] == [] if "grants" in found.last else True)
        yield found


def events(page: Browser, since: int = 0) -> list[str]:
    return [event["event"] for event in page.events[since:]]


async def insist(page: Browser, name: str, text: str, seen: Callable[[], Any]) -> None:
    """Type it until it works: on a busy machine the bot may rightly say that one should try again."""
    order = {"seat": page.person(name), "channel": page.channel("general"), "text": text}
    async with asyncio.timeout(60):
        while not seen():
            await page.ask(do="command", **order)
            with contextlib.suppress(TimeoutError):
                await page.until(seen, within=2)


async def filed(page: Browser, name: str = "alice", text: str = ASK) -> dict[str, Any]:
    """File a request; returns Bob's Approve of this one, whatever else waits or is drawn again meanwhile."""
    since = len(page.events)

    def approve() -> dict[str, Any] | None:
        ours = [e["request"] for e in page.events[since:] if (e["event"], e["actor"]) == asked]
        return page.button("bob", "Approve", ours[0]) if ours else None

    asked = ("request.created", page.person(name))
    await insist(page, name, text, approve)
    return approve() or {}


async def granted(page: Browser, text: str = ASK) -> str:
    """Let Bob agree to a new request of Alice's; returns its id."""
    request: str = (await filed(page, text=text))["value"]
    await page.press("bob", "Approve", request)
    await page.until(lambda: page.button("alice", "Reveal", request), within=60)
    return request


async def test_a_value_is_asked_for_approved_revealed_expired_and_proven(common: Browser) -> None:
    page, since = common, len(common.events)
    request = await granted(page)
    grants = await page.until(lambda: page.last.get("grants", {}).get("grants"))
    assert 3_500_000 < grants[0]["ttl_ms"] <= 3_600_000
    await page.press("alice", "Reveal", request)
    await page.until(lambda: VALUE in page.everything("alice"))
    for other in ("bob", "carol", "dana", "gus", "eve"):
        assert VALUE not in page.everything(other)
    stale = page.button("alice", "Reveal", request) or {}
    await page.do("clock", seconds=3600)
    await page.until(lambda: "grant.expired" in events(page, since))
    await page.until(lambda: page.last["grants"]["grants"] == [])
    await page.until(lambda: not page.button("alice", "Reveal", request))
    await page.do("press", seat=page.person("alice"), **stale)
    await page.until(lambda: "access.refused" in events(page, since))
    told = [tag for tag in events(page, since) if tag.startswith(("request.", "grant.", "access."))]
    assert told == ["request.created", "request.approved", "grant.activated", "grant.revealed",
                    "grant.expired", "access.refused"]  # fmt: skip
    lines = page.channel("audit")
    await page.until(lambda: "access.refused" in str(page.sees("dana", lines)))
    for tag in told:
        assert tag in str(page.sees("dana", lines))
    assert VALUE not in str(page.calls) + str(page.events)


async def test_the_value_is_gone_after_a_reload(common: Browser) -> None:
    page, value = common, made_up(NAMES[-1])
    request = await granted(page, "/envaccess SENTRY_TOKEN 1h looking at a release")
    await page.press("alice", "Reveal", request)
    await page.until(lambda: value in page.everything("alice"))
    await page.do("reload", seat=page.person("alice"))
    await page.until(lambda: value not in page.everything("alice"))
    await page.do("clock", seconds=3600)


async def test_an_approver_does_not_approve_their_own_request(common: Browser) -> None:
    page, since = common, len(common.events)
    order = await filed(page, "carol")
    await page.press("carol", "Approve", order["value"])
    await page.until(lambda: "access.refused" in events(page, since))
    assert "request.approved" not in events(page, since)


async def test_a_pending_request_runs_out_when_the_clock_is_moved(common: Browser) -> None:
    page, since = common, len(common.events)
    await filed(page, text="/envaccess staging/DB_URL 1h looking at a migration")
    for _ in range(4):
        await page.do("clock", seconds=3600)
    await page.do("clock", seconds=60)
    await page.until(lambda: "request.timed_out" in events(page, since))
    await page.until(lambda: not page.button("bob", "Approve"))


async def test_guests_and_strangers_get_nothing(common: Browser) -> None:
    page, since = common, len(common.events)
    await insist(page, "gus", ASK, lambda: "access.refused" in events(page, since))
    assert "request.created" not in events(page, since)
    order = {"seat": page.person("eve"), "channel": page.channel("partners"), "text": ASK}
    assert "cannot use" in await page.refused("command", **order)


async def test_a_form_is_filled_with_suggested_names_and_its_faults_come_back(common: Browser) -> None:
    page, alice = common, common.person("alice")
    await insist(page, "alice", "/envaccess", lambda: page.views[alice]["modal"])
    view = page.views[alice]["modal"]
    texts = {control["block_id"]: control["action_id"] for control in of_type(view, "plain_text_input")}
    (which,) = of_type(view, "multi_external_select")
    found = (await page.do("suggest", seat=alice, **which, query="stripe"))["options"]
    assert [option["text"]["text"] for option in found] == ["STRIPE_KEY", "production/STRIPE_KEY"]
    values: dict[str, Any] = {which["block_id"]: {which["action_id"]: found[1:]}}
    values |= {block: {action: "x"} for block, action in texts.items()}
    wrong = (await page.do("submit", seat=alice, view=view["id"], values=values))["errors"]
    assert wrong
    assert wrong.keys() <= texts.keys()
    values |= {block: {texts[block]: "a good reason to ask"} for block in wrong}
    assert "errors" not in await page.do("submit", seat=alice, view=view["id"], values=values)
    await page.until(lambda: "production/STRIPE_KEY" in str(page.sees("bob", page.channel("approvers"))))


def of_type(view: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The controls of a kind, as orders name them."""
    return [
        {"view": view["id"], **control(block, element)}
        for block, element in controls(view["blocks"])
        if element["type"] == kind
    ]


async def test_a_killed_bot_comes_back_to_the_pending_request(shared: Demo, common: Browser) -> None:
    page = common
    order = await filed(page)
    first = shared.bot()
    await page.do("bot", what="kill")
    await page.until(lambda: page.last["state"]["bot"] == "down")
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert "dispatch_failed" in await page.refused("press", seat=page.person("bob"), **order)
    await page.do("bot", what="start")
    await page.until(lambda: page.last["state"]["ready"], within=60)
    assert shared.bot() != first
    await page.press("bob", "Approve", order["value"])
    await page.until(lambda: page.button("alice", "Reveal", order["value"]), within=60)
    await page.do("clock", seconds=3600)


async def test_a_bot_that_is_killed_from_outside_is_seen(shared: Demo, common: Browser) -> None:
    os.kill(shared.bot(), signal.SIGKILL)
    await common.until(lambda: common.last["state"]["bot"] == "down")
    await common.do("bot", what="start")
    await common.until(lambda: common.last["state"]["ready"], within=60)


async def test_a_restarted_redis_has_kept_everything(common: Browser) -> None:
    page = common
    request = await granted(page)
    await page.do("redis", what="restart")
    await page.until(lambda: any(f["type"] == "state" and f["redis"] == "down" for f in page.frames))
    await page.until(lambda: page.last["state"]["redis"] == "up")
    assert VALUE not in page.everything("alice")
    await page.press("alice", "Reveal", request)
    await page.until(lambda: VALUE in page.everything("alice"))
    await page.do("clock", seconds=3600)


async def test_the_bot_is_back_soon_after_slack_is(common: Browser) -> None:
    page = common
    order = {"do": "command", "seat": page.person("alice"), "channel": page.channel("general"), "text": ASK}
    await page.do("fault", name="down", on=True)
    assert not (await page.ask(**order))["ok"]
    await page.do("fault", name="down", on=False)
    await filed(page)


# -- the command itself


def test_the_address_is_all_that_stdout_gets_and_sigterm_leaves_nothing(running: Demo) -> None:
    assert running.end(signal.SIGTERM) == 0
    assert running.process.stdout
    assert running.process.stdout.read() == b""
    assert running.address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c_and_a_closed_terminal_end_it_too(number: signal.Signals) -> None:
    with demo() as running:
        assert running.end(number) == 0


async def test_kill_9_leaves_nothing_either(running: Demo, page: Browser) -> None:
    await granted(page)
    assert len(running.processes()) >= 4
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    running.assert_nothing_left()


def test_kill_9_while_it_starts_leaves_nothing_either() -> None:
    with demo() as running:
        running.end(signal.SIGKILL)


def test_a_taken_port_is_exit_2_and_leaves_nothing(shared: Demo, free: int) -> None:
    assert shared.address
    with demo("--port", str(free)) as second:
        assert second.process.wait(20) == 2
        assert second.address == ""
        assert second.process.stderr
        assert f"--port {free} cannot be listened on" in second.process.stderr.read().decode()


def test_a_port_that_was_asked_for_is_taken(shared: Demo, free: int) -> None:
    assert shared.address.startswith(f"http://127.0.0.1:{free}/")


def test_the_page_tells_the_command_that_the_manifest_has() -> None:
    manifest = yaml.safe_load((Path(__file__).parents[3] / "manifest.yml").read_text())
    (command,) = manifest["features"]["slash_commands"]
    (told,) = PROGRAM.commands
    for name in ("command", "usage_hint", "description"):
        assert told[name] == command[name]


def test_no_made_up_value_looks_like_a_real_one() -> None:
    assert not any(looks_secret(made_up(name)) and "made-up" not in made_up(name) for name in NAMES)
    assert len({made_up(name) for name in NAMES}) == len(NAMES)
