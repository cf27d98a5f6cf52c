"""Whoever asks is said to be what it is: a person, a machine, an agent of a person."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from envaccess.domain.approval_progress import ApprovalProgress, Notification, Question
from envaccess.domain.audit import BEHIND, Actor, ActorKind, Event, Tag
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Decided, Ended, Recorded
from envaccess.domain.request import GrantState, Request, State
from envaccess.slack.render import answers, chain, forms_deciding, lines, request
from envaccess.slack.render.blocks import Rendered
from tests.unit.slack.samples import HOSTILE, NOON, PENDING, STRIPE

AGENT, MACHINE = ("agent:ag_7k2p", "U0ALICE"), ("machine:deploy/9f86d081884c7d65", "")
TOLD = [(*AGENT, "agent `ag_7k2p` of <@U0ALICE>"), (*MACHINE, "`deploy` (pipeline)")]
ASKED_BACK = ApprovalProgress(questions=(Question("U0BOB", "why?"),), notification=Notification.REMINDED)


def whole(drawn: Rendered) -> str:
    """Everything that a message shows."""
    return f"{drawn.text} {drawn.blocks}"


def asking(requester: str, behind: str, progress: ApprovalProgress = ASKED_BACK) -> Request:
    return replace(PENDING, requester=requester, behind=behind, progress=progress)


DRAWN: list[Callable[[Request], object]] = [
    lambda asked: whole(request.render_request(asked)),
    lambda asked: whole(request.brief_request(asked)),
    lambda asked: whole(chain.render_call(asked)),
    lambda asked: whole(chain.render_notification(asked)),
    lambda asked: forms_deciding.deny_form(asked, "1.1"),
    lambda asked: forms_deciding.question_form(asked, "1.1"),
    lambda asked: forms_deciding.less_form(asked, "1.1"),
    lambda asked: forms_deciding.review_form(asked, "1.1"),
    lambda asked: whole(request.render_request(replace(asked, state=State.DENIED))),
]


@pytest.mark.parametrize(("requester", "behind", "told"), TOLD)
@pytest.mark.parametrize("draw", DRAWN)
def test_messages_say_which_machine_or_whose_agent_asks(
    draw: Callable[[Request], object], requester: str, behind: str, told: str
) -> None:
    assert told in str(draw(asking(requester, behind))).replace("Agent `", "agent `")


def test_the_person_behind_an_agent_is_not_named_as_one_who_may_decide() -> None:
    """Law 3: they are in the channel that decides, and never may."""
    assert "except <@U0ALICE> may decide" in whole(request.render_request(asking(*AGENT)))


def test_nobody_is_excepted_where_nobody_is_behind_a_machine() -> None:
    assert "except" not in whole(request.render_request(asking(*MACHINE)))


@pytest.mark.parametrize(("requester", "behind", "told"), TOLD)
def test_answers_to_whoever_decides_say_it_too(requester: str, behind: str, told: str) -> None:
    said = Recorded("7k2m9xq4", requester, (STRIPE,), behind)
    ended = Ended("7k2m9xq4", requester, (STRIPE,), GrantState.REVOKED, behind)
    decided = Decided("7k2m9xq4", State.APPROVED, requester, (STRIPE,), Duration(60), behind=behind)
    drawn: list[Rendered] = [
        answers.render_asked(said),
        answers.render_reviewed(said),
        answers.render_ended(ended, "U0BOB"),
        answers.render_decided(decided),
        answers.render_denied(decided),
    ]
    assert [told in one.text.replace("Agent `", "agent `") for one in drawn] == [True] * len(drawn)


def event(tag: Tag, actor: Actor, requester: str, behind: str) -> Event:
    detail = {"reason": "a refund"} | ({BEHIND: behind} if behind else {})
    return Event("1-0", tag, NOON, actor, "7k2m9xq4", "", ("default/X",), requester, detail)


@pytest.mark.parametrize(
    ("kind", "name", "behind", "told"),
    [
        (ActorKind.AGENT, "ag_7k2p", "U0ALICE", "agent `ag_7k2p` of <@U0ALICE>"),
        (ActorKind.MACHINE, "deploy", "", "`deploy` (pipeline)"),
    ],
)
def test_audit_lines_say_who_is_behind_once(kind: ActorKind, name: str, behind: str, told: str) -> None:
    actor = Actor(kind, name)
    asked = event(Tag.REQUEST_CREATED, actor, str(actor), behind)
    approved = event(Tag.REQUEST_APPROVED, Actor(ActorKind.PERSON, "U0BOB"), str(actor), behind)
    assert f"{told} asked for `X` · request `7k2m9xq4` · reason `a refund`" in lines.render_line(asked)
    assert f"<@U0BOB> approved `X` for {told} ·" in lines.render_line(approved)
    assert lines.render_digest([asked, approved])[1:] == [
        f"• 1 `request.created` {told}: `X`",
        f"• 1 `request.approved` <@U0BOB> for {told}: `X`",
    ]


@pytest.mark.parametrize("kind", [ActorKind.AGENT, ActorKind.MACHINE])
def test_no_name_of_a_program_mentions_anybody(kind: ActorKind) -> None:
    """Whoever writes to Redis names it; Slack must read none of it as markup."""
    line = lines.render_line(event(Tag.REQUEST_CREATED, Actor(kind, HOSTILE), f"{kind}:{HOSTILE}", HOSTILE))
    assert "<!channel>" not in line
    assert "<@U0VICTIM>" not in line


RUN_FACTS = {
    "platform": "github",
    "repository": "acme/shop",
    "started_by": "alice-gh",
    "link": "https://evil.example/<!channel>",
    "run": "9f86d081884c7d65",
    "host": "runner-3",
    BEHIND: "U0ALICE",
}


@pytest.mark.parametrize(
    ("tag", "more", "told"),
    [
        (
            Tag.SESSION_OPENED,
            {},
            "a run of `deploy` (pipeline) started by <@U0ALICE> has begun on `runner-3`",
        ),
        (Tag.SESSION_OPENED, {"again": "1"}, "<@U0ALICE> goes on on `runner-3`"),
        (Tag.SESSION_ENDED, {"how": "expired"}, "started by <@U0ALICE> on `runner-3` has ended"),
    ],
)
def test_audit_lines_say_of_a_run_what_its_token_says_and_link_nothing(
    tag: Tag, more: dict[str, str], told: str
) -> None:
    """Nobody seals an event, so that a link in one may lead anywhere: it is text."""
    actor = Actor(ActorKind.MACHINE, "deploy")
    requester = "machine:deploy/9f86d081884c7d65"
    line = lines.render_line(Event("1-0", tag, NOON, actor, "", "", (), requester, RUN_FACTS | more))
    assert told in line
    assert (
        "repository `acme/shop`, started by `alice-gh`, link `https://evil.example/&lt;!channel&gt;`" in line
    )
    assert "9f86d081" not in line
