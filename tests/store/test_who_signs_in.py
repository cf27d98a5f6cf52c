"""Who may be signed in at a terminal: full members, at most twenty times, nobody who is locked (law 4)."""

from dataclasses import replace

import pytest

from envaccess.application.people.leavers import sweep
from envaccess.application.people.sessions import start_login
from envaccess.domain.call import by_person
from envaccess.domain.person import Person
from envaccess.domain.phrase import plain
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.refusal.words import tell_apart
from envaccess.domain.session import SESSIONS_MAX, Login, LoginState, Offered, Session
from tests.store.harness import ALICE, BOB, WORKSPACE, StoreHarness
from tests.store.signing_in import Terminal
from tests.store.test_sessions import why

MEMBER = Person(ALICE, WORKSPACE)
OTHERS = {
    Reason.NOT_FOUND: None,
    Reason.DEACTIVATED: replace(MEMBER, deleted=True),
    Reason.BOT: replace(MEMBER, bot=True),
    Reason.GUEST: replace(MEMBER, guest=True),
    Reason.OTHER_WORKSPACE: replace(MEMBER, team="T0OTHER"),
}


def turn_into(terminal: Terminal, person: Person | None) -> None:
    """What Slack says of Alice from here on."""
    terminal.directory.people.pop(ALICE)
    terminal.directory.people.update({ALICE: person} if person else {})


@pytest.mark.parametrize("reason", OTHERS, ids=str)
async def test_whoever_is_no_full_member_starts_picks_and_uses_nothing(
    harness: StoreHarness, reason: Reason
) -> None:
    signed_in, waiting, late = await Terminal(harness).sign_in(), Terminal(harness), Terminal(harness)
    await signed_in.call()
    assert isinstance(await waiting.offer((await waiting.ask()).code), Offered)
    for terminal in (signed_in, waiting, late):
        turn_into(terminal, OTHERS[reason])
    assert why(await start_login(late.context, by_person(harness.op(), ALICE))) is reason
    assert why(await waiting.pick()) is reason
    assert (await waiting.at()).state is LoginState.OFFERED
    await sweep(signed_in.context)
    assert why(await signed_in.call()) is Reason.NO_SESSION


async def test_whom_another_workspace_of_the_grid_names_starts_nothing(harness: StoreHarness) -> None:
    """The same id, in an interaction that another workspace of the organisation sent."""
    terminal, call = Terminal(harness), by_person(harness.op(), ALICE)
    foreign = replace(call, principal=replace(call.principal, issuer="T0OTHER"))
    assert why(await start_login(terminal.context, foreign)) is Reason.OTHER_WORKSPACE


async def test_a_twenty_first_session_is_refused_and_signs_no_other_out(harness: StoreHarness) -> None:
    terminals = [Terminal(harness) for _ in range(SESSIONS_MAX - 1)]
    for terminal in terminals:
        await terminal.sign_in()
    last, more = Terminal(harness), Terminal(harness)
    for terminal in (last, more):
        await terminal.offer((await terminal.ask()).code)
    assert isinstance(await last.pick(), Login)
    refused = await more.pick()
    assert isinstance(refused, Refusal)
    assert "signed in at 20 terminals already" in "".join(map(plain, tell_apart(refused)))
    assert why(await start_login(more.context, by_person(harness.op(), ALICE))) is Reason.TOO_MANY_SESSIONS
    assert isinstance(await terminals[0].call(), Session)
    assert isinstance(await Terminal(harness, BOB).sign_in(), Terminal)


async def test_a_lock_during_a_login_bars_it_and_its_end_lets_its_two_minutes_go_on(
    harness: StoreHarness,
) -> None:
    terminal = Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    await harness.delegations.give(harness.op(), BOB, ALICE, 3_600)
    standing = await harness.delegations.standing()
    assert standing
    await harness.lock(ALICE)
    assert why(await terminal.pick()) is Reason.LOCKED
    await harness.unlock(ALICE)
    assert await harness.delegations.standing() == standing
    picked = await terminal.pick()
    assert isinstance(picked, Login)
    assert picked.state is LoginState.CONFIRMED
