"""No event is left out of a report, and nobody picks its sample: a second program says the same."""

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.domain.audit import Tag
from envaccess.domain.errors import ReportError
from envaccess.domain.tree_check import Outcome, TreeReport
from envaccess.store.trail import RedisTrail
from envaccess.store.tree import RedisTree
from envaccess.wiring.report_sources import StreamSource
from tests.independent import tree_verifier as independent
from tests.store.report_story import DAY, HOUR, KEY, MINUTE, NOON, ReportStory, rows


@pytest.fixture
async def story() -> AsyncIterator[ReportStory]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    yield await ReportStory(client).begin()
    await client.aclose()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text("utf-8"))


async def quarter(story: ReportStory) -> None:
    """Three days with a head after each; the second is what is asked for."""
    for _ in range(3):
        for _ in range(4):
            await story.granted("U0ALICE", "U0BOB")
        await story.seal()
        story.at += DAY


async def test_a_population_leads_from_the_head_before_its_time_to_the_head_after_it(
    story: ReportStory, tmp_path: Path
) -> None:
    await quarter(story)
    begin = NOON + DAY + 6 * HOUR
    made = await story.report(tmp_path / "r", story.query(start=begin, end=begin + DAY))
    assert (made.missing, made.checked.outcome) == ((), Outcome.VALID)
    (stretch,) = manifest(tmp_path / "r")["population"]
    assert stretch["opening"]["size"] == stretch["begin"] <= stretch["first_in_time"]
    assert stretch["last_in_time"] < stretch["end"] == stretch["closing"]["size"]
    told = rows(tmp_path / "r", "population")
    assert [int(row["n"]) for row in told] == list(range(stretch["begin"], stretch["end"]))
    assert independent.check_report(tmp_path / "r", str(KEY))


async def test_a_stream_and_its_archive_give_the_same_population_and_sample(
    story: ReportStory, tmp_path: Path
) -> None:
    await quarter(story)
    query = story.query(start=NOON + DAY, end=NOON + 2 * DAY, sample=3)
    await story.report(tmp_path / "stream", query)
    await story.report(tmp_path / "archive", query, await story.archive(tmp_path / "kept"))
    for name in ("population.csv", "population.jsonl", "sample.csv", "access.csv"):
        kept = (tmp_path / "archive" / name).read_bytes().replace(b"(not in an archive)", b"a failed refund")
        assert kept == (tmp_path / "stream" / name).read_bytes()
    assert independent.check_report(tmp_path / "archive", str(KEY))
    assert any("are in no archive" in note for note in manifest(tmp_path / "archive")["notes"])


def leave_out(folder: Path) -> None:
    """A row and its line are taken out, and the manifest is made to fit."""
    for name, at in (("population.csv", 5), ("population.jsonl", 4)):
        lines = (folder / name).read_bytes().splitlines(keepends=True)
        (folder / name).write_bytes(b"".join(lines[:at] + lines[at + 1 :]))


def edit(folder: Path) -> None:
    path = folder / "population.jsonl"
    path.write_bytes(path.read_bytes().replace(b"U0BOB", b"U0EVE", 1))


def edit_the_table(folder: Path) -> None:
    path = folder / "population.csv"
    path.write_bytes(
        path.read_bytes().replace(b"grant.revealed", b"grant.expiring", 1).replace(b"-4,", b"-5,", 1)
    )


def pick(folder: Path) -> None:
    """Somebody would rather show another grant."""
    path = folder / "sample.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], *lines[2:], lines[1]]))


def move_the_begin(folder: Path) -> None:
    told = manifest(folder)
    told["population"][0]["opening"] = None
    told["population"][0]["begin"] += 1
    (folder / "manifest.json").write_text(json.dumps(told), "utf-8")


@pytest.mark.parametrize("damage", [leave_out, edit, edit_the_table, pick, move_the_begin])
async def test_a_second_program_refuses_a_report_that_somebody_changed_with_its_manifest(
    story: ReportStory, tmp_path: Path, damage: Any
) -> None:
    await quarter(story)
    await story.report(tmp_path, story.query(start=NOON + DAY, end=NOON + 2 * DAY))
    damage(tmp_path)
    with pytest.raises((independent.WrongError, ValueError)):
        independent.check_report(tmp_path, str(KEY))  # its files are not as the manifest says
    told = manifest(tmp_path)
    for name in told["files"]:
        told["files"][name]["sha256"] = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
    (tmp_path / "manifest.json").write_text(json.dumps(told), "utf-8")
    with pytest.raises((independent.WrongError, ValueError)):
        independent.check_report(tmp_path, str(KEY))


async def test_the_same_question_gives_the_same_bytes_but_for_when_it_was_made(
    story: ReportStory, tmp_path: Path
) -> None:
    await quarter(story)
    query = story.query(start=NOON, end=NOON + 2 * DAY, at=NOON + 2 * MINUTE, zone="Europe/Berlin")
    await story.report(tmp_path / "one", query)
    story.at += DAY
    await story.granted("U0LATER", "U0BOB")
    await story.seal()
    await story.report(tmp_path / "other", query)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert names == {path.name for path in (tmp_path / "other").iterdir()}
    differing = {
        name
        for name in names
        if (tmp_path / "one" / name).read_bytes() != (tmp_path / "other" / name).read_bytes()
    }
    assert differing == {"manifest.json"}
    one, other = manifest(tmp_path / "one"), manifest(tmp_path / "other")
    assert {name for name in one if one[name] != other[name]} == {"made"}


async def test_what_is_not_sealed_yet_is_said_and_not_told(story: ReportStory, tmp_path: Path) -> None:
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()
    await story.granted("U0LATER", "U0BOB")
    made = await story.report(tmp_path / "r")
    assert any("lie between two trees: 6 events of this time." in told for told in made.missing)
    assert "U0LATER" not in (tmp_path / "r" / "access.csv").read_text("utf-8")
    assert independent.check_report(tmp_path / "r", str(KEY))


async def test_without_a_key_the_report_says_that_no_signature_was_checked(
    story: ReportStory, tmp_path: Path
) -> None:
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()
    made = await story.report(tmp_path / "r", keys=())
    assert any(told.startswith("No key is here") for told in made.missing)
    assert "Not proven to be complete" in (tmp_path / "r" / "report.html").read_text("utf-8")


async def test_a_time_in_which_nothing_happened_is_proven_to_be_empty(
    story: ReportStory, tmp_path: Path
) -> None:
    await quarter(story)
    begin = NOON + DAY - HOUR
    made = await story.report(tmp_path / "r", story.query(start=begin, end=begin + MINUTE))
    assert made.missing == ()
    told = rows(tmp_path / "r", "population")
    assert told
    assert {row["in_range"] for row in told} == {"no"}
    assert independent.check_report(tmp_path / "r", str(KEY))


async def test_a_cut_or_edited_stream_gives_no_report_at_all(story: ReportStory, tmp_path: Path) -> None:
    await quarter(story)
    entries = await story.sealed.entries()
    await story.client.xdel(story.sealed.stream, entries[7][0], entries[8][0])
    made = await story.report(tmp_path / "r")
    assert (made.manifest, made.checked.outcome) == ("", Outcome.ALTERED)
    assert names_in(tmp_path) == []


async def test_a_tail_that_was_cut_with_its_tree_gives_no_report_where_a_later_head_was_kept(
    story: ReportStory, tmp_path: Path
) -> None:
    """Without a head that lies elsewhere nobody can tell: docs/explanation/audit.md says so."""
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()
    before = await story.sealed.dump()
    await story.granted("U0EVE", "U0EVE")
    await story.seal()
    kept = (await story.sealed.head()).signed
    assert kept
    await story.client.flushall()
    for name, blob in before.items():
        await story.client.restore(name, 0, blob)
    made = await story.report(tmp_path / "r", known=[kept])
    assert (made.manifest, made.checked.outcome) == ("", Outcome.FORKED)
    assert names_in(tmp_path) == []


async def test_events_that_change_after_they_were_checked_give_no_report(
    story: ReportStory, tmp_path: Path
) -> None:
    await quarter(story)

    class CutMeanwhile(StreamSource):
        async def check(self, *asked: Any) -> TreeReport:
            found = await super().check(*asked)
            await story.client.xdel(story.sealed.stream, (await story.sealed.entries())[3][0])
            return found

    runner = story.sealed.harness.runner
    with pytest.raises(ReportError, match="changed while they were read"):
        await story.report(tmp_path / "r", source=CutMeanwhile(RedisTree(runner), RedisTrail(runner)))
    assert names_in(tmp_path) == []


async def test_a_time_before_the_tree_began_says_what_it_cannot_prove(
    story: ReportStory, tmp_path: Path
) -> None:
    for number in range(3):  # of a version before there was a tree
        old = {"event": str(Tag.BOT_STARTED), "at": str(NOON + number), "actor": "bot"}
        await story.client.xadd(story.sealed.stream, old, id=f"{NOON + number}-0")
    story.at = NOON + HOUR
    await story.granted("U0ALICE", "U0BOB")
    await story.seal()
    made = await story.report(tmp_path / "r", story.query(end=story.at))
    assert any("from before there was a tree: 3 events of this time." in told for told in made.missing)
    assert independent.check_report(tmp_path / "r", str(KEY))
