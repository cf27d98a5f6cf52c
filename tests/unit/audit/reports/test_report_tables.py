"""What a report says of access, decisions, duties, administrators and reviews."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis

from envaccess.audit.reports.controls import LIST, Coverage
from envaccess.audit.reports.query import ReportKind
from envaccess.domain.audit import Tag
from envaccess.domain.audit_line import day_of
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Owners
from envaccess.domain.tree_check import Outcome
from tests.independent import tree_verifier as independent
from tests.store.report_story import DAY, HOUR, KEY, MINUTE, NOON, ReportStory, rows

STRIPE = "production/STRIPE_KEY"


@pytest.fixture
async def story() -> AsyncIterator[ReportStory]:
    client: Any = FakeAsyncRedis(decode_responses=True)
    yield await ReportStory(client).begin()
    await client.aclose()


async def told(story: ReportStory, out: Path, **asked: Any) -> Path:
    await story.seal()
    await story.report(out, story.query(**asked))
    return out


def found(folder: Path) -> dict[str, int]:
    return {row["check"]: int(row["found"]) for row in rows(folder, "duties") if row["found"] != "0"}


async def test_access_says_who_had_what_and_when_and_whether_they_used_it(
    story: ReportStory, tmp_path: Path
) -> None:
    used = await story.granted("U0ALICE", "U0BOB", uses=2)
    await story.granted("U0ALICE", "U0BOB", uses=0)
    agent = await story.granted("agent:ag_1", "U0BOB", detail_behind="U0ALICE")
    await told(story, tmp_path)
    by_id = {row["request"]: row for row in rows(tmp_path, "access")}
    assert by_id[used]["approvers"] == "U0BOB"
    assert by_id[used]["allowed_by"] == "people"
    assert (by_id[used]["uses"], by_id[used]["how"], by_id[used]["lasted"]) == ("2", "expired", "3600")
    assert by_id[agent]["behind"] == "U0ALICE"
    (alice,) = rows(tmp_path, "access_by_person")
    assert (alice["who"], alice["grants"], alice["used"], alice["unused"], alice["programs"]) == (
        "U0ALICE", "3", "2", "1", "1",
    )  # fmt: skip
    (stripe,) = rows(tmp_path, "access_by_variable")
    assert (stripe["variable"], stripe["people"], stripe["grants"]) == (STRIPE, "1", "3")


async def test_a_grant_ends_at_its_time_however_late_that_is_written_down(
    story: ReportStory, tmp_path: Path
) -> None:
    """Nobody has access after its end, and a report that goes by when the event came would say so."""
    request = await story.asks("U0ALICE")
    await story.told(Tag.REQUEST_APPROVED, request, "person:U0BOB", "U0ALICE")
    begun = story.at
    ends: dict[str, Any] = {"detail_expires_at": str(begun + HOUR)}
    await story.told(Tag.GRANT_ACTIVATED, request, "person:U0BOB", "U0ALICE", after=0, **ends)
    await story.told(Tag.GRANT_EXPIRED, request, "time", "U0ALICE", after=9 * HOUR)
    await told(story, tmp_path / "late", at=begun + 2 * HOUR)
    assert rows(tmp_path / "late", "live") == []
    await told(story, tmp_path / "live", at=begun + HOUR - 1)
    assert [row["request"] for row in rows(tmp_path / "live", "live")] == [request]
    await told(story, tmp_path / "end", at=begun + HOUR)
    assert rows(tmp_path / "end", "live") == []


async def test_access_that_began_before_the_time_and_lives_on_is_in_it(
    story: ReportStory, tmp_path: Path
) -> None:
    request = await story.asks("U0ALICE")
    await story.told(Tag.REQUEST_APPROVED, request, "person:U0BOB", "U0ALICE")
    ends: dict[str, Any] = {"detail_expires_at": str(story.at + 30 * DAY)}
    await story.told(Tag.GRANT_ACTIVATED, request, "person:U0BOB", "U0ALICE", **ends)
    story.at += 3 * DAY
    await story.granted("U0EVE", "U0BOB")
    await told(story, tmp_path, start=NOON + 2 * DAY, kind=ReportKind.ACCESS)
    first = rows(tmp_path, "access")[0]
    assert (first["request"], first["how"], first["over"]) == (request, "lives on", "")
    assert len(rows(tmp_path, "sample")) == 1, "only grants that began in the time are drawn from"


async def test_access_that_is_live_when_the_report_is_made_has_not_expired(
    story: ReportStory, tmp_path: Path
) -> None:
    """The month of a report was not over, and it said of live access that it had expired in an hour."""
    request = await story.asks("U0ALICE")
    await story.told(Tag.REQUEST_APPROVED, request, "person:U0BOB", "U0ALICE")
    ends: dict[str, Any] = {"detail_expires_at": str(story.at + HOUR)}
    await story.told(Tag.GRANT_ACTIVATED, request, "person:U0BOB", "U0ALICE", after=0, **ends)
    await story.seal()
    asked = story.query(end=story.at + 30 * DAY, kind=ReportKind.ACCESS)
    await story.report(tmp_path, asked, now=story.at + MINUTE)
    (grant,) = rows(tmp_path, "access")
    assert (grant["how"], grant["over"]) == ("lives on", "")
    assert 0 <= int(grant["lasted"]) < HOUR // 1000


@pytest.mark.parametrize(("begin", "said"), [(-60, "this time"), (-20, "the beginning of this time")])
async def test_a_time_before_the_first_event_is_not_told_as_one_in_which_nothing_happened(
    story: ReportStory, tmp_path: Path, begin: int, said: str
) -> None:
    """An auditor would read a page of noughts as a quiet quarter."""
    first = story.at
    await story.granted("U0ALICE", "U0BOB")
    await told(story, tmp_path, start=first + begin * DAY, end=first + (begin + 30) * DAY)
    notes = json.loads((tmp_path / "manifest.json").read_text())["notes"]
    assert notes[0].startswith(f"There are no events of {said}: the first is of ")


async def test_an_event_at_the_first_millisecond_is_in_the_time_and_one_at_the_last_is_not(
    story: ReportStory, tmp_path: Path
) -> None:
    """logto-io/logto#8809, growilabs/growi#10834, opengovsg/isomer#2605: the ends of a time, wrong by one."""
    first = await story.asks("U0ALICE")
    begun = story.at
    await story.told(Tag.REQUEST_APPROVED, first, "person:U0BOB", "U0ALICE")
    ends: dict[str, Any] = {"detail_expires_at": str(story.at + DAY)}
    await story.told(Tag.GRANT_ACTIVATED, first, "person:U0BOB", "U0ALICE", after=0, **ends)
    await story.told(Tag.GRANT_REVOKED, first, "person:U0ALICE", "U0ALICE", after=MINUTE)
    over = story.at
    await story.told(Tag.GRANT_EXPIRING, first, "time", "U0ALICE")
    await told(story, tmp_path / "in", start=begun, end=over + 1)
    (grant,) = rows(tmp_path / "in", "access")
    assert grant["how"] == "ended early"
    inside = [row["event"] for row in rows(tmp_path / "in", "population") if row["in_range"] == "yes"]
    assert (inside[0], inside[-1]) == ("request.created", "grant.revoked")
    await told(story, tmp_path / "out", start=begun + 1, end=over)
    (grant,) = rows(tmp_path / "out", "access")
    assert grant["how"] == "lives on", "who had access in the last millisecond had access"
    await told(story, tmp_path / "after", start=over, end=over + DAY)
    assert rows(tmp_path / "after", "access") == []


async def test_what_cannot_happen_is_found_where_somebody_wrote_it_into_the_stream(
    story: ReportStory, tmp_path: Path
) -> None:
    """The scripts refuse all of it: whoever writes to Redis does not."""
    await story.granted("U0ALICE", "U0ALICE", uses=0)
    await story.granted("agent:ag_1", "U0ALICE", uses=0, detail_behind="U0ALICE")
    for by, behalf in (("person:U0BOB", "U0CARLA"), ("person:U0CARLA", ""), ("machine:deploy", "U0EVE")):
        request = await story.asks("U0EVE")
        await story.told(Tag.REQUEST_STEP_APPROVED, request, "person:U0CARLA", "U0EVE", detail_step="1")
        duty: dict[str, Any] = {"detail_behalf": behalf} if behalf else {}
        await story.told(Tag.REQUEST_APPROVED, request, by, "U0EVE", detail_step="2", **duty)
    taken = await story.asks("U0EVE")
    await story.told(Tag.EMERGENCY_USED, taken, "person:U0EVE", "U0EVE", detail_reason="down")
    await story.told(Tag.EMERGENCY_REVIEWED, taken, "person:U0EVE", "U0EVE", detail_note="fine")
    forged = await story.asks("U0EVE")
    await story.told(Tag.GRANT_REVEALED, forged, "person:U0EVE", "U0EVE")
    await told(story, tmp_path)
    assert found(tmp_path) == {
        "own_request": 1, "own_program": 1, "counted_twice": 2, "own_duty": 1, "program_decided": 1,
        "own_review": 1, "no_decision": 1,
    }  # fmt: skip


async def test_what_can_happen_and_should_be_looked_at_is_found(story: ReportStory, tmp_path: Path) -> None:
    await story.granted("U0ALICE", "U0BOB", uses=0)
    await story.granted("U0BOB", "U0ALICE", uses=0)
    await story.granted("machine:deploy", "U0CARLA", uses=0)
    handed = {"detail_to": "U0FRED", "detail_until": str(story.at + DAY)}
    await story.add(Tag.DUTY_DELEGATED, "person:U0EVE", handed)
    await story.granted("U0EVE", "U0FRED", uses=0)
    taken = await story.asks("U0ALICE")
    await story.told(Tag.EMERGENCY_USED, taken, "person:U0ALICE", "U0ALICE", detail_reason="down")
    await story.told(Tag.EMERGENCY_REVIEWED, taken, "person:U0BOB", "U0ALICE", detail_note="fine")
    again = await story.asks("U0DANA")
    await story.told(Tag.EMERGENCY_USED, again, "person:U0DANA", "U0DANA", detail_reason="down again")
    await story.add(Tag.SECRET_READ, "cli:root", {"variables": STRIPE, "detail_reason": "a new vault"})
    await story.add(Tag.SECRET_CHANGED, "person:U0CARLA", {"variables": STRIPE})
    await told(story, tmp_path)
    assert found(tmp_path) == {
        "mutual_pair": 1, "administrator_approved": 1, "nobody_behind": 1, "holds_their_duty": 1,
        "close_reviewer": 1, "not_reviewed": 1, "read_on_host": 1,
    }  # fmt: skip
    first, second = rows(tmp_path, "emergencies")
    assert (first["reviewer"], first["note"], second["reviewed"]) == ("U0BOB", "fine", "")


async def test_approvers_are_told_with_their_times_and_their_share_of_yes(
    story: ReportStory, tmp_path: Path
) -> None:
    for after in (2_000, 8_000, MINUTE):
        await story.granted("U0ALICE", "U0BOB", after=after, uses=0)
    request = await story.asks("U0EVE")
    why = {"detail_reason": "ask for staging first"}
    await story.told(Tag.REQUEST_DENIED, request, "person:U0BOB", "U0EVE", after=30_000, **why)
    await told(story, tmp_path, kind=ReportKind.APPROVERS)
    (bob,) = rows(tmp_path, "approvers")
    assert (bob["decisions"], bob["yes"], bob["no"], bob["yes_share"]) == ("4", "3", "1", "0.75")
    assert (bob["median"], bob["fastest"], bob["slowest"], bob["quick"]) == ("19.0", "2.0", "60.0", "1")
    assert [(row["decision"], row["why"]) for row in rows(tmp_path, "decisions")][-1] == (
        "no", "ask for staging first",
    )  # fmt: skip
    pairs = rows(tmp_path, "pairs")
    assert [(row["approver"], row["requester"], row["yes"], row["no"]) for row in pairs] == [
        ("U0BOB", "U0ALICE", "3", "0"), ("U0BOB", "U0EVE", "0", "1"),
    ]  # fmt: skip


@pytest.mark.parametrize("holds", [True, False])
async def test_administrators_are_those_of_the_policy_that_held_and_of_no_other(
    story: ReportStory, tmp_path: Path, holds: bool
) -> None:
    digest = "abcdef0123456789"
    await story.add(Tag.POLICY_LOADED, "bot", {"detail_policy": digest[:12], "detail_rules": "2"})
    await story.add(Tag.PRINCIPAL_LOCKED, "person:U0DANA", {"requester": "U0EVE", "detail_reason": "left"})
    await story.seal()
    policy = Policy(
        rules=(),
        channel="C0",
        digest=digest if holds else "another",
        security=PrincipalSet(("U0DANA",)),
        owners=(Owners(("production/*",), PrincipalSet(("S0PAYMENTS",))),),
    )
    await story.report(tmp_path, story.query(), policy=policy)
    named = {(row["who"], row["by"], row["of"], row["acts"]) for row in rows(tmp_path, "administrators")}
    if holds:
        assert named == {
            ("U0DANA", "policy: security", "", "1"),
            ("S0PAYMENTS", "policy: owners", "production/*", "0"),
        }
    else:
        assert named == {("U0DANA", "what they did", "", "1")}
        assert "is not the one that held" in (tmp_path / "report.html").read_text("utf-8")


async def test_alerts_and_access_reviews_are_told_as_they_stand_at_the_end(
    story: ReportStory, tmp_path: Path
) -> None:
    """The events of the helpers' parts, by their tags; a judgement after the time is not known in it."""
    about = {"requester": "U0EVE", "variables": STRIPE}
    for alert in ("a1", "a2"):
        said = {"detail_alert": alert, "detail_facts": "odd_hour,burst", "detail_requests": "r1"}
        await story.add("signal.raised", "bot", {**about, **said})
    judged = {"detail_alert": "a1", "detail_disposition": "look_into_it"}
    await story.add("signal.judged", "person:U0DANA", {**about, **judged})
    judged |= {"detail_disposition": "expected", "detail_note": "on call that night"}
    await story.add("signal.judged", "person:U0DANA", {**about, **judged})
    opened = {
        "detail_review": "v1",
        "detail_what": "everything",
        "detail_items": "3",
        "detail_until": str(NOON),
    }
    await story.add("review.opened", "person:U0DANA", opened)
    item = {"detail_review": "v1", "detail_item": "1", "detail_kind": "rule", "detail_who": "U0EVE"}
    item |= {"detail_rule": "payments", "detail_verdict": "revoke", "detail_reason": "left the team"}
    await story.add("review.item_judged", "person:U0CARLA", item)
    counts = {"detail_keep": "1", "detail_reduce": "0", "detail_revoke": "1", "detail_open": "1"}
    await story.add(
        "review.closed", "person:U0DANA", {"detail_review": "v1", "detail_pack": "ab" * 32, **counts}
    )
    end = story.at + 1
    await story.add(
        "signal.judged", "person:U0DANA", {**about, "detail_alert": "a2", "detail_disposition": "expected"}
    )
    await told(story, tmp_path, kind=ReportKind.REVIEWS, end=end)
    first, second = rows(tmp_path, "alerts")
    assert (first["disposition"], first["judged_by"], first["note"]) == (
        "expected",
        "U0DANA",
        "on call that night",
    )
    assert (second["disposition"], second["facts"]) == ("nobody has looked at it", "odd_hour, burst")
    (review,) = rows(tmp_path, "access_reviews")
    assert (review["items"], review["keep"], review["revoke"], review["open"]) == ("3", "1", "1", "1")
    assert review["pack"] == "ab" * 32
    (said_of,) = rows(tmp_path, "review_items")
    assert (said_of["about"], said_of["verdict"], said_of["reason"]) == ("U0EVE", "revoke", "left the team")


async def test_a_redacted_text_shows_as_redacted_and_one_that_was_changed_as_changed(
    story: ReportStory, tmp_path: Path
) -> None:
    for _ in range(3):
        await story.granted("U0ALICE", "U0BOB", uses=0)
    events = [event for event, fields in await story.sealed.entries() if "typed" in fields]
    key = story.sealed.harness.runner.key("typed", str(day_of(events[0])))
    await story.client.hdel(key, events[0])
    await story.client.hset(key, events[1], '{"reason": ["00", "what they never said"]}')
    await told(story, tmp_path)
    reasons = [row["reason"] for row in rows(tmp_path, "access")]
    assert reasons == ["(removed)", "(not what was said then)", "a failed refund"]
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Texts that people typed and that were taken away, or are not kept any longer: 1." in page
    assert "Texts that people typed and that are not what was said then: 1." in page
    assert "never said" not in page


async def test_events_that_somebody_made_up_stop_no_report(story: ReportStory, tmp_path: Path) -> None:
    """Whoever writes to Redis, or another version: numbers without end, words that nobody knows, no actor."""
    many = "9" * 5_000
    names = (
        "until",
        "count",
        "rules",
        "expires_at",
        "items",
        "times",
        "lost_size",
        "found_size",
        "size",
        "step",
    )
    detail = {f"detail_{name}": many for name in names} | {"detail_alert": "a", "detail_review": "v"}
    for tag in (
        *Tag,
        "signal.raised",
        "signal.judged",
        "review.opened",
        "review.item_judged",
        "review.closed",
        "",
        "x",
    ):
        for actor in ("", ":::", "person:", "cli:" + "x" * 300, "next:thing"):
            about = {"request": "r1", "requester": "a:b:c", "variables": ",,/,x"}
            await story.add(tag, actor, {**about, **detail}, after=0)
    made = await told(story, tmp_path)
    assert rows(made, "population")
    assert rows(made, "duties")


async def test_a_declared_fork_within_the_time_is_two_trees_and_says_what_was_lost(
    story: ReportStory, tmp_path: Path
) -> None:
    await story.granted("U0ALICE", "U0BOB", uses=0)
    await story.seal()
    before = await story.sealed.dump()
    await story.granted("U0EVE", "U0BOB", uses=0)
    await story.seal()
    lost = await story.sealed.head()
    await story.go_back(before)
    await story.granted("U0FRED", "U0BOB", uses=0)
    await story.seal()
    made = await story.report(tmp_path, story.query())
    assert made.checked.outcome is Outcome.VALID
    assert any(
        told.startswith(f"Lost before {lost.origin}/1 began, as its first event says: ")
        for told in made.missing
    )
    assert {row["tree"] for row in rows(tmp_path, "population")} == {lost.origin, f"{lost.origin}/1"}
    assert {row["requester"] for row in rows(tmp_path, "access")} == {"U0ALICE", "U0FRED"}
    assert independent.check_report(tmp_path, str(KEY))


def test_every_control_has_a_mark_and_says_where_its_evidence_is() -> None:
    assert {one.control.split()[0] for one in LIST} >= {
        "CC6.1", "CC6.2", "CC6.3", "CC7.2", "CC7.3", "CC8.1", "A.5.3", "A.5.15", "A.5.16", "A.5.17", "A.5.18",
        "A.8.2", "A.8.3", "A.8.5", "A.8.15", "A.8.16",
    }  # fmt: skip
    assert {one.mark for one in LIST} == set(Coverage)
    assert all(one.how and one.evidence for one in LIST)
