"""The Home tab: within Slack's limits with everything that somebody can have, paged, and harmless."""

from dataclasses import replace

import pytest

from envaccess.application.home import Home
from envaccess.domain.access_review import AccessReview, Item, ItemKind
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.audit import ActorKind
from envaccess.domain.outcome import Holdings
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession, PipelineRun, Platform
from envaccess.domain.proposal import Proposal
from envaccess.domain.receipt import Receipt
from envaccess.domain.session import Session
from envaccess.domain.signals.alerts import NOTICED_MAX, Alert, Disposition, Judgement, NoticedFact
from envaccess.domain.sinks import SinkLag
from envaccess.domain.variable import NAME_LIMIT, Variable
from envaccess.domain.watch import LiveGrants, SealState, SecurityOverview
from envaccess.slack.render.answers import render_duties
from envaccess.slack.render.home import PARTS, dump_pages, read_pages, render_home
from tests.unit.slack.checker import check_message, check_view, pinged, texts
from tests.unit.slack.largest import (
    AMPERSANDS,
    CROWD,
    MENTIONED,
    from_terminal,
    locked,
    of_sets,
    over,
    pending,
    session,
)
from tests.unit.slack.samples import APPROVED, HOSTILE, NOON, PENDING

OWNED = [Variable("default", f"{number}".rjust(NAME_LIMIT, "V")) for number in range(5_000)]


def full(text: str = AMPERSANDS) -> Home:
    """Somebody with 200 of everything, and 5,000 variables."""
    waiting = [from_terminal(of_sets(pending(text)))] * 200
    ended = list(map(from_terminal, over(text)))
    programs = [
        replace(one, requester="agent:ag_7k2p9xq4", behind="U0ALICE") for one in (waiting[0], *ended[:2])
    ]
    holdings = Holdings(
        tuple(waiting),
        tuple(ended[:2] * 100),
        tuple(ended * 20),
        programs=tuple(programs) * 60,
        proposals=(proposal(text),) * 50,
    )
    fact = NoticedFact("first_variable", NOON, "1-1", text[:60], (text[:60],) * 2, 3, "U0ALICE")
    looked = Judgement(Disposition.LOOK_INTO_IT, "U0ALICE", NOON, text)
    duties = [Delegation(giver, "U0ALICE", NOON) for giver in CROWD] * 10
    locks = [locked(text, who) for who in CROWD] * 10
    return Home(
        "U0ALICE",
        holdings,
        waiting,
        [ended[-5]] * 200,
        OWNED,
        duties,
        locks=locks,
        sessions=[session(1), of_program(ActorKind.AGENT), of_program(ActorKind.MACHINE)] * 20,
        watch=SecurityOverview(
            LiveGrants(ended[:2] * 2 + programs[1:2], 5_000, 499, [text[:8]] * 5),
            SealState(10**9, NOON, "0a1b2c3d", 12, 90_000),
            [SinkLag(text[:60], begun=True, after="1-1", seconds=90_000)] * 50,
            [Alert("7k2m9xq4", "U0ALICE", ("U0ALICE",), (fact,) * NOTICED_MAX, NOON, "", (looked,))] * 5,
            [
                AccessReview(
                    "7k2m9xq4",
                    text[:60],
                    "person:U0BOB",
                    (),
                    "",
                    "",
                    9,
                    (Item("1", ItemKind.DUTY),) * 900,
                    NOON,
                    NOON,
                )
            ],
        ),
    )


def proposal(text: str) -> Proposal:
    """What an agent of Alice's wants to ask for, with as much text as there may be."""
    asked = pending(text)
    return Proposal(
        "7k2m9xq4",
        Principal(ActorKind.AGENT, "ag_7k2p9xq4", behalf="U0ALICE"),
        AgentSession(text[:32], text[:64]),
        "",
        asked.variables,
        (),
        asked.duration,
        asked.reason,
        -1,
        Receipt(text, text, text, text),
        (),
        created_at=NOON,
    )


def of_program(kind: ActorKind) -> Session:
    """A session of an agent, or of a run, with as much text as there may be."""
    principal = Principal(kind, "deploy/9f86d081884c7d65", behalf="U0ALICE")
    run = PipelineRun(Platform.GITHUB, *[AMPERSANDS] * 6)
    return replace(session(1), principal=principal, agent=AgentSession(AMPERSANDS, AMPERSANDS), pipeline=run)


@pytest.mark.parametrize("text", [AMPERSANDS, "x" * 500, (HOSTILE * 10)[:500], "🎉" * 500, "\n" * 500])
@pytest.mark.parametrize("page", [0, 1, 39, 10_000])
def test_the_fullest_tab_is_within_the_limits_on_every_page(text: str, page: int) -> None:
    view = render_home(full(text), dict.fromkeys(PARTS, page))
    check_view(view)
    assert len(view["blocks"]) <= 100
    assert pinged(view) <= set(MENTIONED)


def test_a_page_that_is_gone_shows_the_last() -> None:
    view = render_home(Home("U0ALICE", waiting=full().waiting), {"waiting": 10_000})
    assert "Page 40 of 40" in texts(view["blocks"])


def test_pages_follow_each_other_without_a_gap() -> None:
    home = Home("U0ALICE", owned=OWNED)
    drawn = [text for page in (0, 1) for text in texts(render_home(home, {"owned": page})["blocks"])]
    assert {"Page 1 of 125", "Page 2 of 125"} <= set(drawn)
    assert [variable for variable in OWNED if any(variable.name in text for text in drawn)] == OWNED[:80]


def test_pages_are_remembered_in_the_view_and_nothing_else_is() -> None:
    pages = {"waiting": 2, "owned": 124}
    assert read_pages(dump_pages(pages)) == pages
    assert render_home(full(), pages)["private_metadata"] == "waiting:2,owned:124"
    assert read_pages("") == {}


@pytest.mark.parametrize(
    "forged", ["waiting:-1", "waiting:x", "other:3", ":", "waiting:1:2", "waiting", "," * 9_000, "waiting:²"]
)
def test_forged_pages_are_the_first_page(forged: str) -> None:
    check_view(render_home(full(), read_pages(forged)))


def test_an_empty_tab_says_what_to_do() -> None:
    view = render_home(Home("U0ALICE"), {})
    check_view(view)
    assert any("/envaccess help" in text for text in texts(view["blocks"]))


def test_each_list_has_the_buttons_of_its_state() -> None:
    home = Home("U0ALICE", Holdings((PENDING,), (APPROVED,)), waiting=[replace(PENDING, requester="U0BOB")])
    labels = [text for text in texts(render_home(home, {})["blocks"]) if len(text) < 20]
    for label in ("Approve", "Ask…", "Deny", "Reveal", "Extend", "End now", "Cancel request"):
        assert labels.count(label) == 1
    assert "Deny old ones…" not in labels, "one request is denied by its own button"


def test_any_number_of_duties_is_told_in_one_message() -> None:
    """Everybody may hand their duty to the same person."""
    duties = [Delegation(f"U0GIVER{number:04}", "U0ALICE", NOON) for number in range(500)]
    told = render_duties(duties, "U0ALICE")
    check_message(told, *(duty.giver for duty in duties))
    assert "480 more" in told.text
