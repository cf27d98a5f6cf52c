"""Spans: which trace they are in, which are kept, and how many wait at most."""

import asyncio
import secrets

import pytest

from envaccess.domain.metrics import OTHER, words
from envaccess.domain.tracing import OUTCOME, SpanKind, SpanName, recorded_by, traced
from envaccess.metrics import spans
from envaccess.metrics.spans import EndedSpan, SpanRecorder

PAYLOAD = SpanName("payload", SpanKind.SERVER, {"kind": words("command")}, words("answered"))
SCRIPT = SpanName("script", SpanKind.CLIENT, quiet=True)
CALL = SpanName("call", SpanKind.CLIENT)
LOOP = SpanName("loop", quiet=True, root=True)


def ended(recorder: SpanRecorder) -> list[EndedSpan]:
    return list(recorder.take(1_000))


def test_a_word_that_is_not_known_is_other_whoever_says_it() -> None:
    recorder = SpanRecorder()
    with recorded_by(recorder), traced(PAYLOAD, "xoxb-secret") as span:
        span.came_to("U0ALICE")
    (found,) = ended(recorder)
    assert found.attributes == (("kind", OTHER), (OUTCOME, OTHER))


def test_spans_are_in_the_one_that_is_open_also_in_tasks_and_an_exception_fails_them() -> None:
    async def child() -> None:
        with traced(CALL):
            raise ValueError

    async def all_of_it() -> None:
        with recorded_by(recorder), traced(PAYLOAD, "command"):
            await asyncio.gather(child(), child(), return_exceptions=True)

    recorder = SpanRecorder()
    asyncio.run(all_of_it())
    *children, first = ended(recorder)
    assert {(one.trace, one.parent, one.failed) for one in children} == {(first.trace, first.id, True)}
    assert (len(children), first.parent, first.failed) == (2, "", False)


def test_a_loop_is_kept_where_it_called_slack_or_failed_and_is_a_trace_of_its_own() -> None:
    recorder = SpanRecorder()
    with recorded_by(recorder):
        with traced(LOOP), traced(SCRIPT):
            pass
        assert ended(recorder) == []
        with traced(LOOP), traced(SCRIPT), traced(CALL):
            pass
        assert [one.name for one in ended(recorder)] == [CALL, SCRIPT, LOOP]
        with pytest.raises(ValueError), traced(LOOP):  # noqa: PT011 - any
            raise ValueError
        assert [one.name for one in ended(recorder)] == [LOOP]
        with traced(PAYLOAD, "command"), traced(LOOP), traced(CALL):
            pass
    assert len({one.trace for one in ended(recorder)}) == 2


def test_what_goes_on_after_the_answer_is_in_its_trace() -> None:
    async def all_of_it() -> None:
        async def later() -> None:
            await answered.wait()
            with traced(CALL):
                pass

        answered = asyncio.Event()
        with recorded_by(recorder):
            with traced(PAYLOAD, "command"):
                task = asyncio.create_task(later())
            answered.set()
            await task

    recorder = SpanRecorder()
    asyncio.run(all_of_it())
    payload, call = ended(recorder)
    assert (call.trace, call.parent) == (payload.trace, payload.id)


def test_no_more_wait_than_there_is_room_for_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "WAITING_MOST", 3)
    monkeypatch.setattr(spans, "SPANS_MOST", 5)
    recorder = SpanRecorder()
    with recorded_by(recorder):
        with traced(PAYLOAD, "command"):
            for _ in range(10):
                with traced(CALL):
                    pass
        assert (len(recorder), recorder.dropped) == (3, 8)


def test_one_of_a_hundred_traces_is_whole_or_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([0, 1, 99])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))
    recorder = SpanRecorder(percent=1)
    with recorded_by(recorder):
        for _ in range(3):
            with traced(PAYLOAD, "command"), traced(CALL):
                pass
    assert [one.name for one in ended(recorder)] == [CALL, PAYLOAD]
