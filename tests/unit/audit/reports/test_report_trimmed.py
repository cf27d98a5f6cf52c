"""What went by its age is not in a report, which says so; the rest is proven as ever."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from tests.independent import tree_verifier as independent
from tests.store.report_story import DAY, HOUR, KEY, ReportStory
from tests.store.sealed_store import Sealed


@pytest.fixture
async def story() -> AsyncIterator[ReportStory]:
    """Of 900 events the first 512 have gone by their age."""
    client: Any = FakeAsyncRedis(decode_responses=True)
    found = await ReportStory(client).begin()
    found.sealed = Sealed(found.sealed.harness, retention=HOUR)
    for count, age in ((600, 2 * HOUR), (300, 0)):
        await found.sealed.add_plainly(count, age=age)
    await found.sealed.seal()
    await found.sealed.add_plainly(1)
    await found.sealed.seal()
    kept = (await found.sealed.head()).checkpoint
    assert kept.kept == 512
    await client.xtrim(found.sealed.stream, minid=kept.kept_id, approximate=False)
    yield found
    await client.aclose()


async def test_a_time_of_which_events_have_gone_by_their_age_says_from_where_on_it_is_proven(
    story: ReportStory, tmp_path: Path
) -> None:
    now = await story.sealed.harness.now()
    made = await story.report(tmp_path, story.query(start=now - DAY, end=now))
    assert any("below 512 were dropped by their age" in told for told in made.missing)
    (stretch,) = json.loads((tmp_path / "manifest.json").read_text("utf-8"))["population"]
    assert (stretch["begin"], stretch["opening"]) == (512, None)
    assert independent.check_report(tmp_path, str(KEY))
