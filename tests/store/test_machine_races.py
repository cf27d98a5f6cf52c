"""One pipeline's token, brought by many keys at once to the real server: exactly one of them has it."""

import asyncio

import pytest

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import RUN_SESSIONS_MAX, Session, SessionEnd
from tests.store.harness import StoreHarness
from tests.store.pipelines import Pipeline

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("relaxed")]
ROUNDS, KEYS = 200, 10


async def test_of_ten_keys_that_bring_the_same_token_at_once_exactly_one_has_it(
    real: StoreHarness, other: StoreHarness
) -> None:
    """As by ten processes that read one leaked token; the winner may bring it again, the others never."""
    for round_ in range(ROUNDS):
        processes = [StoreHarness(store.client) for store in (real, other) * (KEYS // 2)]
        crowd = [Pipeline(process, run=f"{round_:016x}") for process in processes]
        replay = f"leaked-{round_}"
        answers = await asyncio.gather(*(pipeline.bring(replay, seconds=30) for pipeline in crowd))
        (winner,) = [place for place, answer in enumerate(answers) if isinstance(answer, Session)]
        assert {answer.reason for answer in answers if isinstance(answer, Refusal)} == {Reason.TOKEN_USED}
        again = await asyncio.gather(*(pipeline.bring(replay, seconds=30) for pipeline in crowd))
        assert [place for place, answer in enumerate(again) if isinstance(answer, Session)] == [winner]
        assert len(await real.sessions.live(crowd[0].principal.key)) == 1
        await real.sessions.end(
            real.op(), crowd[winner].principal.acting, crowd[winner].principal.key, "", SessionEnd.LOGOUT
        )


async def test_of_one_key_that_brings_many_tokens_at_once_there_is_one_session_and_one_token(
    real: StoreHarness, other: StoreHarness
) -> None:
    """A lost answer makes a client bring it again while the first call is still on its way."""
    for round_ in range(50):
        first = Pipeline(real, run=f"{round_:016x}")
        second = Pipeline(StoreHarness(other.client), run=first.run, sign=first.sign, seal=first.seal)
        answers = await asyncio.gather(*(pipeline.bring(seconds=30) for pipeline in (first, second) * 2))
        assert len({answer.id for answer in answers if isinstance(answer, Session)}) == 1
        assert len(await real.sessions.live(first.principal.key)) == 1
        tokens = [key async for key in real.client.scan_iter("*session-token:*")]
        assert len(tokens) == 1
        await real.client.flushall()


async def test_a_run_that_brings_many_keys_at_once_has_no_more_sessions_than_it_may(
    real: StoreHarness,
) -> None:
    for round_ in range(50):
        crowd = [Pipeline(real, run=f"{round_:016x}") for _ in range(2 * RUN_SESSIONS_MAX)]
        answers = await asyncio.gather(*(pipeline.bring(seconds=30) for pipeline in crowd))
        assert sum(isinstance(answer, Session) for answer in answers) == RUN_SESSIONS_MAX
        assert {a.reason for a in answers if isinstance(a, Refusal)} == {Reason.TOO_MANY_RUNS}
        await real.client.flushall()
