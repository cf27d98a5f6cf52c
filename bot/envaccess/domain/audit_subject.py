"""Whom or what somebody looks for in the audit stream, and which events are about it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.ids import parse_id
from envaccess.domain.policy.variable_sets import parse_set, set_label
from envaccess.domain.screening import looks_secret
from envaccess.domain.typed_parts import BadCommand, Problem, echo, read_mention, read_target_word
from envaccess.domain.variable import Variable

ABOUT: Final = "about"
"""The detail of `audit.read` that says what was looked for."""
_EVENT: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,15})", re.ASCII)
_PERSON, _AGENT = f"{ActorKind.PERSON}:", f"{ActorKind.AGENT}:"
_SESSION: Final = re.compile(r"(?:se|ag)_[0-9a-z]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AuditSubject:
    """What events are looked for about. A word that may be a name and an id is looked for as both.

    Attributes:
        variables: as they are named, or as the policy's set has them.
        named_set: a set whose variables are meant, without its `@`; else empty.
        person: a Slack user id.
        program: `machine:deploy`, `agent:ag_7k2p`.
        request: a request's id, which is its grant's too.
        session: a session's id.
        event: the id of one event, which alone is shown.
    """

    variables: tuple[Variable, ...] = ()
    named_set: str = ""
    person: str = ""
    program: str = ""
    request: str = ""
    session: str = ""
    event: str = ""

    def __str__(self) -> str:
        """As it is typed: `STRIPE_KEY`, `@U0BOB`, `machine:deploy`, `@shop`, `7k2m9xq4`."""
        if self.named_set:
            return set_label(self.named_set)
        if self.variables:
            # In small letters it may be an id as well, and is typed so.
            return self.variables[0].label
        return (
            f"@{self.person}" if self.person else self.program or self.request or self.session or self.event
        )

    @property
    def told(self) -> str:
        """As an event says it: of a person the text of an actor, else as it is typed."""
        return str(Actor(ActorKind.PERSON, self.person)) if self.person else str(self)

    def of(self, variables: Sequence[Variable]) -> "AuditSubject":
        """The same with the variables that its set has now."""
        return replace(self, variables=tuple(variables))

    @property
    def words(self) -> tuple[str, ...]:
        """Texts of which an event that is about it has at least one among its fields."""
        named = map(str, self.variables)
        return tuple(word for word in (*named, self.person, self.program, self.request, self.session) if word)

    def concerns(self, event: Event) -> bool:
        """Whether an event is about it; that somebody looked for it is not."""
        if self.event:
            return event.id == self.event
        if set(event.variables).intersection(map(str, self.variables)):
            return True
        return not set(_named(event)).isdisjoint(self.words)


def _named(event: Event) -> Iterator[str]:
    """Everybody and everything that an event names, apart from its variables."""
    requester = event.requester.partition("/")[0]
    yield from (event.request, event.grant, requester, requester.removeprefix(_AGENT), str(event.actor))
    if event.actor.kind in {ActorKind.PERSON, ActorKind.AGENT}:
        yield event.actor.id
    for name, value in event.detail.items():
        if not (event.event == Tag.AUDIT_READ and name == ABOUT):
            yield from (one.removeprefix(_PERSON) for one in value.split(","))


def read_subject(word: str) -> AuditSubject | BadCommand:
    """Read a variable, a set, a person, a machine or an agent, or the id of a request, session or event."""
    if looks_secret(word):
        return BadCommand(Problem.SUBJECT, verb="audit")
    if (name := parse_set(word)) and not read_mention(word):
        return AuditSubject(named_set=name)
    if _EVENT.fullmatch(word):
        return AuditSubject(event=word)
    session = word if _SESSION.fullmatch(word) else ""
    target, request = read_target_word(word), parse_id(word) or ""
    if target is None and not request:
        return BadCommand(Problem.SUBJECT, echo(word), "audit")
    variables = (target.variable,) if target and target.variable else ()
    person, program = (target.person, target.program) if target else ("", "")
    return AuditSubject(variables, "", person, program, request, session)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found.

    Attributes:
        events: the newest first.
        looked: how many events of all were looked at.
        reached: the id of the last of them; empty for none.
        at: when that was, milliseconds; 0 for none.
        ended: whether there is nothing further that way.
    """

    events: tuple[Event, ...] = ()
    looked: int = 0
    reached: str = ""
    at: int = 0
    ended: bool = True


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of what is known about something, as it is shown.

    Attributes:
        newest: whether it begins with the newest event of all.
        newer: whether it was looked for towards now.
    """

    subject: AuditSubject
    look: Look
    newest: bool = True
    newer: bool = False
