"""Messages that would tell something untrue: who may decide, what waits, what was tried."""

from dataclasses import replace

from envaccess.domain.approval_progress import Approval, ApprovalProgress, Notification
from envaccess.domain.duration import Duration
from envaccess.domain.outcome import Filed
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.policy.rules import Step
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import State
from envaccess.slack.render.answers import render_filed
from envaccess.slack.render.chain import render_notification, tell_awaited
from envaccess.slack.render.forms_deciding import deny_form
from envaccess.slack.render.refusals import tell_refusal
from envaccess.slack.render.request import render_request
from tests.fakes.rulings import CHANNEL, HERE, ruled
from tests.unit.slack.checker import drawn
from tests.unit.slack.samples import NOON, PENDING, STRIPE

BOB, CAROL, DANA = "U0BOB", "U0CAROL", "U0DANA"
TWICE = ruled(Step(HERE), Step(HERE))
NAMED = ruled(Step(HERE), Step(PrincipalSet((BOB, CAROL))))


def test_who_agreed_already_is_not_called_one_who_may_decide() -> None:
    """Nobody counts twice in a request: Bob's press on the second step would be refused."""
    second = replace(PENDING, ruling=TWICE, progress=ApprovalProgress(step=1, approvals=(Approval(BOB, 0),)))
    told = tell_awaited(second)
    assert told == f"Anyone in this channel except <@U0ALICE> and <@{BOB}> may decide"
    assert told in drawn(render_request(second))


def test_whose_duty_was_done_is_not_called_one_who_may_decide_either() -> None:
    progress = ApprovalProgress(step=1, approvals=(Approval(DANA, 0, behalf=BOB),))
    told = tell_awaited(replace(PENDING, ruling=TWICE, progress=progress))
    assert f"<@{BOB}>" in told.partition("except")[2]
    assert f"<@{DANA}>" in told.partition("except")[2]


def test_a_named_approver_who_agreed_before_is_not_called_again() -> None:
    progress = ApprovalProgress(
        step=1, approvals=(Approval(BOB, 0),), notification=Notification.STEP, notifications=2
    )
    second = replace(PENDING, ruling=NAMED, progress=progress)
    assert tell_awaited(second) == f"<@{CAROL}> may decide"
    assert f"<@{BOB}>" not in drawn(render_notification(second))


def test_the_usual_message_is_as_it_was() -> None:
    assert tell_awaited(PENDING) == "Anyone in this channel except <@U0ALICE> may decide"
    assert PENDING.channel == CHANNEL


def test_a_repeated_emergency_does_not_wait_for_a_decision() -> None:
    """It is live: told that it waits, somebody at 3 a.m. would wait too."""
    filed = Filed(
        "7k2m9xq4",
        (STRIPE,),
        Duration(900),
        deadline_at=NOON,
        repeated=True,
        state=State.APPROVED,
        expires_at=NOON + 900_000,
        emergency=True,
    )
    said = drawn(render_filed(filed))
    assert "waits for a decision" not in said
    assert "cancel" not in said
    assert "already" in said
    assert "direct messages" in said


def test_nobody_is_sent_to_the_approvers_channel_where_others_decide() -> None:
    """A chain may wait for a group that is not in that channel."""
    told = tell_refusal(Refusal(Reason.SELF_APPROVAL, request="7k2m9xq4"))
    assert "approvers channel" not in told
    assert "others have to" in told


def test_access_that_is_live_is_not_told_that_it_is_not() -> None:
    """Live access is not extended either where the policy would not give it like that any more."""
    told = tell_refusal(Refusal(Reason.NOT_EXTENDABLE, request="7k2m9xq4"))
    assert "policy" in told


def test_a_denial_from_the_home_tab_speaks_of_no_channel_that_is_not_there() -> None:
    assert "this channel" not in str(deny_form(PENDING, ""))
