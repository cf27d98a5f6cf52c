"""Whoever writes to Redis opens nothing at a terminal: changes to sessions, presses and known hosts (law 13).

`pytest --changes-tried=-1 tests/attack` tries all of them; else a sample, always the same.
"""

from dataclasses import replace

import pytest

from envaccess.application.people.sessions import end_session
from envaccess.domain.call import by_person
from envaccess.domain.errors import EnvaccessError
from envaccess.domain.tap import TAP_SECONDS
from tests.attack.changes import PREFIX
from tests.attack.clock import MovedClock
from tests.attack.enumeration import LivedStore
from tests.attack.lives import live
from tests.attack.oracle import Oracle
from tests.attack.terminals import Handed, TerminalWorkspace
from tests.attack.trying import try_changes
from tests.attack.workspace import ALICE, EVE, Workspace
from tests.fakes.rulings import CHANNEL, usual

SAMPLE = 3
"""Changes that are tried to each moment, unless all are."""
TAPPED = replace(usual(CHANNEL), tap=True)
PRESSED = "pressed"
"""The operation that Alice presses Release for."""


async def at_terminals(work: Workspace) -> None:
    """Two people at terminals: asked, approved, released with and without a press, signed out."""
    assert isinstance(work, TerminalWorkspace)
    alice, eve = await work.sign_in(ALICE), await work.sign_in(EVE)
    mine, tapped = await work.file("A"), await work.file("B", ruling=TAPPED)
    other = await work.file("staging/C", EVE, seconds=600)
    work.mark()
    for request in (mine, tapped, other):
        await work.approve(request)
    assert isinstance(await work.claim(alice, mine, "first"), Handed)
    await work.ask_for_press(alice, tapped, PRESSED)
    work.mark()
    await work.release(ALICE, tapped)
    work.mark()
    assert isinstance(await work.claim(alice, tapped, PRESSED), Handed)
    assert isinstance(await work.claim(eve, other, "theirs"), Handed)
    work.mark()
    await end_session(work.context, by_person(work.store.op(), EVE), eve.login)
    work.mark()


async def look(work: TerminalWorkspace) -> list[str]:
    """Ask for everything at every terminal, by a fresh operation and by the one that was pressed for."""
    opened = []
    for terminal in work.terminals:
        for request in work.acts.asked:
            for op in (work.store.op(), PRESSED):
                try:
                    handed = await work.claim(terminal, request, op)
                except EnvaccessError:
                    continue
                if isinstance(handed, Handed):
                    opened += [f"{terminal.person} {request} {op}: {fault}" for fault in work.faults(handed)]
    return opened


async def test_no_single_change_gives_a_terminal_more_than_people_agreed_to(
    clock: MovedClock, pytestconfig: pytest.Config
) -> None:
    work = TerminalWorkspace(clock)
    await live(work, at_terminals)
    await try_changes(work, look, pytestconfig.getoption("--changes-tried") or SAMPLE)


async def test_what_is_changed_has_the_sessions_the_presses_and_the_hosts(clock: MovedClock) -> None:
    """A list that lost them would open nothing either."""
    work = TerminalWorkspace(clock)
    await live(work, at_terminals)
    lived = LivedStore(work)
    told = " ".join(change.name for change in lived.all_changes(3))
    kinds = ("session:", "session-token:", "session-jti:", "person-release-hosts:", " tap_state ", " tap ")
    for kind in kinds:
        assert kind in told, kind


async def test_a_claim_by_a_press_can_be_undone_within_its_two_minutes_for_that_operation_alone(
    clock: MovedClock,
) -> None:
    """What remains, as SECURITY.md says: the same terminal gets by the same operation what it got."""
    work = TerminalWorkspace(clock)
    await live(work, at_terminals)
    oracle, client = Oracle(work, work.moments[3]), LivedStore(work).client
    oracle.reset()
    tapped = next(request for request, asked in work.acts.asked.items() if asked.ruling.tap)
    alice = work.terminals[0]

    def undo() -> None:
        client.hset(f"{PREFIX}request:{tapped}", "tap_state", "released")
        for key in list(client.keys(f"{PREFIX}outcome:*")):
            client.delete(key)

    undo()
    assert isinstance(await work.claim(alice, tapped, PRESSED), Handed)
    undo()
    assert not isinstance(await work.claim(alice, tapped, "another"), Handed)
    clock.pass_(TAP_SECONDS + 31)
    undo()
    client.hset(f"{PREFIX}request:{tapped}", "tap_ends_at", clock.ms * 2)
    assert not isinstance(await work.claim(alice, tapped, PRESSED), Handed)
