"""Logins and sessions on the real scripts: from a code to a token, and how nobody is signed in."""

import asyncio
from typing import Any

import pytest

from envaccess.application.people.sessions import Client, offer_login, poll_login, start_login
from envaccess.crypto.encoding import to_text
from envaccess.crypto.login_codes import make_offer, read_code
from envaccess.domain.call import by_person
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import (
    IDLE_SECONDS,
    SESSION_SECONDS,
    TRIES_MAX,
    Login,
    LoginState,
    NewLogin,
    Offered,
    Session,
    SessionEnd,
)
from envaccess.identity.authenticate import Operation
from envaccess.store.exclusive import ExclusiveLease
from tests.store.harness import ALICE, BOB, BOT, HOUR, StoreHarness
from tests.store.signing_in import CLIENT, Terminal


def why(found: Any) -> Reason | None:
    return found.reason if isinstance(found, Refusal) else None


async def events(store: StoreHarness) -> list[tuple[str, str]]:
    return [
        (event.event, event.detail.get("how") or event.detail.get("why", ""))
        for event in await store.trail.tail(100)
        if event.event.startswith(("session.", "access."))
    ]


async def test_a_code_a_number_and_a_key_sign_a_terminal_in(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    session = await terminal.call()
    assert isinstance(session, Session)
    assert (session.principal.id, session.host, session.user) == (ALICE, CLIENT.host, CLIENT.user)
    assert session.ends_at - session.opened_at == SESSION_SECONDS * 1_000
    assert await events(harness) == [("session.offered", ""), ("session.opened", "")]


async def test_a_code_alone_signs_nobody_in(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    assert await terminal.fetch() == ""
    assert why(await terminal.call()) is Reason.NO_SESSION


async def test_one_wrong_number_ends_the_login_and_is_audited(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    wrong = await terminal.pick(await terminal.wrong())
    assert isinstance(wrong, Login)
    assert (wrong.state, wrong.ended_how) == (LoginState.REFUSED, SessionEnd.WRONG_NUMBER)
    assert why(await terminal.pick()) is Reason.LOGIN_OVER
    assert await terminal.fetch() == ""
    assert ("session.ended", "wrong_number") in await events(harness)
    assert ("access.refused", "wrong_number") in await events(harness)


async def test_none_of_these_ends_the_login(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    declined = await terminal.pick(0)
    assert isinstance(declined, Login)
    assert declined.ended_how == SessionEnd.DECLINED


async def test_nobody_else_picks_the_number(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    assert why(await terminal.pick(who=BOB)) is Reason.LOGIN_NOT_YOURS
    assert (await terminal.at()).state is LoginState.OFFERED
    assert ("access.refused", "login_not_yours") in await events(harness)


async def test_of_two_picks_at_once_one_wins(harness: StoreHarness) -> None:
    for _ in range(20):
        terminal = Terminal(harness)
        await terminal.offer((await terminal.ask()).code)
        wrong = await terminal.wrong()
        picks = await asyncio.gather(terminal.pick(), terminal.pick(wrong))
        assert [isinstance(pick, Login) for pick in picks].count(True) >= 1
        ended = (await terminal.at()).state
        assert ended in {LoginState.CONFIRMED, LoginState.REFUSED}
        lost = [pick for pick in picks if isinstance(pick, Refusal)]
        assert [refusal.reason for refusal in lost] == [Reason.LOGIN_OVER]


async def test_five_wrong_codes_end_a_login_and_say_nothing(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    code = (await terminal.ask()).code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    answers = [await terminal.offer(wrong) for _ in range(TRIES_MAX)]
    answers += [
        await terminal.offer(code),
        await terminal.offer("0000-00000-00000"),
        await terminal.offer("?"),
    ]
    assert answers == [Refusal(Reason.LOGIN_CODE)] * len(answers)
    assert ("session.ended", "wrong_codes") in await events(harness)


async def test_a_code_is_good_for_one_terminal_and_its_own_repeat_changes_nothing(
    harness: StoreHarness,
) -> None:
    terminal, thief = Terminal(harness), Terminal(harness)
    code = (await terminal.ask()).code
    first, again = await terminal.offer(code), await terminal.offer(code.lower().replace("-", " "))
    assert isinstance(first, Offered)
    assert isinstance(again, Offered)
    assert (first.id, first.server_key) == (again.id, again.server_key)
    assert why(await thief.offer(code)) is Reason.LOGIN_CODE
    assert (await events(harness)).count(("session.offered", "")) == 1


async def test_swapped_keys_are_a_wrong_code(harness: StoreHarness) -> None:
    """Whoever sits in between cannot put in keys of their own: an offer is bound to the terminal's."""
    terminal, between = Terminal(harness), Terminal(harness)
    code = (await terminal.ask()).code
    assert why(await terminal.offer(code, seal=between.seal)) is Reason.LOGIN_CODE
    assert why(await terminal.offer(code, sign=between.sign)) is Reason.LOGIN_CODE
    assert isinstance(await terminal.offer(code), Offered)


@pytest.mark.parametrize("which", ["sign", "seal"])
async def test_a_key_that_is_worth_nothing_signs_nobody_in(harness: StoreHarness, which: str) -> None:
    terminal = Terminal(harness)
    code = read_code((await terminal.ask()).code)
    assert code
    keys = {"sign": terminal.sign.public, "seal": terminal.seal.public, which: to_text(bytes(32))}
    offer = make_offer(code, keys["sign"], keys["seal"]).text
    client = Client(keys["sign"], keys["seal"], CLIENT)
    assert why(await offer_login(terminal.context, offer, client)) is Reason.BAD_PROOF
    assert (await events(harness)).count(("session.offered", "")) == 0


async def test_a_code_that_is_repeated_in_slack_is_not_shown_twice(harness: StoreHarness) -> None:
    terminal = Terminal(harness)
    call = by_person("op-same", ALICE)
    first = await start_login(terminal.context, call)
    assert isinstance(first, NewLogin)
    assert first.code not in repr(first)
    assert why(await start_login(terminal.context, call)) is Reason.LOGIN_SHOWN


async def test_a_token_without_the_key_is_refused_and_audited_once_a_minute(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    thief = Terminal(harness, token=terminal.token)
    for _ in range(3):
        assert why(await thief.call()) is Reason.NO_SESSION
    assert (await events(harness)).count(("access.refused", "other_key")) == 1
    assert isinstance(await terminal.call(), Session)


async def test_a_proof_counts_once_also_where_it_comes_twice_at_once(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    for turn in range(100):
        proof = terminal.proof(jti=f"turn-{turn}")
        found = await asyncio.gather(terminal.call(proof=proof), terminal.call(proof=proof))
        assert sorted(map(str, map(why, found))) == ["None", "proof_used"]


async def test_the_same_key_with_another_body_is_refused(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    assert isinstance(await terminal.call(Operation("k1", "POST /v1/requests", "one")), Session)
    assert isinstance(await terminal.call(Operation("k1", "POST /v1/requests", "one")), Session)
    assert why(await terminal.call(Operation("k1", "POST /v1/requests", "two"))) is Reason.IDEMPOTENCY_BODY
    assert isinstance(await terminal.call(Operation("k1", "POST /v1/other", "two")), Session)


async def test_a_token_is_given_anew_until_one_was_used(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    first = terminal.token
    assert await terminal.fetch()
    assert terminal.token != first
    assert why(await terminal.call(token=first, proof_token=first)) is Reason.NO_SESSION
    assert isinstance(await terminal.call(), Session)
    assert await terminal.fetch() == ""


async def test_only_the_terminal_that_offered_polls(harness: StoreHarness) -> None:
    terminal, other = await Terminal(harness).sign_in(), Terminal(harness)
    found = await poll_login(other.context, terminal.login, other.sign.public)
    assert why(found) is Reason.LOGIN_UNKNOWN


async def test_no_key_of_a_session_is_without_an_end(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    await terminal.call(Operation("k1", "POST /v1/requests", "one"))
    await Terminal(harness).ask()
    kinds = ("session", "login-code", "person-sessions", "idempotency")
    found = [key async for key in harness.client.scan_iter(match="*") if any(kind in key for kind in kinds)]
    names = [key for key in found if not key.endswith("session-dirty")]
    assert len(names) >= 6
    assert min([await harness.client.pttl(key) for key in names]) > 0


async def test_a_session_slides_and_ends_unless_it_is_used(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    await terminal.call()
    key: Any = await anext(aiter(harness.client.scan_iter(match="*session-token:*")))
    await harness.client.pexpire(key, HOUR)
    await terminal.call()
    assert await harness.client.pttl(key) > (IDLE_SECONDS - 60) * 1_000
    await harness.client.delete(key)
    assert why(await terminal.call()) is Reason.NO_SESSION
    assert await harness.sessions.live(ALICE) == []
    assert (await events(harness))[-1] == ("session.ended", "expired")


async def test_ending_one_leaves_the_others_and_all_leaves_none(harness: StoreHarness) -> None:
    one, two = await Terminal(harness).sign_in(), await Terminal(harness).sign_in()
    alice = by_person("", ALICE).principal.actor
    assert await harness.sessions.end(harness.op(), alice, ALICE, one.login, SessionEnd.BUTTON) == 1
    assert why(await one.call()) is Reason.NO_SESSION
    assert isinstance(await two.call(), Session)
    assert await harness.sessions.end(harness.op(), alice, ALICE, "", SessionEnd.LOGOUT) == 1
    assert why(await two.call()) is Reason.NO_SESSION


async def test_nobody_ends_anothers_session(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    bob = by_person("", BOB).principal.actor
    refused = await harness.sessions.end(harness.op(), bob, BOB, terminal.login, SessionEnd.BUTTON)
    assert why(refused) is Reason.SESSION_UNKNOWN
    assert isinstance(await terminal.call(), Session)


async def test_a_lock_ends_every_session_and_lets_nobody_sign_in(harness: StoreHarness) -> None:
    terminal, waiting = await Terminal(harness).sign_in(), Terminal(harness)
    await terminal.call()
    await waiting.offer((await waiting.ask()).code)
    await harness.lock(ALICE)
    assert why(await terminal.call()) is Reason.NO_SESSION
    assert why(await waiting.pick()) is Reason.LOCKED
    assert why(await start_login(waiting.context, by_person("op-l", ALICE))) is Reason.LOCKED
    assert ("session.ended", "locked") in await events(harness)


async def test_a_use_whose_answer_was_lost_is_repeated_safely(harness: StoreHarness) -> None:
    """The runner repeats a call whose connection broke: the proof must not count as used by itself."""
    terminal = await Terminal(harness).sign_in()
    await terminal.call()
    arguments = await used_arguments(harness, terminal)
    first = await harness.runner.outcome("use_session", **arguments)
    again = await harness.runner.outcome("use_session", **arguments)
    assert "refused" not in first
    assert "refused" not in again


async def used_arguments(harness: StoreHarness, terminal: Terminal) -> dict[str, Any]:
    fields: Any = await harness.client.hgetall(harness.runner.key("session", terminal.login))
    return {
        "op": "same", "token": fields["token"], "sign_key": fields["sign_key"], "jti": "one", "address": "",
        "idle": 60,
    }  # fmt: skip


async def test_a_restore_and_an_upgrade_leave_nobody_signed_in(harness: StoreHarness) -> None:
    """Both change the whole store under the lease, and end what lives there with it."""
    terminal, waiting = await Terminal(harness).sign_in(), Terminal(harness)
    await terminal.call()
    await waiting.offer((await waiting.ask()).code)
    lease = ExclusiveLease(harness.runner, "restore")
    await lease.keep()
    await lease.end_live(BOT, EndReason.UPGRADED)
    assert why(await terminal.call()) is Reason.NO_SESSION
    assert await harness.sessions.get(waiting.login) is None
    assert (await events(harness))[-1] == ("session.ended", "upgraded")
