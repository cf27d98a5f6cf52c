"""Locks: a person, a program or a variable for which nothing goes on until somebody unlocks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from envaccess.domain.principal import PROGRAMS, read_principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable

_PERSON, _VARIABLE = "person", "variable"
_PROGRAM: Final = re.compile(r"(?:machine|agent):[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """What a lock is about: one person, one variable, one machine with all its runs, or one agent.

    Attributes:
        person: a Slack user id; empty where it is something else.
        program: `machine:deploy`, `agent:ag_7k2p`; else empty.
    """

    person: str = ""
    variable: Variable | None = None
    program: str = ""

    def __str__(self) -> str:
        """As the store keeps it: `person:U0BOB`, `machine:deploy`, `variable:default/STRIPE_KEY`."""
        if self.program:
            return self.program
        return f"{_PERSON}:{self.person}" if self.person else f"{_VARIABLE}:{self.variable}"


def read_target(text: str) -> Target:
    """The inverse of `str(target)`; of what is none, a target that names nothing."""
    kind, _, name = text.partition(":")
    if kind == _PERSON:
        return Target(person=name)
    if kind in PROGRAMS and name:
        return Target(program=text)
    environment, slash, name = name.partition("/")
    return Target(variable=Variable(environment, name)) if slash else Target()


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that holds.

    Attributes:
        id: of its event in the audit stream; a later lock on the same target has another.
        by: the text of the actor who locked.
        at: milliseconds since the epoch, Redis time.
        why: what they gave as the reason.
    """

    id: str
    target: Target
    by: str
    at: int
    why: str


Locks = Mapping[Target, Lock]


def read_program(word: str) -> Target | None:
    """A machine or an agent as it is typed and shown, `machine:deploy`; None for what is neither."""
    return Target(program=word) if _PROGRAM.fullmatch(word) else None


def target_of(who: str) -> Target:
    """What a lock on somebody is about whom records name so; of a run, its machine."""
    principal = read_principal(who)
    return Target(person=who) if principal.is_person else Target(program=str(principal.actor))


def first_lock(locks: Locks, people: Iterable[str] = (), variables: Iterable[Variable] = ()) -> Lock | None:
    """The first lock on any of these, of whom people and programs are named as records do; None: none."""
    if not locks:
        return None
    targets = [*map(target_of, people), *(Target(variable=name) for name in variables)]
    return next((locks[target] for target in targets if target in locks), None)


def locked_out(lock: Lock, request: str = "") -> Refusal:
    """What somebody is told who meets a lock."""
    return Refusal(
        Reason.LOCKED, request=request, by=lock.by, at=lock.at, hint=lock.why, target=str(lock.target)
    )
