"""What people see of pipelines and agents: who asks, from which run, and nothing that its texts could do."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from envaccess.application.home import Home
from envaccess.domain.approval_progress import ApprovalProgress, Question
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import BROKER, CI
from envaccess.domain.policy.rules import DeliveryMode
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession, PipelineRun, Platform
from envaccess.domain.proposal import DeclinedHow, Proposal, ProposalState
from envaccess.domain.receipt import Receipt
from envaccess.domain.request import GrantState, Release, Request, State
from envaccess.domain.seals.access import SealedRequest
from envaccess.slack.render.blocks import Rendered
from envaccess.slack.render.card import render_card
from envaccess.slack.render.home import render_home
from envaccess.slack.render.programs import safe_link, tell_pipeline
from envaccess.slack.render.proposal import render_proposal
from envaccess.slack.render.request import render_request
from envaccess.slack.render.sessions import render_sessions
from tests.unit.slack.checker import buttons, check_message, check_view, drawn, pinged
from tests.unit.slack.largest import AMPERSANDS, over, pending, session
from tests.unit.slack.samples import APPROVED, DENIED, HOSTILE, NOON, PENDING

ALICE = "U0ALICE"
GITHUB = "https://token.actions.githubusercontent.com"
LINK = "https://github.com/acme/shop/actions/runs/77/attempts/1"
RUN = PipelineRun(
    Platform.GITHUB,
    repository="acme/shop",
    branch="main",
    commit="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    job=".github/workflows/deploy.yml",
    actor="alice-gh",
    link=LINK,
)
DIGEST = "9f86d081884c7d65"
AGENT = AgentSession("code-review", "lenovo-7")
LINKED = f"{LINK}|the run"


class _Filing:
    """As much of a filing's seal as is drawn."""

    issuer = GITHUB


def of_pipeline(request: Request, behind: str = ALICE, run: PipelineRun = RUN) -> Request:
    """The same, asked by a run."""
    sealed = SealedRequest(cast("Any", _Filing()), "mac")
    return replace(
        request, requester=f"machine:deploy/{DIGEST}", behind=behind, pipeline=run, surface=CI, sealed=sealed
    )


def of_agent(request: Request, agent: AgentSession = AGENT) -> Request:
    """The same, asked by an agent of Alice's."""
    return replace(request, requester="agent:ag_7k2p9xq4", behind=ALICE, agent=agent, surface=BROKER)


def test_approvers_see_which_run_asks_who_pressed_and_a_link_to_it() -> None:
    rendered = render_request(of_pipeline(PENDING))
    told = drawn(rendered)
    assert "`deploy` (pipeline) started by <@U0ALICE> asks for `STRIPE_KEY` for *1 hour*." in told
    assert (
        "Repository `acme/shop` · branch `main` · commit `9f86d08` · job `.github/workflows/deploy.yml`"
        in told
    )
    assert f"started by `alice-gh`, who is <@U0ALICE> · <{LINKED}>" in told
    assert "<@U0ALICE> may not approve it." in told
    assert rendered.text.startswith("`deploy` (pipeline) started by <@U0ALICE> asks for `STRIPE_KEY`")
    check_message(rendered, ALICE, "#C0APPROVE", LINKED)


def test_approvers_see_whose_agent_asks_where_it_runs_and_that_its_person_may_not_approve() -> None:
    rendered = render_request(of_agent(PENDING))
    told = drawn(rendered)
    assert "Agent `code-review` of <@U0ALICE> on `lenovo-7` asks for `STRIPE_KEY`" in told
    assert "<@U0ALICE> agreed that it may ask, and may not approve it." in told
    check_message(rendered, ALICE)


def test_a_run_that_the_policy_lets_through_shows_the_same_evidence() -> None:
    request = of_pipeline(replace(APPROVED, automatic=True, decided_by=""), behind="")
    told = drawn(render_request(request))
    assert "`deploy` (pipeline) asked for `STRIPE_KEY`" in told
    assert "*Approved automatically* by the policy" in told
    assert f"started by `alice-gh` · <{LINKED}>" in told
    assert "may not approve" not in told


def test_nobody_is_asked_back_where_nobody_could_answer() -> None:
    assert "ask" in buttons(render_request(of_pipeline(PENDING)))
    assert "ask" in buttons(render_request(of_agent(PENDING)))
    assert "ask" not in buttons(render_request(of_pipeline(PENDING, behind="")))


STATES = [
    PENDING,
    APPROVED,
    DENIED,
    replace(APPROVED, grant=GrantState.EXPIRED, ended_at=NOON),
    replace(PENDING, state=State.CANCELLED, decided_at=NOON),
    replace(PENDING, state=State.TIMED_OUT, decided_at=NOON),
]


@pytest.mark.parametrize("render", [render_request, render_card])
@pytest.mark.parametrize("request_", [of_pipeline(state) for state in STATES])
def test_no_message_shows_the_digest_of_a_run(
    render: Callable[[Request], Rendered], request_: Request
) -> None:
    rendered = render(request_)
    assert DIGEST not in f"{rendered.text} {rendered.blocks}"


@pytest.mark.parametrize("asked", [of_pipeline, of_agent])
@pytest.mark.parametrize("state", STATES)
def test_the_card_of_the_person_behind_has_no_reveal_and_asks_for_nothing_anew(
    asked: Callable[[Request], Request], state: Request
) -> None:
    rendered = render_card(asked(replace(state, warned_at=NOON, warnings=1)))
    assert not {"reveal", "again", "extend"} & set(buttons(rendered))
    assert "Your request" not in f"{rendered.text} {rendered.blocks}"
    check_message(rendered, ALICE, "U0BOB", LINKED)


def test_the_person_behind_withdraws_answers_and_ends() -> None:
    asked_back = replace(PENDING, progress=ApprovalProgress(questions=(Question("U0BOB", "why?"),)))
    assert buttons(render_card(of_agent(asked_back))) == ["answer", "cancel"]
    assert buttons(render_card(of_pipeline(APPROVED))) == ["end"]


def test_the_card_says_whose_access_it_is_and_who_sees_the_value() -> None:
    assert "Your agent `code-review` on `lenovo-7` has access to `STRIPE_KEY`" in drawn(
        render_card(of_agent(APPROVED))
    )
    assert "The agent never sees the value" in drawn(render_card(of_agent(APPROVED)))
    assert "`deploy` (pipeline), which you started, has access to" in drawn(
        render_card(of_pipeline(APPROVED))
    )
    waiting = replace(APPROVED, grant=GrantState.WAITING, starts_at=NOON)
    assert "(pipeline), which you started, may have 1 hour of" in drawn(render_card(of_pipeline(waiting)))
    assert "The request of your agent `code-review`" in drawn(render_card(of_agent(PENDING)))


def test_their_own_card_has_the_run_and_does_not_tell_them_that_they_may_not_approve() -> None:
    told = drawn(render_card(of_pipeline(PENDING)))
    assert f"job `.github/workflows/deploy.yml` · started by `alice-gh` · <{LINKED}>" in told
    for asked in (of_pipeline, of_agent):
        assert "may not approve" not in drawn(render_card(asked(PENDING)))


def test_no_text_of_a_token_turns_the_text_around_it() -> None:
    run = replace(RUN, repository="a\u202eb", actor="c\u2066d")
    (block,) = tell_pipeline(run)
    assert block["text"]["text"].startswith("Repository `ab` ·")
    assert block["text"]["text"].endswith("started by `cd`")


def test_no_rule_shows_in_slack_what_a_program_asked_for() -> None:
    ruling = replace(APPROVED.ruling, delivery=(DeliveryMode.REVEAL, DeliveryMode.PUSH))
    for asked in (of_pipeline, of_agent):
        rendered = render_card(asked(replace(APPROVED, ruling=ruling)))
        assert "reveal" not in buttons(rendered)
        assert "It was shown" not in drawn(rendered)


def test_values_went_to_a_runner_or_a_broker_and_not_to_a_terminal() -> None:
    went = replace(
        APPROVED, releases=(Release("build-3", 1, NOON),), receipt=Receipt("build-3", "ci", "make")
    )
    assert "Went to the runner on `build-3` once" in drawn(render_card(of_pipeline(went)))
    assert "The runner says: user `ci`, program `make`" in drawn(render_request(of_pipeline(went)))
    assert "Went to the broker on `build-3` once" in drawn(render_card(of_agent(went)))
    assert "terminal" not in drawn(render_card(of_agent(went)))


@pytest.mark.parametrize(
    ("platform", "words"),
    [
        (Platform.GITLAB, "Repository `acme/shop` · branch `main`"),
        (Platform.KUBERNETES, "Service account `acme/shop` · pod `main`"),
        (Platform.OTHER, "Subject `acme/shop` · branch `main`"),
    ],
)
def test_facts_are_called_as_on_their_platform(platform: Platform, words: str) -> None:
    run = PipelineRun(platform, repository="acme/shop", branch="main")
    assert words in str(tell_pipeline(run))


@pytest.mark.parametrize("render", [render_request, render_card])
@pytest.mark.parametrize("text", [HOSTILE, "`<!channel>`", "<@U0VICTIM>", "&" * 4_000, "\n> *a*\n" * 50])
def test_no_text_of_a_token_or_an_agent_is_markup_or_too_long(
    render: Callable[[Request], Rendered], text: str
) -> None:
    run = PipelineRun(Platform.GITHUB, text, text, text, text, text, text)
    for state in STATES:
        check_message(render(of_pipeline(state, run=run)), ALICE, "U0BOB", "#C0APPROVE")
        check_message(render(of_agent(state, AgentSession(text, text))), ALICE, "U0BOB", "#C0APPROVE")


def test_the_largest_request_of_a_program_fits_into_a_message() -> None:
    long = "&" * 200
    run = PipelineRun(Platform.GITHUB, long, long, long, long, long, f"{LINK}?{long}{long}")
    for request in (pending(AMPERSANDS), *over(AMPERSANDS)):
        for asked in (of_pipeline(request, run=run), of_agent(request, AgentSession("&" * 200, "&" * 200))):
            for rendered in (render_request(asked), render_card(asked)):
                assert len(str(rendered.blocks)) < 40_000
                assert len(rendered.blocks) <= 50


@pytest.mark.parametrize(
    ("link", "issuer"),
    [
        (LINK, GITHUB),
        ("https://acme.ghe.com/acme/shop/actions/runs/1", "https://token.actions.acme.ghe.com"),
        ("https://gitlab.example:8443/a/b/-/jobs/1", "https://gitlab.example:8443"),
    ],
)
def test_the_platforms_own_pages_are_linked(link: str, issuer: str) -> None:
    assert safe_link(link, issuer) == link


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://github.com/acme/shop",
        "https://evil.example/acme/shop",
        "https://github.com.evil.example/x",
        "https://github.com@evil.example/x",
        "https://evil.example/@github.com/x",
        "https://github.com:444/x",
        "https://github.com:99999/x",
        "https://github.com/x|click> <!channel",
        "https://github.com/x\n<!here>",
        "https://github.com/\u202ex",
        "https://g\u0131thub.com/x",
        "javascript:alert(1)//github.com/",
        "slack://open?https://github.com/",
        "https://token.actions.githubusercontent.com/x",
        f"https://github.com/{'x' * 500}",
    ],
)
def test_nothing_else_is_linked(link: str) -> None:
    assert safe_link(link, GITHUB) == ""
    assert "<" not in str(tell_pipeline(replace(RUN, link=link), GITHUB))


@pytest.mark.parametrize("issuer", ["", "github.com", "https://", "https://[", "https://evil.example"])
def test_no_run_is_linked_where_its_issuer_is_somebody_else_or_unknown(issuer: str) -> None:
    assert safe_link(LINK, issuer) == ""


MY_AGENT = replace(
    session(2),
    id="ag_7k2p9xq4",
    principal=Principal(ActorKind.AGENT, "ag_7k2p9xq4", behalf=ALICE),
    agent=AGENT,
)
MY_RUN = replace(
    session(3),
    id="ci_7k2p9xq4",
    principal=Principal(ActorKind.MACHINE, "deploy", GITHUB, ALICE, DIGEST),
    pipeline=RUN,
)
MINE = (session(1), MY_AGENT, MY_RUN)


def test_own_sessions_are_told_by_what_they_are_and_agents_can_be_ended() -> None:
    rendered = render_sessions(MINE)
    told = drawn(rendered)
    assert rendered.text == "You are signed in at 1 terminal; You have 1 agent; You started 1 pipeline run"
    assert "`code-review` on `lenovo-7` (`agent:ag_7k2p9xq4`)" in told
    assert f"`deploy` (pipeline): repository `acme/shop` · branch `main` · <{LINKED}>" in told
    assert "with all access that it has" in told
    assert buttons(rendered) == ["end_terminal", "end_terminal"]
    assert DIGEST not in str(rendered.blocks)
    check_message(rendered, LINKED)


def test_home_lists_terminals_agents_and_runs_apart() -> None:
    view = render_home(Home(ALICE, sessions=MINE), {})
    headers = [block["text"]["text"] for block in view["blocks"] if block["type"] == "header"]
    assert headers == ["Signed in (1)", "Your agents (1)", "Pipeline runs that you started (1)"]
    check_view(view)
    assert pinged(view) == {LINKED}


def test_as_many_agents_and_runs_as_there_may_be_fit_into_a_message() -> None:
    long = "&" * 200
    run = replace(MY_RUN, pipeline=PipelineRun(Platform.GITHUB, long, long, long, long, long, LINK))
    agent = replace(MY_AGENT, agent=AgentSession(long, long))
    for sessions in ([agent] * 20, [run] * 20, [session(1), agent, run] * 7):
        rendered = render_sessions(sessions)
        check_message(rendered, LINKED)
        assert "more: the *Home* tab has them all." in drawn(rendered)


def proposed(**changes: object) -> Proposal:
    """What Alice's agent wants to ask for."""
    found = Proposal(
        "7k2m9xq4",
        Principal(ActorKind.AGENT, "ag_7k2p9xq4", behalf=ALICE),
        AGENT,
        "",
        PENDING.variables,
        (),
        PENDING.duration,
        PENDING.reason,
        -1,
        Receipt("lenovo-7"),
        (),
        created_at=NOON,
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def test_whoever_let_an_agent_ask_reads_why_it_could_not_be_filed_in_words() -> None:
    over = proposed(state=ProposalState.DECLINED, how=DeclinedHow.REFUSED, why="no_approvers", closed_at=NOON)
    told = drawn(render_proposal(over))
    assert "*Nothing was asked.* It could not be filed: " in told
    assert "Why, as the agent is told: Nobody could decide on this" in told
    assert "no_approvers" not in told
    assert "as the agent is told" not in drawn(render_proposal(replace(over, why="a_later_reason")))


def test_the_card_of_an_agent_whose_service_answered_with_the_value_says_what_to_do() -> None:
    ended = replace(APPROVED, grant=GrantState.REVOKED, ended_at=NOON, ended_by="agent:ag_7k2p9xq4")
    told = drawn(render_card(of_agent(replace(ended, ended_why="echo"))))
    assert "The broker cut the answer off" in told
    assert "take it out of what the policy allows" in told
    assert "The broker cut" not in drawn(render_card(of_agent(ended)))


def test_whoever_decides_at_home_sees_which_run_asks() -> None:
    home = render_home(Home("U0BOB", waiting=[of_pipeline(PENDING), of_agent(PENDING)]), {})
    told = drawn(Rendered("", home["blocks"]))
    assert "Repository `acme/shop` · branch `main` · commit `9f86d08`" in told
    assert "Agent `code-review` of <@U0ALICE> on `lenovo-7` asks for" in told


def test_a_new_host_of_an_agent_is_a_broker_whose_session_can_be_ended() -> None:
    new = {"new_hosts": 1, "new_host": "build-3", "new_host_session": "ag_7k2p9xq4"}
    agent = render_card(of_agent(replace(APPROVED, **new)))  # type: ignore[arg-type]
    assert "went to the broker on `build-3` for the first time" in drawn(agent)
    assert "end the session of that broker" in drawn(agent)
    assert "end_terminal" in buttons(agent)
