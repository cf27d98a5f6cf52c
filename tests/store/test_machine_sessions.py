"""A pipeline's token becomes a session of its run: bound to one key, and over with the token."""

from dataclasses import replace
from typing import Any

import pytest

from envaccess.crypto.proofs import ProofKey
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.domain.audit import BEHIND
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import IDLE_SECONDS, MACHINE_SESSIONS_MAX, RUN_SESSIONS_MAX, Session, SessionEnd
from tests.store.harness import ALICE, BOB, HOUR, MINUTE, StoreHarness
from tests.store.pipelines import OTHER_RUN, PIPELINE, RUN, Pipeline
from tests.store.signing_in import Terminal
from tests.store.test_chain import why


async def test_a_verified_token_opens_a_session_of_its_run(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in()
    session = await pipeline.call()
    assert isinstance(session, Session)
    assert session.principal == pipeline.principal
    assert (session.pipeline, session.host) == (PIPELINE, "runner-3")


async def test_its_event_says_which_run_of_what_and_who_started_it(harness: StoreHarness) -> None:
    await Pipeline(harness).signed_in()
    (opened,) = [event for event in await harness.events() if event.event == "session.opened"]
    assert (str(opened.actor), opened.requester) == ("machine:deploy", "machine:deploy")
    told = {name: opened.detail[name] for name in ("run", BEHIND, "repository", "branch", "commit", "link")}
    assert told == {
        "run": RUN,
        BEHIND: ALICE,
        "repository": "acme/shop",
        "branch": "main",
        "commit": "4fd2a1c",
        "link": "https://ci.example.com/runs/7",
    }


async def test_who_started_a_run_sees_its_session_and_nobody_else_does(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in()
    (login,) = await harness.sessions.live(ALICE)
    assert login.session
    assert (login.id, login.session.principal, login.session.pipeline) == (
        pipeline.session, pipeline.principal, PIPELINE,
    )  # fmt: skip
    assert await harness.sessions.live(BOB) == []


async def test_a_session_ends_with_the_pipelines_token_however_much_it_is_used(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in(seconds=600)
    for _ in range(5):
        await harness.pass_time(MINUTE)
        assert isinstance(await pipeline.call(), Session)
    assert 0 < await token_left(harness) <= 5 * MINUTE
    await harness.pass_time(5 * MINUTE)
    assert why(await pipeline.call()) is Reason.NO_SESSION


async def token_left(harness: StoreHarness) -> int:
    """Milliseconds that the only token lives still."""
    (key,) = [name for name in await harness.keys() if "session-token:" in name]
    return int(await harness.client.pttl(key))


async def test_a_session_that_is_not_used_ends_before_a_long_token(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in(seconds=72 * 3_600)
    await harness.pass_time(IDLE_SECONDS * 1_000 + 1)
    await harness.work()
    assert why(await pipeline.call()) is Reason.NO_SESSION
    assert (await harness.events())[-1].detail["how"] == "expired"


async def test_the_same_key_may_exchange_a_token_again_and_its_last_one_opens_nothing(
    harness: StoreHarness,
) -> None:
    """A lost answer must not lose the job, and one key has one token."""
    pipeline = await Pipeline(harness).signed_in(replay="jti-1")
    lost, session = pipeline.token, pipeline.session
    await pipeline.signed_in(replay="jti-1")
    assert pipeline.session == session
    assert isinstance(await pipeline.call(), Session)
    assert why(await pipeline.call(token=lost)) is Reason.NO_SESSION


async def test_another_key_never_exchanges_a_token_that_was_used(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in(replay="jti-1")
    thief = Pipeline(harness)
    for _ in range(3):
        assert why(await thief.bring(replay="jti-1")) is Reason.TOKEN_USED
    assert isinstance(await pipeline.call(), Session)
    refused = [event for event in await harness.events() if event.event == "access.refused"]
    assert [(str(event.actor), event.detail["why"], event.detail["run"]) for event in refused] == [
        ("machine:deploy", "token_used", RUN)
    ]


async def test_processes_of_one_job_have_a_session_each_by_the_jobs_key_and_nobody_else_has(
    harness: StoreHarness,
) -> None:
    """A container that restarts in its pod, and a second command of a job of GitLab."""
    job = ProofKey.generate()
    first = await Pipeline(harness, job=job).signed_in(replay="pod-1")
    second = await Pipeline(harness, job=job).signed_in(replay="pod-1")
    assert first.session != second.session
    for process in (first, second):
        assert isinstance(await process.call(), Session)
    for thief in (Pipeline(harness), Pipeline(harness, job=ProofKey.generate()), replace(first, job=None)):
        assert why(await thief.bring(replay="pod-1")) is Reason.TOKEN_USED


async def test_a_job_has_no_more_sessions_by_its_key_than_a_run_may_have(harness: StoreHarness) -> None:
    job = ProofKey.generate()
    for _ in range(RUN_SESSIONS_MAX):
        await Pipeline(harness, job=job).signed_in(replay="pod-1")
    assert why(await Pipeline(harness, job=job).bring(replay="pod-1")) is Reason.TOO_MANY_RUNS


async def test_a_used_token_stays_used_after_its_session_ended(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in(replay="jti-1", seconds=600)
    ends_at = await harness.now() + 600_000
    await harness.sessions.end(
        harness.op(), pipeline.principal.actor, pipeline.principal.key, "", SessionEnd.LOGOUT
    )
    assert why(await Pipeline(harness).bring(replay="jti-1", ends_at=ends_at)) is Reason.TOKEN_USED
    await harness.pass_time(601_000)
    later = await harness.now() + 60_000
    assert why(await Pipeline(harness).bring(replay="jti-1", ends_at=later)) is Reason.TOKEN_USED


async def test_a_later_token_of_the_same_key_prolongs_the_session(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in(seconds=600)
    session, begun = pipeline.session, (await the_session(pipeline)).opened_at
    await harness.pass_time(9 * MINUTE)
    await pipeline.signed_in(seconds=600)
    await harness.pass_time(9 * MINUTE)
    await harness.work()
    found = await the_session(pipeline)
    assert (found.id, found.opened_at) == (session, begun)


async def the_session(pipeline: Pipeline) -> Session:
    found = await pipeline.call()
    assert isinstance(found, Session), found
    return found


async def test_a_token_that_is_over_opens_nothing(harness: StoreHarness) -> None:
    assert why(await Pipeline(harness).bring(seconds=0)) is Reason.NO_SESSION
    assert not await harness.sessions.holders()


async def test_a_run_has_few_sessions_at_once(harness: StoreHarness) -> None:
    for _ in range(RUN_SESSIONS_MAX):
        await Pipeline(harness).signed_in()
    refused = await Pipeline(harness).bring()
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.limit) == (Reason.TOO_MANY_RUNS, RUN_SESSIONS_MAX)
    await Pipeline(harness, run=OTHER_RUN).signed_in()


async def test_a_machine_has_so_many_sessions_over_all_its_runs(harness: StoreHarness) -> None:
    """Without an end, whoever can start pipelines fills Redis."""
    for number in range(MACHINE_SESSIONS_MAX):
        await Pipeline(harness, run=f"{number:016x}").signed_in(seconds=600)
    refused = await Pipeline(harness).bring()
    assert isinstance(refused, Refusal)
    assert (refused.reason, refused.limit) == (Reason.TOO_MANY_RUNS, MACHINE_SESSIONS_MAX)
    await Pipeline(harness, "other").signed_in()
    await harness.pass_time(601_000)
    await Pipeline(harness).signed_in()


async def test_a_key_that_found_the_token_opens_nothing(harness: StoreHarness) -> None:
    pipeline = await Pipeline(harness).signed_in()
    assert why(await pipeline.call(key=ProofKey.generate())) is Reason.NO_SESSION


@pytest.mark.parametrize("locked", [ALICE, "machine:deploy"])
async def test_a_locked_machine_or_person_behind_it_gets_no_session(
    harness: StoreHarness, locked: str
) -> None:
    await lock(harness, locked)
    assert why(await Pipeline(harness).bring()) is Reason.LOCKED


async def lock(harness: StoreHarness, target: str) -> None:
    """As a lock is kept: by its target."""
    full = target if ":" in target else f"person:{target}"
    await harness.client.hset(harness.runner.key("locks"), full, "{}")


async def test_no_kind_of_token_speaks_for_another_kind_of_principal(harness: StoreHarness) -> None:
    """A store that gave a person's session a machine's token would hand over a person."""
    terminal = await Terminal(harness).sign_in()
    session: Any = await harness.client.get(token_key(harness, terminal.token))
    other = make_token(TokenKind.MACHINE)
    await harness.client.set(token_key(harness, other), session)
    await harness.client.hset(harness.runner.key("session", session), "token", token_hash(other))
    assert why(await terminal.call(token=other, proof_token=other)) is Reason.NO_SESSION


def token_key(harness: StoreHarness, token: str) -> str:
    return harness.runner.key("session_token", token_hash(token))


async def test_nobody_has_a_message_about_a_machines_session(harness: StoreHarness) -> None:
    await Pipeline(harness).signed_in()
    assert not await harness.client.exists(harness.runner.key("session_cards"))


async def test_two_runs_of_a_machine_have_nothing_in_common(harness: StoreHarness) -> None:
    one, other = await Pipeline(harness).signed_in(), await Pipeline(harness, run=OTHER_RUN).signed_in()
    assert [login.id for login in await harness.sessions.live(one.principal.key)] == [one.session]
    assert [login.id for login in await harness.sessions.live(other.principal.key)] == [other.session]
    assert {holder.key for holder in await harness.sessions.holders()} == {
        one.principal.key,
        other.principal.key,
    }


async def test_a_sessions_end_is_taken_from_both_lists(harness: StoreHarness) -> None:
    await Pipeline(harness, behind=BOB).signed_in(seconds=60)
    await harness.pass_time(HOUR)
    await harness.work()
    assert not [name for name in await harness.keys() if "person-sessions:" in name]
