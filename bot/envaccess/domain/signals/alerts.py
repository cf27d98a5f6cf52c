"""Alerts: two facts or more about one person within an hour.

At most one a person in 24 hours, and none in the first 14 days of a workspace, when everything is a first
time. What an agent does counts for its person, so that nobody is alerted less by having others ask for them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Final

from envaccess.domain.audit import ActorKind, Event, Tag, read_actor
from envaccess.domain.session import LoginCard
from envaccess.domain.signals.facts import distinct

HOUR: Final = 3_600_000
"""Milliseconds within which facts belong together."""
DAY: Final = 24 * HOUR
APART: Final = DAY
"""Milliseconds between two alerts about one person, at least."""
SILENT: Final = 14 * DAY
"""Milliseconds from the begin of a workspace in which there is no alert."""
FACTS_MIN: Final = 2
"""Different facts that make an alert."""
NOTICED_MAX: Final = 6
"""Facts of an hour that are remembered of one person."""
_TRIED: Final = frozenset({Tag.ACCESS_REFUSED, Tag.ACCESS_REFUSED_COUNT})
"""Often of somebody else's request."""
_write: Final = json.JSONEncoder(separators=(",", ":")).encode
"""As `json.dumps` does, which makes an encoder for every call."""
_KEPT: Final = ("fact", "at", "event", "request", "variables", "hour", "person")
"""What is kept of a fact, in this order."""
_kept: Final = attrgetter(*_KEPT)
_NAMES_MAX: Final = 2
_NAME_MAX: Final = 60


class Disposition(StrEnum):
    """What somebody made of an alert; the value stands in events and is stable."""

    LOOK_INTO_IT = "look_into_it"
    EXPECTED = "expected"
    NOT_EXPECTED = "not_expected"


@dataclass(frozen=True, slots=True)
class NoticedFact:
    """One unusual fact about somebody.

    Attributes:
        fact: its code (`facts.Fact`), or that of another version.
        at: milliseconds since the epoch, and so are the other times.
        event: in which event it was noticed.
        request: what that was about; else empty.
        variables: the first few of its names.
        hour: the local hour of who asked; -1 where nobody knows it.
        person: the Slack user id of who acted, or of the person behind; empty where nobody is known.
    """

    fact: str
    at: int
    event: str
    request: str = ""
    variables: tuple[str, ...] = ()
    hour: int = -1
    person: str = ""


@dataclass(frozen=True, slots=True)
class AlertWindow:
    """What is remembered of one person in order to alert.

    Attributes:
        noticed: the facts of the last hour, of each kind the newest.
        alerted_at: when the last alert about them was raised; 0: never.
    """

    noticed: tuple[NoticedFact, ...] = ()
    alerted_at: int = 0


def subject_of(event: Event) -> tuple[str, str]:
    """Whom the facts of an event are about, as records name them, and which person that is.

    An agent's are about its person, and about nobody where that is not known: else they would judge
    alerts about their own. A machine's are about the machine, whoever started it. Both are empty where it is
    about none of these: the host, time, a terminal that is nobody's yet.
    """
    actor = event.actor
    if event.requester and event.event not in _TRIED:
        actor = read_actor(event.requester)
        if not actor.id:  # a person's id stands alone
            return str(actor.kind), str(actor.kind)
    if actor.kind == ActorKind.AGENT:
        return event.behind, event.behind
    if actor.kind == ActorKind.MACHINE:
        return str(actor), event.behind
    return (actor.id, actor.id) if actor.kind == ActorKind.PERSON else ("", "")


def facts_in(event: Event, facts: Sequence[str], hour: int = -1) -> tuple[NoticedFact, ...]:
    """These facts as noticed in this event."""
    if not facts:
        return ()
    names = tuple([name[:_NAME_MAX] for name in event.variables[:_NAMES_MAX]])
    _, person = subject_of(event)
    return tuple(
        [
            NoticedFact(fact, event.at, event.id, event.request, names, hour, person)
            for fact in dict.fromkeys(facts)
        ]
    )


def notice(
    window: AlertWindow, new: Sequence[NoticedFact], now: int, since: int
) -> tuple[AlertWindow, tuple[NoticedFact, ...]]:
    """What is remembered from now on, and the facts of the alert that is to be raised; none for no alert.

    Args:
        window: what was remembered of this person.
        new: what was noticed in an event of theirs.
        now: when that was.
        since: when the workspace began to be watched.
    """
    kinds = {found.fact: found for found in (*window.noticed, *new) if 0 <= now - found.at < HOUR}
    noticed = tuple(sorted(kinds.values(), key=lambda found: found.at))[-NOTICED_MAX:]
    alerted_at = window.alerted_at if window.alerted_at <= now else 0
    quiet = now - since < SILENT or (alerted_at and now - alerted_at < APART)
    if quiet or distinct(found.fact for found in noticed) < FACTS_MIN or not new:
        return AlertWindow(noticed, alerted_at), ()
    return AlertWindow((), now), noticed


def window_text(window: AlertWindow) -> str:
    """As it is kept."""
    return _write((window.alerted_at, list(map(_kept, window.noticed))))


def read_window(text: str | None) -> AlertWindow:
    """What is kept; what cannot be read is forgotten, and stops nothing."""
    if not text:
        return AlertWindow()
    try:
        alerted_at, told = json.loads(text)
        noticed = [read_fact(dict(zip(_KEPT, one, strict=True))) for one in told]
        return AlertWindow(tuple(noticed), int(alerted_at))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return AlertWindow()


def read_fact(found: Mapping[str, object]) -> NoticedFact:
    """A fact as JSON keeps it. Raises `KeyError`, `TypeError`, `ValueError`."""
    names = found["variables"]
    if not isinstance(names, list):
        raise TypeError
    return NoticedFact(
        fact=str(found["fact"]),
        at=int(str(found["at"])),
        event=str(found["event"]),
        request=str(found["request"]),
        variables=tuple(map(str, names)),
        hour=int(str(found["hour"])),
        person=str(found["person"]),
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody made of an alert.

    Attributes:
        by: their Slack user id.
        note: what they found; empty where they said nothing, or where it was taken away.
        mac: names what was sealed when they judged.
    """

    disposition: Disposition
    by: str
    at: int
    note: str = ""
    mac: str = ""


def may_follow(last: Disposition | None, disposition: Disposition) -> bool:
    """Whether an alert may be judged so that was judged so last; None: never.

    What somebody looks into is closed by what was found, and nothing else opens or closes it again.
    """
    if last is None:
        return disposition is not Disposition.NOT_EXPECTED
    return last is Disposition.LOOK_INTO_IT and disposition is not Disposition.LOOK_INTO_IT


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands.

    Attributes:
        about: whom it is about, as records name them: a person's bare user id, else `machine:NAME`.
        people: the persons whom it is about or who are behind it: none of them judges it.
        facts: what was noticed, the oldest first.
        at: when it was raised.
        mac: names what was sealed when it was raised.
        judgements: what was made of it, the last last.
        version: grows with every change that is drawn.
        card: its message; `place` is the audit channel.
    """

    id: str
    about: str
    people: tuple[str, ...]
    facts: tuple[NoticedFact, ...]
    at: int
    mac: str = ""
    judgements: tuple[Judgement, ...] = ()
    version: int = 0
    card: LoginCard = field(default_factory=LoginCard)

    @property
    def judged(self) -> Judgement | None:
        """The last judgement; None where nobody has judged it."""
        return self.judgements[-1] if self.judgements else None

    @property
    def is_open(self) -> bool:
        """Whether somebody has still to say what it was."""
        return self.judged is None or self.judged.disposition is Disposition.LOOK_INTO_IT

    @property
    def is_drawn(self) -> bool:
        """Whether there is a message about it."""
        return True

    def can_become(self, disposition: Disposition) -> bool:
        """Whether it may be judged so now."""
        return may_follow(self.judged.disposition if self.judged else None, disposition)
