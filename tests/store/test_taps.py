"""A rule that asks for a press: each release to a terminal waits for its person, sealed as they press."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.application.grants.tap import press_tap
from envaccess.application.people.sessions import end_session
from envaccess.domain.call import Call, by_person
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from envaccess.domain.tap import TAP_SECONDS, TapState
from envaccess.store.sealing import Sealing
from tests.fakes.sealing import wall
from tests.store.harness import ALICE, BOB, RULING, TERMINAL, WORKSPACE, StoreHarness
from tests.store.signing_in import CLIENT, Terminal
from tests.store.test_chain import why
from tests.store.test_terminal_sessions import Answer, call, signed_in

TAPPED = replace(RULING, tap=True)


async def claim(terminal: Terminal, request: str, op: str) -> Claim | Refusal:
    """Ask for the values under an operation id."""
    asked = call(terminal)
    return await claim_for_client(terminal.context, Call(op, asked.principal, asked.origin), request)


async def press(
    terminal: Terminal, request: str, who: str = ALICE, verdict: TapState = TapState.RELEASED, **other: Any
) -> Refusal | None:
    """Press the button that the card shows now."""
    found = await terminal.store.get(request)
    assert found.tap
    mark = other.get("mark", found.tap.mark)
    return await press_tap(terminal.context, by_person(terminal.store.op(), who), request, mark, verdict)


async def asked(harness: StoreHarness, **more: Any) -> tuple[Terminal, str]:
    """A terminal that waits for a press."""
    terminal = await signed_in(harness)
    request = await harness.grant("A", ruling=TAPPED, **more)
    assert why(await claim(terminal, request, "first")) is Reason.TAP
    return terminal, request


async def test_a_release_waits_for_the_press_and_the_same_operation_gets_it(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    found = await harness.get(request)
    assert (found.asks_for_press, found.reveals, found.taps) == (True, 0, 1)
    assert await press(terminal, request) is None
    claimed, answer = await claim(terminal, request, "first"), Answer()
    assert isinstance(claimed, Claim)
    assert await hand_over(terminal.context, claimed, answer) is None
    assert len(answer.given) == 1
    tags = ["grant.tap_asked", "grant.tapped", "grant.revealed", "grant.new_host", "value.seen"]
    assert (await harness.tags())[-5:] == tags


async def test_one_operation_asks_once_however_often_it_comes(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    version = (await harness.get(request)).version
    for _ in range(3):
        refused = await claim(terminal, request, "first")
        assert isinstance(refused, Refusal)
        assert (refused.reason, refused.at > 0) == (Reason.TAP, True)
    assert (await harness.get(request)).version == version
    assert (await harness.tags()).count("grant.tap_asked") == 1


async def test_one_press_is_one_release(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    assert isinstance(await claim(terminal, request, "first"), Claim)
    again = await claim(terminal, request, "first")
    assert isinstance(again, Claim)
    assert not again.fresh
    assert why(await claim(terminal, request, "second")) is Reason.TAP


async def test_a_press_holds_where_the_clock_is_moved_on(harness: StoreHarness) -> None:
    """Everything that is sealed moves: the press names the request, whose seal is another one then."""
    terminal, request = await asked(harness)
    await press(terminal, request)
    await harness.pass_time(TAP_SECONDS * 500)
    assert isinstance(await claim(terminal, request, "first"), Claim)
    assert "seal.broken" not in await harness.tags()


async def test_a_press_for_one_operation_releases_no_other(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    assert why(await claim(terminal, request, "second")) is Reason.TAP
    assert (await harness.get(request)).reveals == 0


async def test_no_gives_nothing_and_the_next_run_asks_again(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    assert await press(terminal, request, verdict=TapState.REFUSED) is None
    for _ in range(2):
        assert why(await claim(terminal, request, "first")) is Reason.TAP_REFUSED
    assert (await harness.get(request)).grant is GrantState.ACTIVE
    assert why(await claim(terminal, request, "second")) is Reason.TAP


async def test_nobody_else_presses_and_the_attempt_is_audited(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    assert why(await press(terminal, request, BOB)) is Reason.NOT_YOURS
    assert (await harness.events())[-1].detail["tried"] == "tap"
    assert why(await claim(terminal, request, "first")) is Reason.TAP


async def test_a_press_is_for_the_terminal_that_asked_from_where_it_asked(harness: StoreHarness) -> None:
    """Under the same operation id another terminal of theirs gets nothing, and nobody is alarmed."""
    terminal, request = await asked(harness)
    found = await harness.get(request)
    assert found.tap
    assert found.tap.address == CLIENT.address
    assert replace(found.tap, address="198.51.100.7").mark != found.tap.mark
    await press(terminal, request)
    other = await signed_in(harness)
    assert why(await claim(other, request, "first")) is Reason.TAP
    assert "seal.broken" not in await harness.tags()
    assert isinstance(await claim(terminal, request, "first"), Claim)


async def test_who_is_no_full_member_any_more_releases_nothing(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    terminal.directory.people[ALICE] = Person(ALICE, WORKSPACE, guest=True)
    assert why(await press(terminal, request)) is Reason.GUEST
    assert "grant.tapped" not in await harness.tags()


async def test_a_button_of_another_release_does_nothing(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    assert why(await press(terminal, request, mark="0" * 16)) is Reason.TAP_LAPSED
    assert why(await claim(terminal, request, "first")) is Reason.TAP


async def test_what_is_put_in_the_place_of_what_was_shown_is_not_released(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    shown = (await harness.get(request)).tap
    assert shown
    await harness.client.hset(harness.runner.key("request", request), "tap_op", "other")
    assert why(await press(terminal, request, mark=shown.mark)) is Reason.TAP_LAPSED


@pytest.mark.parametrize("verdict", [TapState.RELEASED, TapState.REFUSED])
async def test_a_press_counts_once(harness: StoreHarness, verdict: TapState) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request, verdict=verdict)
    assert why(await press(terminal, request)) is Reason.TAP_LAPSED


async def test_after_two_minutes_nobody_is_waited_for(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await harness.pass_time(TAP_SECONDS * 1_000 + 1)
    await harness.work()
    found = await harness.get(request)
    assert found.tap
    assert found.tap.state is TapState.LAPSED
    assert why(await press(terminal, request)) is Reason.TAP_LAPSED
    assert why(await claim(terminal, request, "first")) is Reason.TAP_LAPSED


async def test_a_press_holds_for_two_minutes_only(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    await harness.pass_time(TAP_SECONDS * 1_000 + 1)
    assert why(await claim(terminal, request, "first")) is Reason.TAP_LAPSED


async def test_after_the_end_of_access_no_press_releases(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    await harness.revoke(request)
    assert why(await claim(terminal, request, "first")) is Reason.ENDED
    other = await harness.grant("A", ruling=TAPPED)
    assert why(await claim(terminal, other, "other")) is Reason.TAP
    await harness.revoke(other)
    assert why(await press(terminal, other)) is Reason.TAP_LAPSED


async def test_a_lock_lets_nobody_press(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await harness.lock(ALICE)
    assert why(await press(terminal, request)) is Reason.LOCKED
    assert "grant.tapped" not in await harness.tags()


async def test_a_session_that_ended_meanwhile_gets_nothing_by_a_press(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    await end_session(terminal.context, by_person(harness.op(), ALICE), terminal.login)
    assert why(await claim(terminal, request, "first")) is Reason.NO_SESSION


@pytest.mark.parametrize(
    ("who", "shown", "refused"), [(BOB, "first", Reason.NOT_YOURS), (ALICE, "earlier", Reason.TAP_LAPSED)]
)
async def test_the_step_that_writes_a_press_looks_again_whose_and_for_what_it_is(
    harness: StoreHarness, who: str, shown: str, refused: Reason
) -> None:
    """What the verb looked at may be another question by then."""
    terminal, request = await asked(harness)
    found = await harness.get(request)
    assert found.tap
    looked_at = replace(found, tap=replace(found.tap, op=shown))
    pressed = await harness.reveals.press_tap(harness.op(), looked_at, who, TapState.RELEASED)
    assert why(pressed) is refused
    assert why(await claim(terminal, request, "first")) is Reason.TAP


@pytest.mark.parametrize("state", ["released", "used"])
async def test_whoever_writes_to_redis_presses_for_nobody(harness: StoreHarness, state: str) -> None:
    terminal, request = await asked(harness)
    await harness.client.hset(harness.runner.key("request", request), "tap_state", state)
    answer = Answer()
    claimed = await claim(terminal, request, "first")
    if isinstance(claimed, Claim):
        await hand_over(terminal.context, claimed, answer)
    assert answer.given == []


async def test_an_old_press_that_is_put_back_releases_nothing_else(harness: StoreHarness) -> None:
    terminal, request = await asked(harness)
    await press(terminal, request)
    name = harness.runner.key("text", request)
    seal = await harness.client.hget(name, "tap")
    assert isinstance(await claim(terminal, request, "first"), Claim)
    await claim(terminal, request, "second")
    await harness.client.hset(name, "tap", seal or "")
    await harness.client.hset(harness.runner.key("request", request), "tap_state", "released")
    assert why(await claim(terminal, request, "second")) is Reason.SEAL_BROKEN


@pytest.mark.parametrize("late", [0, TAP_SECONDS + 31])
async def test_a_press_for_another_request_or_of_before_releases_nothing(
    harness: StoreHarness, late: int
) -> None:
    terminal, request = await asked(harness)
    other = request if late else await harness.grant("B", ruling=TAPPED)
    about = await harness.get(request)
    assert about.tap
    assert about.sealed
    sealing = Sealing(harness.sealing.seals, lambda: wall() - late * 1_000)
    forged = sealing.tap(about.sealed.mac, about.tap, ALICE, TapState.RELEASED)
    fields: Any = await harness.client.hgetall(harness.runner.key("request", request))
    shown = {name: text for name, text in fields.items() if name.startswith("tap")}
    await harness.client.hset(harness.runner.key("text", other), "tap", str(forged["seal"]))
    await harness.client.hset(
        harness.runner.key("request", other), mapping={**shown, "tap_state": "released"}
    )
    assert why(await claim(terminal, other, "first")) is Reason.SEAL_BROKEN


async def test_slack_needs_no_press_of_its_own(harness: StoreHarness) -> None:
    request = await harness.grant("A", ruling=TAPPED)
    await harness.use(request)
    assert (await harness.get(request)).tap is None


async def test_a_rule_without_it_asks_for_no_press(harness: StoreHarness) -> None:
    assert isinstance(await harness.claim(await harness.grant("A"), origin=TERMINAL), Claim)


async def test_a_single_use_is_not_spent_by_asking(harness: StoreHarness) -> None:
    terminal, request = await asked(harness, once=True, seconds=900)
    assert (await harness.get(request)).grant is GrantState.ACTIVE
    await press(terminal, request)
    claimed = await claim(terminal, request, "first")
    assert isinstance(claimed, Claim)
    await harness.reveals.give_back(claimed, Failure.SOURCE_DOWN)
    assert why(await claim(terminal, request, "second")) is Reason.TAP
