"""What happened, from three sides: what people sent and were told, what Slack was shown, and the streams."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Act(StrEnum):
    """What somebody does."""

    FILE = "file"
    EMERGENCY = "emergency"
    EXTEND = "extend"
    APPROVE = "approve"
    DENY = "deny"
    WITHDRAW = "withdraw"
    END = "end"
    REVEAL = "reveal"
    DELIVER = "deliver"
    """A pipeline gets a value."""


class Heard(StrEnum):
    """What they were told of it."""

    DONE = "done"
    REFUSED = "refused"
    UNSURE = "unsure"
    """Not confirmed yet, or not known: both say so."""
    NOTHING = "nothing"
    """No answer came."""


@dataclass(slots=True)
class Step:
    """Something that somebody did, and what they were told.

    Attributes:
        op: names it; Slack's trigger.
        at: milliseconds since 1970, when it was sent.
        request: the request that it is about, or that came of it; empty where none is known.
        mark: the word in the reason that names it; empty where no reason was typed.
        seconds: asked for.
        told_at: when the answer came.
        words: the answer.
    """

    op: str
    team: str
    who: str
    act: Act
    at: int
    request: str = ""
    variable: str = ""
    mark: str = ""
    seconds: int = 0
    heard: Heard = Heard.NOTHING
    told_at: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that went out.

    Attributes:
        team: whose bot sent it.
        to: who could see it there: a person, or a channel.
        owner: the workspace whose value it is.
    """

    team: str
    to: str
    owner: str
    variable: str
    at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a stream."""

    id: str
    tag: str
    at: int
    actor: str
    request: str
    requester: str
    variables: tuple[str, ...]
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that was done to the servers or the product.

    Attributes:
        failover: whether the store's primary changed.
        over: when everything was well again.
    """

    what: str
    at: int
    over: int
    failover: bool


@dataclass
class History:
    """All of it.

    Attributes:
        entries: by workspace, in the stream's order.
        lines: by workspace, the ids of the events that the audit channel was told of, and when, in order.
        drawn: when a request was first posted anywhere, by its id.
    """

    steps: list[Step] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    lines: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    drawn: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_entry(id_: str, fields: Mapping[str, str]) -> Entry:
    """An event as the stream has it."""
    names = fields.get("variables", "")
    return Entry(
        id=id_,
        tag=fields.get("event", ""),
        at=int(fields.get("at") or id_.partition("-")[0]),
        actor=fields.get("actor", ""),
        request=fields.get("request", ""),
        requester=fields.get("requester", ""),
        variables=tuple(names.split(",")) if names else (),
        detail=json.loads(fields.get("detail") or "{}"),
    )
