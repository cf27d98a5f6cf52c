"""Audit lines: the tag first, everything typed inert, the event's id in each."""

from dataclasses import replace

import pytest

from envaccess.domain.audit import TIME, Actor, ActorKind, Event, Tag, person, read_actor
from envaccess.slack.render.lines import render_digest, render_line
from tests.unit.slack.checker import pings
from tests.unit.slack.samples import HOSTILE, NOON, WIDEST


def event(tag: str, **fields: object) -> Event:
    plain: dict[str, object] = {
        "id": "1760000000000-0",
        "event": tag,
        "at": NOON,
        "actor": person("U0BOB"),
        "request": "7k2m9xq4",
        "grant": "7k2m9xq4",
        "variables": ("default/STRIPE_KEY", "staging/DB_URL"),
        "requester": "U0ALICE",
    }
    return Event(**(plain | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("tag", Tag)
def test_every_line_begins_with_its_tag_and_names_its_event(tag: Tag) -> None:
    line = render_line(event(tag))
    assert line.startswith(f"`{tag}` ")
    assert line.endswith("event `1760000000000-0`")
    assert pings(line) <= {"U0ALICE", "U0BOB"}
    assert "\n" not in line


@pytest.mark.parametrize("tag", [*Tag, "later.tag"])
@pytest.mark.parametrize(
    "actor",
    [
        TIME,
        Actor(ActorKind.BOT),
        Actor(ActorKind.CLI, HOSTILE),
        person(HOSTILE),
        Actor(ActorKind.AGENT, HOSTILE),
    ],
)
def test_no_line_can_be_made_to_mention_anybody_or_grow_too_long(tag: str, actor: Actor) -> None:
    hostile = event(
        tag,
        actor=actor,
        requester=HOSTILE,
        request=HOSTILE,
        variables=tuple(map(str, WIDEST)),
        detail={"reason": "&" * 500, "why": HOSTILE * 20, HOSTILE: HOSTILE, "empty": ""},
    )
    line = render_line(hostile)
    assert pings(line) == set()
    assert len(line) <= 4_000


@pytest.mark.parametrize(
    ("tag", "actor", "told"),
    [
        (Tag.REQUEST_CREATED, person("U0ALICE"), "<@U0ALICE> asked for `STRIPE_KEY` and `staging/DB_URL`"),
        (
            Tag.REQUEST_APPROVED,
            person("U0BOB"),
            "<@U0BOB> approved `STRIPE_KEY` and `staging/DB_URL` for <@U0ALICE>",
        ),
        (Tag.GRANT_REVEALED, person("U0ALICE"), "<@U0ALICE> revealed `STRIPE_KEY`"),
        (Tag.GRANT_EXPIRED, TIME, "access of <@U0ALICE> to `STRIPE_KEY` and `staging/DB_URL` ran out"),
        (Tag.SECRET_CHANGED, Actor(ActorKind.CLI, "root"), "`root` on the command line changed `STRIPE_KEY`"),
        (Tag.GRANT_REVOKED, Actor(ActorKind.BOT), "envaccess ended the access of <@U0ALICE>"),
        (Tag.REQUEST_TIMED_OUT, TIME, "nobody decided on `STRIPE_KEY` and `staging/DB_URL` for <@U0ALICE>"),
        (
            Tag.REQUEST_TIMED_OUT,
            Actor(ActorKind.BOT),
            "envaccess let the request of <@U0ALICE> for `STRIPE_KEY` and `staging/DB_URL` lapse",
        ),
    ],
)
def test_lines_read_like_sentences(tag: Tag, actor: Actor, told: str) -> None:
    assert told in render_line(event(tag, actor=actor))


def test_a_refused_attempt_says_what_was_tried_and_why_not() -> None:
    detail = {"tried": "approve", "why": "self_approval"}
    line = render_line(event(Tag.ACCESS_REFUSED, detail=detail))
    assert "<@U0BOB> was refused" in line
    assert "tried `approve`" in line
    assert "why `self_approval`" in line


def test_times_and_spans_in_details_are_told_as_people_say_them() -> None:
    detail = {"seconds": "5400", "expires_at": "1760005400000"}
    line = render_line(event(Tag.GRANT_ACTIVATED, detail=detail))
    assert "for 1 hour 30 minutes" in line
    assert "ends: <!date^1760005400^" in line


@pytest.mark.parametrize("odd", ["", "soon", "1" * 30, "-5", "\u0663"])
def test_odd_numbers_in_details_do_not_break_a_line(odd: str) -> None:
    assert "event `1760000000000-0`" in render_line(
        event(Tag.GRANT_ACTIVATED, detail={"seconds": odd, "expires_at": odd})
    )


def test_a_digest_says_who_did_what_to_which_variables_and_how_often() -> None:
    seen = replace(event(Tag.GRANT_REVEALED), requester="U0ALICE", actor=person("U0ALICE"))
    tried = replace(
        event(Tag.ACCESS_REFUSED), requester="", actor=person("U0MALLORY"), variables=("default/X",)
    )
    lines = render_digest([seen, *[tried] * 40, replace(seen, variables=("staging/Y",))])
    assert lines[0].startswith("`audit.digest` 42 events together · from `")
    assert any(line.startswith("• 2 `grant.revealed` <@U0ALICE>") and "`staging/Y`" in line for line in lines)
    assert "• 40 `access.refused` <@U0MALLORY>: `X`" in lines


def test_a_digest_leaves_no_name_out() -> None:
    many = [replace(event(Tag.GRANT_REVEALED), variables=(f"default/N{n}_{'X' * 120}",)) for n in range(45)]
    lines = render_digest(many)
    assert all(f"N{number}_" in "".join(lines) for number in range(45))
    assert all(len(line) <= 3_000 for line in lines)


AGENT, RUN = "agent:ag_7k2p9xq4", "machine:deploy"
OF_PROGRAMS = [
    (Tag.GRANT_REVEALED, AGENT, {"how": "broker"}, "`STRIPE_KEY` went to the broker of agent `ag_7k2p9xq4`"),
    (
        Tag.GRANT_REVEALED,
        RUN,
        {"how": "ci"},
        "`STRIPE_KEY` went to `deploy` (pipeline) started by <@U0ALICE>",
    ),
    (
        Tag.GRANT_NEW_HOST,
        AGENT,
        {"host": "lenovo-7", "surface": "broker"},
        "went to the broker on `lenovo-7`",
    ),
    (
        Tag.GRANT_REVOKED,
        AGENT,
        {"why": "echo"},
        "access of agent `ag_7k2p9xq4` of <@U0ALICE> to `STRIPE_KEY` ended early",
    ),
    (
        Tag.SESSION_ENDED,
        AGENT,
        {"host": "lenovo-7", "how": "declined"},
        "on `lenovo-7` was not started, by agent",
    ),
    (Tag.SESSION_ENDED, AGENT, {"host": "lenovo-7", "how": "expired"}, "on `lenovo-7` has ended, by agent"),
    (
        Tag.REQUEST_DECLINED,
        AGENT,
        {"how": "withdrawn"},
        "took back that it wants to ask for `STRIPE_KEY` · request",
    ),
]


@pytest.mark.parametrize(("tag", "who", "detail", "told"), OF_PROGRAMS)
def test_lines_about_programs_say_what_they_are_and_that_nobody_saw_a_value(
    tag: Tag, who: str, detail: dict[str, str], told: str
) -> None:
    detail = {**detail, "behind": "U0ALICE"}
    line = render_line(
        event(tag, actor=read_actor(who), requester=who, detail=detail, variables=("default/STRIPE_KEY",))
    )
    assert told in line
    assert "revealed `" not in line
    assert "how `" not in line or tag is Tag.GRANT_REVEALED


def test_time_is_nobody_who_ends_a_session() -> None:
    told = event(Tag.SESSION_ENDED, actor=TIME, detail={"host": "lenovo-7", "how": "expired"}, request="")
    assert (
        "the terminal on `lenovo-7` is no longer signed in as <@U0ALICE> · because its time was over"
        in render_line(told)
    )
    never = replace(told, actor=Actor(ActorKind.CLIENT), detail={"host": "", "how": "wrong_codes"})
    assert "a terminal was not signed in as <@U0ALICE>, by a terminal" in render_line(never)


def test_details_stand_in_one_order_whatever_order_the_store_gives_them() -> None:
    detail = {"times": "14", "path": "/a", "service": "github", "status": "200", "method": "GET"}
    line = render_line(event(Tag.BROKER_CALLED, detail=detail))
    assert "service `github`, method `GET`, path `/a`, status `200`, times `14`" in line
    assert line == render_line(event(Tag.BROKER_CALLED, detail=dict(reversed(detail.items()))))
