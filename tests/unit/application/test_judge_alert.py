"""Who judges an alert: security people or members of the audit channel, never about themselves."""

from dataclasses import replace

import pytest

from envaccess.application.signals.judge import judge_alert, may_judge
from envaccess.domain.call import by_person
from envaccess.domain.errors import DirectoryError
from envaccess.domain.person import Person
from envaccess.domain.policy.principal_set import PrincipalSet
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.signals.alerts import Alert, Disposition, NoticedFact
from tests.fakes.alerts import FakeAlerts
from tests.fakes.context import WORKSPACE
from tests.unit.application.stage import ALICE, BOB, CAROL, INELIGIBLE, Stage

LOOK, EXPECTED, NOT_EXPECTED = Disposition.LOOK_INTO_IT, Disposition.EXPECTED, Disposition.NOT_EXPECTED
FACTS = (NoticedFact("burst", 1, "1-0"), NoticedFact("odd_hour", 2, "2-0"))


class Alerted(Stage):
    """An alert about Alice; Bob and Carol, and Alice herself, are members of the audit channel."""

    def __init__(self, about: str = ALICE) -> None:
        super().__init__()
        self.directory.auditors = frozenset({ALICE, BOB, CAROL})
        assert isinstance(self.context.alerts, FakeAlerts)
        self.alerts = self.context.alerts
        self.alerts.kept["a1"] = Alert("a1", about, (ALICE,), FACTS, 2)

    async def judge(
        self, who: str, disposition: Disposition = EXPECTED, note: str = "", alert: str = "a1"
    ) -> Alert | Refusal:
        return await judge_alert(self.context, by_person(self.op(), who), alert, disposition, note)

    def name_security(self, *people: str) -> None:
        policy = self.context.rulebook.current
        self.context.rulebook.current = replace(policy, security=PrincipalSet.of(people))


def why(outcome: Alert | Refusal) -> Reason:
    assert isinstance(outcome, Refusal), outcome
    return outcome.reason


async def test_members_of_the_audit_channel_judge_where_the_policy_names_nobody() -> None:
    stage = Alerted()
    judged = await stage.judge(BOB)
    assert isinstance(judged, Alert)
    assert judged.judged
    assert (judged.judged.by, judged.is_open) == (BOB, False)


async def test_only_security_judges_where_the_policy_names_some() -> None:
    stage = Alerted()
    stage.name_security(CAROL)
    assert why(await stage.judge(BOB)) is Reason.NOT_ALERT_JUDGE
    assert isinstance(await stage.judge(CAROL), Alert)


@pytest.mark.parametrize("about", [ALICE, "machine:deploy"])
@pytest.mark.parametrize("disposition", [LOOK, EXPECTED])
async def test_nobody_judges_their_own_nor_that_of_a_program_of_theirs(
    about: str, disposition: Disposition
) -> None:
    stage = Alerted(about)
    stage.name_security(ALICE)
    assert why(await stage.judge(ALICE, disposition)) is Reason.OWN_ALERT
    assert stage.refusals() == [Reason.OWN_ALERT]


async def test_where_nobody_else_is_left_it_stays_open() -> None:
    stage = Alerted()
    stage.directory.auditors = frozenset({ALICE})
    assert why(await stage.judge(BOB)) is Reason.NOT_ALERT_JUDGE
    assert stage.alerts.kept["a1"].is_open


@pytest.mark.parametrize("reason", INELIGIBLE)
async def test_guests_leavers_and_strangers_judge_nothing(reason: Reason) -> None:
    stage = Alerted()
    stage.turn_into(BOB, reason)
    assert why(await stage.judge(BOB)) is reason


async def test_nothing_is_judged_while_slack_does_not_say_who_it_is() -> None:
    stage = Alerted()
    stage.fail()
    with pytest.raises(DirectoryError):
        await stage.judge(BOB)


async def test_it_is_asked_again_when_the_form_is_sent() -> None:
    """Bob opened the form, and has left the channel since."""
    stage = Alerted()
    await stage.judge(BOB, LOOK)
    opened = await may_judge(stage.context, by_person(stage.op(), BOB), "a1", NOT_EXPECTED)
    assert isinstance(opened, Alert)
    stage.directory.auditors = frozenset({CAROL})
    assert why(await stage.judge(BOB, EXPECTED, "a release")) is Reason.NOT_ALERT_JUDGE


async def test_what_somebody_looks_into_is_closed_by_what_was_found_alone() -> None:
    stage = Alerted()
    await stage.judge(BOB, LOOK)
    for disposition in Disposition:
        refused = await stage.judge(CAROL, disposition)
        assert (why(refused), refused.by) == (Reason.ALERT_JUDGED, BOB)  # type: ignore[union-attr]
    assert isinstance(await stage.judge(CAROL, NOT_EXPECTED, "a stolen laptop"), Alert)
    assert why(await stage.judge(BOB, EXPECTED, "no, it was me")) is Reason.ALERT_JUDGED


async def test_what_nobody_looks_into_was_not_found_to_be_anything() -> None:
    stage = Alerted()
    assert why(await stage.judge(BOB, NOT_EXPECTED, "a stolen laptop")) is Reason.ALERT_JUDGED


async def test_a_made_up_id_is_no_alert_and_is_told() -> None:
    stage = Alerted()
    assert why(await stage.judge(BOB, alert="a2")) is Reason.ALERT_UNKNOWN
    assert stage.refusals() == [Reason.ALERT_UNKNOWN]


@pytest.mark.parametrize(("about", "who"), [(ALICE, "W0ALICE"), ("W0ALICE", ALICE)])
async def test_nobody_judges_an_alert_about_themselves_under_their_other_id(about: str, who: str) -> None:
    """On Enterprise Grid one person may have an id of the organisation beside a workspace's own."""
    stage = Alerted(about)
    stage.alerts.kept["a1"] = Alert("a1", about, (about,), FACTS, 2)
    for one in (ALICE, "W0ALICE"):
        stage.directory.people[one] = Person(one, WORKSPACE, account="W0ALICE")
    stage.directory.auditors |= {"W0ALICE"}
    assert why(await stage.judge(who)) is Reason.OWN_ALERT
