"""The digest's message: inert, and within what Slack takes, whatever people and names there are."""

import json

import pytest

from envaccess.domain.audit import Tag, person
from envaccess.domain.signals.digest import Digest, DigestSums
from envaccess.domain.signals.weeks import MONDAY, last_week
from envaccess.slack.render.blocks import JSON_LIMIT, MESSAGE_LIMIT, Rendered
from envaccess.slack.render.digest import render_week
from slack_emulator.blockkit import wrong_in_message
from tests.fakes.digests import DAY, HOUR, MINUTE, SECOND, Weeks

WEEK = last_week(MONDAY, 1_795_000_000_000)
PATCH = "rules:\n" + "  - match: production/X\n" * 200


def summed(weeks: Weeks) -> Digest:
    sums = DigestSums(WEEK)
    sums.begins(weeks.events[0].at)
    for event in weeks.events:
        sums.take(event)
    return sums.digest()


@pytest.fixture
def weeks() -> Weeks:
    old = Weeks(WEEK.since - 400 * DAY)
    old.add(Tag.BOT_STARTED)
    old.at = WEEK.since - 20 * DAY
    return old


def texts(rendered: Rendered) -> list[str]:
    """Every text of a message."""

    def inner(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [text for part in parts for text in inner(part)]

    return [rendered.text, *inner(rendered.blocks)]


def crowd(weeks: Weeks, people: int) -> Weeks:
    """Everybody does everything: fast approvals, pairs, unused grants, alerts, emergencies, refusals."""
    name = "x" * 60
    for number in range(people):
        who, other = f"U0{number:018}", f"U0{number + 1:018}"
        long = f"{name}{number % 300}/{'Y' * 60}{number % 7}"
        weeks.approved(who, other, long, after=2 * SECOND)
        weeks.at = min(weeks.at, WEEK.until - HOUR)
    for number in range(0, people, 20):
        who, other = f"U0{number:018}", f"U0{number + 1:018}"
        for _ in range(6):
            weeks.approved(who, other, after=2 * SECOND)
            weeks.then(Tag.GRANT_EXPIRED, weeks.approved(other, who, after=2 * SECOND))
        weeks.then(Tag.EMERGENCY_USED, weeks.ask(who), who)
        weeks.add("signal.raised", requester=who, detail={"alert": f"al_{number}"})
        weeks.add("review.opened", detail={"review": f"rev_{number}"})
    for tag in (Tag.AUDIT_GAP, Tag.SEAL_BROKEN, Tag.SINK_LOST, Tag.RECORD_REFUSED, Tag.BACKUP_RESTORED):
        weeks.at = WEEK.until - HOUR
        weeks.add(tag)
    return weeks


@pytest.mark.parametrize("chart", [True, False])
def test_a_crowd_fits_in_one_message(weeks: Weeks, chart: bool) -> None:
    drawn = render_week(summed(crowd(weeks, 1_000)), WEEK.due + DAY, PATCH, again=True, chart=chart)
    assert wrong_in_message(drawn.blocks) == []
    assert len(json.dumps(drawn.blocks, ensure_ascii=False, separators=(",", ":"))) <= JSON_LIMIT
    assert sum(map(len, texts(drawn))) <= MESSAGE_LIMIT
    assert len(drawn.text) <= 3_000


HOSTILE = [
    "<!channel>",
    "*bold*`code`",
    "a&b<https://evil.example|x>",
    "\u202eabc",
    "x\ny",
    "</svg><script>",
    "U0" * 9,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_and_ids_with_markup_stay_what_they_are(weeks: Weeks, name: str) -> None:
    weeks.at = WEEK.since
    for _ in range(12):
        weeks.approved(name, "U0BOB", f"{name}/{name}")
    weeks.then(Tag.GRANT_EXPIRED, weeks.approved(name, name, name))
    weeks.then(Tag.EMERGENCY_USED, weeks.ask(f"machine:{name}"))
    weeks.add("signal.raised", requester=name, detail={"alert": name, "facts": name})
    weeks.add("signal.judged", detail={"alert": name, "disposition": name})
    weeks.add(Tag.ACCESS_REFUSED, actor=person(name), detail={"why": name})
    drawn = render_week(summed(weeks), WEEK.due, "", again=False, chart=True)
    assert wrong_in_message(drawn.blocks) == []
    for text in texts(drawn):
        assert "<!channel" not in text
        assert "<https" not in text
        assert "*bold*" not in text.replace("`*bold*\u02cbcode\u02cb", "")


def test_an_empty_week_says_that_nothing_waits(weeks: Weeks) -> None:
    weeks.add(Tag.AUDIT_CHECKPOINT, detail={"size": "1"})
    drawn = render_week(summed(weeks), WEEK.due, "", again=False, chart=True)
    assert wrong_in_message(drawn.blocks) == []
    assert "• Nothing waits for anybody." in "\n".join(texts(drawn))
    assert drawn.text == "Access from 2026-11-09 to 2026-11-15"


def test_no_typed_text_reaches_it(weeks: Weeks) -> None:
    weeks.at = WEEK.since
    for tag in Tag:
        asked = weeks.ask()
        weeks.then(tag, asked, "U0BOB", MINUTE, reason="typed-by-a-person", text="typed-by-a-person")
    for chart in (True, False):
        drawn = render_week(summed(weeks), WEEK.due, "", again=False, chart=chart)
        assert not [text for text in texts(drawn) if "typed-by" in text]
