"""Work after the ack: finished on the way out, never failing silently, never telling what it held."""

import asyncio

from structlog.testing import capture_logs

from envaccess.slack.background import Background


async def test_drain_waits_for_what_is_running_and_for_what_that_starts() -> None:
    background, done = Background(), []

    async def second() -> None:
        await asyncio.sleep(0)
        done.append("second")

    async def first() -> None:
        await asyncio.sleep(0)
        done.append("first")
        background.spawn(second())

    background.spawn(first())
    assert await background.drain(5)
    assert done == ["first", "second"]


async def test_drain_cancels_what_does_not_end_in_time() -> None:
    background, ended = Background(), asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    background.spawn(forever())
    assert not await background.drain(0.01)
    assert ended.is_set()


async def test_nothing_to_drain_is_drained_at_once() -> None:
    assert await Background().drain(0)


async def test_an_exception_is_logged_and_holds_up_nobody() -> None:
    background, done = Background(), []

    async def broken() -> None:
        raise RuntimeError("broken for tests")

    async def sound() -> None:
        done.append("sound")

    with capture_logs() as logs:
        background.spawn(broken())
        background.spawn(sound())
        assert await background.drain(5)
    assert done == ["sound"]
    assert [(entry["doing"], entry["log_level"]) for entry in logs] == [("background", "error")]
