"""Events reach other people's systems while the bot serves, and a dead one costs nobody anything."""

import asyncio
import json
from pathlib import Path
from typing import NoReturn

from envaccess import wiring
from envaccess.wiring.sinks import sink_context
from tests.fakes.http_service import OK, ReceivedRequest, http_service
from tests.scenario.harness import DB, ScenarioHarness
from tests.scenario.processes import running

_DEAD = "{name: dead, type: webhook, url: 'http://127.0.0.1:1/', private: true, secret_file: SECRET}"


def declare(harness: ScenarioHarness, *entries: str) -> Path:
    """A file of sinks."""
    harness.home.mkdir(parents=True, exist_ok=True)
    (harness.home / "secret").write_text("whsec_dmFsdWUtZm9yLXRlc3Rz")
    text = "".join(f"  - {entry}\n" for entry in entries).replace("SECRET", str(harness.home / "secret"))
    file = harness.home / "sinks.yml"
    file.write_text(f"sinks:\n{text}")
    return file


async def said_of_sinks(harness: ScenarioHarness, **more: Path) -> list[tuple[str, str]]:
    """What the doctor finds: what is in order, and what is not."""
    found = [one async for one in wiring.diagnose(harness.settings(**more)) if one.subject == "sinks"]
    return [(one.ok, one.fault.problem if one.fault else "") for one in found]


async def test_every_event_reaches_a_folder_beside_a_sink_that_is_dead(harness: ScenarioHarness) -> None:
    folder = harness.home / "events"
    folder.mkdir(parents=True)
    file = declare(
        harness,
        f"{{name: files, type: folder, path: {folder}, format: ocsf, archive: {harness.home}}}",
        _DEAD,
    )

    def written() -> list[str]:
        texts = [path.read_text() for path in sorted(folder.iterdir())]
        return [json.loads(line)["metadata"]["uid"] for text in texts for line in text.splitlines()]

    async def arrives(event: str) -> None:
        async with asyncio.timeout(60):
            while event not in written():  # noqa: ASYNC110 - files wake nobody
                await asyncio.sleep(0.02)

    async with harness.bot(sinks_file=file):
        await harness.granted()
        newest = (await harness.events())[-1].id
        await arrives(newest)
        sent = written()
        ids = [event.id for event in await harness.events()]
        first = ids.index(sent[0])
        assert sent == ids[first : first + len(sent)]
        async with sink_context(harness.settings(sinks_file=file), "") as tools:
            lags = {lag.name: lag for lag in await tools.lags()}
            assert lags["files"].after in ids
            assert lags["dead"].begun
        assert await said_of_sinks(harness, sinks_file=file) == [("none is late", "")]
        kept = "events are kept for {}, which no file declares"
        told = await said_of_sinks(harness)
        assert sorted(problem for _, problem in told) == [kept.format("dead"), kept.format("files")]
        async with sink_context(harness.settings(sinks_file=file), "") as tools:
            assert await tools.drop("dead")
        lost = (await harness.events())[-1]
        assert (lost.event, lost.detail["name"]) == ("sink.lost", "dead")
        await arrives(lost.id)
        await harness.until(
            lambda: any(lost.id in line.text for line in harness.slack.messages(harness.audit))
        )


def ids_in(received: ReceivedRequest) -> list[str]:
    return [json.loads(line)["id"] for line in received.body.splitlines()]


async def test_killed_in_the_middle_of_a_batch_nothing_is_lost_and_repeats_have_the_same_ids(
    harness: ScenarioHarness,
) -> None:
    """The sink has taken it and does not answer: whether it counts is not known to a bot that dies then."""
    taken = asyncio.Event()

    async def take_and_stay_silent(_received: ReceivedRequest, _writer: asyncio.StreamWriter) -> NoReturn:
        taken.set()
        while True:
            await asyncio.Event().wait()

    async with http_service() as siem:
        hook = f"{{name: hook, type: webhook, url: '{siem.base}/', private: true, secret_file: SECRET}}"
        file = declare(harness, hook)
        siem.answer_with(take_and_stay_silent)
        async with running(harness, ENVACCESS_SINKS_FILE=str(file)) as bot:
            async with asyncio.timeout(60):
                while not taken.is_set():  # what was before the sink began is not sent
                    await harness.store(DB)
                    await asyncio.sleep(0.05)
            bot.kill()
            await bot.ended()
        first = ids_in(siem.requests[0])
        siem.answer_with(OK)
        await harness.redis.delete(harness.runner.key("lease"))
        async with harness.bot(sinks_file=file):
            newest = (await harness.events())[-1].id
            async with asyncio.timeout(60):
                while not any(newest in ids_in(one) for one in siem.requests):  # noqa: ASYNC110 - see above
                    await asyncio.sleep(0.02)
        got = [id_ for received in siem.requests[1:] for id_ in ids_in(received)]
        stream = [event.id for event in await harness.events()]
    begun = stream.index(first[0])
    assert got[: len(first)] == first, "the same again, under the same ids"
    assert got == stream[begun : begun + len(got)]
    assert newest in got
