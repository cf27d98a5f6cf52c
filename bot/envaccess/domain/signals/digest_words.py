"""A digest in words: what needs doing first. Slack and the terminal show the same lines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from envaccess.domain.duration import spell_seconds
from envaccess.domain.signals.alerts import Disposition
from envaccess.domain.signals.approvers import EDGES, Approver
from envaccess.domain.signals.digest import WEEKS, Counted, Digest
from envaccess.domain.signals.open_items import LOOKED_AT, UNJUDGED, OpenItem
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.text import count

SUGGESTIONS_SHOWN: Final = 3
SLOW_SECONDS: Final = 3_600
"""Approvers are slow from this median on."""
_SLOW_LEAST: Final = 3
_LATE: Final = 3_600_000
_STALE: Final = 3_600_000
_BARS: Final = "▁▂▃▄▅▆▇█"
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a surface names things that are not ours.

    Attributes:
        person: of a Slack user id, or of how an event names a program.
        name: of a variable, an environment or an id.
        when: of a moment in milliseconds.
        shown: people, pairs and open things that are named; of the others the number is told.
    """

    person: Callable[[str], str]
    name: Callable[[str], str]
    when: Callable[[int], str]
    shown: int = 3


_ROWS: Final[Mapping[Counted, str]] = {
    Counted.REQUESTS: "Requests",
    Counted.APPROVED: "Approved by people",
    Counted.AUTOMATIC: "Approved by a rule",
    Counted.DENIED: "Denied",
    Counted.TIMED_OUT: "Timed out",
    Counted.EMERGENCIES: "Emergencies",
    Counted.REVEALS: "Reveals",
    Counted.REFUSALS: "Refused attempts",
}


def title(digest: Digest) -> str:
    """`Access from 2026-11-16 to 2026-11-22`."""
    return f"Access from {digest.week.first} to {digest.week.last}"


def remarks(digest: Digest, now: int, spelling: Spelling) -> Iterator[str]:
    """What somebody has to know in order to read it."""
    due = digest.week.due
    if now - due >= _LATE:
        yield f"This digest is late: it was due {spelling.when(due)}."
    if digest.began > digest.week.since:
        yield f"The audit stream begins {spelling.when(digest.began)}: this is not a whole week."
    elif digest.before is None:
        yield "The audit stream has no whole week before this one: nothing is compared."
    if digest.partial:
        yield "There was more than a digest counts: the numbers are the least that there were."


def to_do(digest: Digest, now: int, spelling: Spelling) -> list[str]:
    """What waits for somebody, the most urgent first; none where nothing does."""
    items = digest.items
    return [
        *_open(
            items.emergencies, "emergency waits for its review", "emergencies wait for their review", spelling
        ),
        *_open(items.alerts, "alert is judged by nobody", "alerts are judged by nobody", spelling),
        *_open(items.looked_into, "alert is still looked into", "alerts are still looked into", spelling),
        *_open(items.reviews, "access review is open", "access reviews are open", spelling),
        *_alarms(digest),
        *_seal(digest, now, spelling),
        *_rash(digest, spelling),
        *_pairs(digest, spelling),
    ]


def _open(items: Sequence[OpenItem], one: str, many: str, spelling: Spelling) -> Iterator[str]:
    if not items:
        return
    oldest = sorted(items, key=lambda item: item.at)
    told = [
        f"{spelling.person(item.about)}, {spelling.when(item.at)}" if item.about else spelling.when(item.at)
        for item in oldest[: spelling.shown]
    ]
    more = _more(len(items), spelling.shown)
    yield f"{len(items)} {one if len(items) == 1 else many}: {'; '.join(told)}{more}"


def _alarms(digest: Digest) -> Iterator[str]:
    if digest.alarms:
        told = ", ".join(f"{number} {tag}" for tag, number in sorted(digest.alarms.items()))
        yield f"Look into these events in the audit channel: {told}"


def _seal(digest: Digest, now: int, spelling: Spelling) -> Iterator[str]:
    """Events are sealed within a minute; after a weekend in which nothing happened none is due."""
    since = digest.items.unsealed_at
    if since and now - since > _STALE:
        verify = spelling.name("envaccess audit verify")
        yield f"Nothing was sealed since {spelling.when(since)}: run {verify}"


def _rash(digest: Digest, spelling: Spelling) -> Iterator[str]:
    found = [one for one in digest.approvers if one.facts]
    found.sort(key=lambda one: (-len(one.facts), -one.fast, one.who))
    for one in found[: spelling.shown]:
        yield f"{spelling.person(one.who)} {_how(one, digest.fast)}"
    if len(found) > spelling.shown:
        yield f"{len(found) - spelling.shown} more approve fast, or always"


def _how(one: Approver, limit: int) -> str:
    many = "half of them" if one.fast * 2 > one.approved else str(one.fast)
    fast = f", {many} in under {spell_seconds(limit)}" if one.fast else ""
    return f"approved {one.approved} of {count(one.decided, 'request')} in {WEEKS} weeks{fast}"


def _pairs(digest: Digest, spelling: Spelling) -> Iterator[str]:
    for pair in digest.pairs[: spelling.shown]:
        one, other = spelling.person(pair.one), spelling.person(pair.other)
        told = f"{pair.for_other} and {pair.for_one} times in {WEEKS} weeks"
        yield f"{one} and {other} approve each other's requests: {told}"
    more = len(digest.pairs) - spelling.shown
    if more > 0:
        yield f"{count(more, 'more pair')} who approve each other's requests"


def table(digest: Digest) -> list[str]:
    """What was counted, beside the week before: lines of a table in letters of one width."""
    before = digest.before
    head = f"{'':<20}{'week':>8}" + (f"{'before':>9}{'change':>9}" if before is not None else "")
    return [head, *(_row(name, digest.counts.get(key, 0), before, key) for key, name in _ROWS.items())]


def _row(name: str, now: int, before: Mapping[str, int] | None, key: str) -> str:
    row = f"{name:<20}{now:>8,}"
    if before is None:
        return row
    then = before.get(key, 0)
    change = f"{now - then:+,}" if now != then else "="
    return f"{row}{then:>9,}{change:>9}"


def environments(digest: Digest, spelling: Spelling) -> Iterator[str]:
    """Requests by environment, where there are several."""
    found = digest.environments
    if len(found) < 2:  # noqa: PLR2004 - one environment has all of it
        return
    told = [
        f"{spelling.name(name)} {count(counts.get(Counted.REQUESTS, 0), 'request')}"
        f" and {count(counts.get(Counted.REVEALS, 0), 'reveal')}"
        for name, counts in found[: spelling.shown + 1]
    ]
    yield f"By environment: {', '.join(told)}{_more(len(found), spelling.shown + 1)}"


def sparkline(digest: Digest) -> list[str]:
    """Requests of each day as a line of bars, for where no chart can be drawn."""
    this, then = digest.days[_WEEK:], digest.days[:_WEEK]
    most = max(digest.days, default=0)
    lines = [f"{'Requests a day':<20}{_bars(this, most)}  {' '.join(map(str, this))}"]
    if digest.before is not None:
        lines.append(f"{'the week before':<20}{_bars(then, most)}  {' '.join(map(str, then))}")
    return lines


def _bars(days: Sequence[int], most: int) -> str:
    return "".join(_BARS[day * (len(_BARS) - 1) // most] if most else _BARS[0] for day in days)


def facts(digest: Digest, spelling: Spelling) -> Iterator[str]:
    """What else there is to know."""
    yield from environments(digest, spelling)
    if digest.median:
        slow = [one for one in digest.approvers if one.median > SLOW_SECONDS and one.decided >= _SLOW_LEAST]
        slow.sort(key=lambda one: (-one.median, one.who))
        who = ", ".join(f"{spelling.person(one.who)} {_under(one.median)}" for one in slow[: spelling.shown])
        slowest = f". Slowest: {who}{_more(len(slow), spelling.shown)}" if slow else ""
        yield f"Half of the decisions of {WEEKS} weeks came in {_under(digest.median)}{slowest}"
    unused = digest.unused
    if unused.unused:
        people = [f"{spelling.person(who)} {number}" for who, number in unused.people[: spelling.shown]]
        told = f"{', '.join(people)}{_more(len(unused.people), spelling.shown)}"
        yield f"{unused.unused} of {count(unused.ended, 'grant')} ended without a reveal: {told}"
    judged = digest.items.dispositions or {}
    if judged:
        told = ", ".join(f"{number} {_judged(how, spelling)}" for how, number in sorted(judged.items()))
        yield f"{count(sum(judged.values()), 'alert')} raised: {told}"


_JUDGED: Final[Mapping[str, str]] = {
    UNJUDGED: "not judged",
    LOOKED_AT: "looked into",
    str(Disposition.EXPECTED): "expected",
    str(Disposition.NOT_EXPECTED): "not expected",
}


def _judged(how: str, spelling: Spelling) -> str:
    """How an alert was judged; what else an event says is anybody's text."""
    return _JUDGED.get(how) or spelling.name(how)


def suggestion(one: RuleSuggestion, spelling: Spelling) -> str:
    """`12 of 12 requests ... were approved: make it a rule?`."""
    askers, approvers = (
        f"{', '.join(map(spelling.person, people[: spelling.shown]))}{_more(len(people), spelling.shown)}"
        for people in (one.askers, one.approvers)
    )
    asked = f"{one.approved} of {one.approved} requests for {spelling.name(one.variable)}"
    return (
        f"{asked} were approved in {WEEKS} weeks: make it a rule? Asked by {askers}; approved by {approvers}"
    )


def sealed(digest: Digest, spelling: Spelling) -> str:
    """How far the stream is sealed."""
    items = digest.items
    if not items.sealed_at:
        return f"No head of the audit stream was signed in {WEEKS} weeks"
    return f"Sealed: {count(items.size, 'event')}, the last head {spelling.when(items.sealed_at)}"


def _under(median: int) -> str:
    return f"under {spell_seconds(median)}" if median < EDGES[-1] else "a week or more"


def _more(total: int, shown: int) -> str:
    return f" and {total - shown} more" if total > shown else ""
