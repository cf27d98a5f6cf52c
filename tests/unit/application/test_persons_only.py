"""Machines and agents at the verbs: whatever surface calls, they ask in vain today, and never decide."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from envaccess.application.catalog import list_variables
from envaccess.application.grants.reveal import claim_by_name, claim_reveal
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.approvers_not_in_channel import outsiders
from envaccess.application.people.delegate import give_duty
from envaccess.application.people.leavers import sweep
from envaccess.application.people.lock import lock_target, unlock_by_id, unlock_target
from envaccess.application.requests.approvers import who_may_decide
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.decide import decide, may_decide, may_decide_now
from envaccess.application.requests.filing import open_request
from envaccess.application.requests.questions import ask_requester
from envaccess.application.requests.stalled import StalledRequests
from envaccess.application.requests.status import show_status
from envaccess.application.requests.waiting import reviews_for, stale_for, waits_for
from envaccess.application.reviews.review import can_be_reviewed, close_review
from envaccess.application.rotations.demand import rotate
from envaccess.application.set_value import set_value
from envaccess.application.signals.judge import judge_alert
from envaccess.domain.approval_progress import Delegation
from envaccess.domain.audit import ActorKind
from envaccess.domain.call import CI, Call, Origin, by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.lock import Target
from envaccess.domain.outcome import Filed, Holdings
from envaccess.domain.policy.principal_set import EVERYBODY, PrincipalSet
from envaccess.domain.policy.rules import Automatic, EmergencyRule, Owners, Rule, Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.principal import Principal
from envaccess.domain.programs import PipelineRun, Platform
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import Emergency, State, Verb
from envaccess.domain.signals.alerts import Disposition
from tests.fakes.context import APPROVERS
from tests.fakes.rulings import EMERGENCY
from tests.unit.application.stage import ALICE, BOB, CAROL, DB, STRIPE, VALUE, WHY, Stage

AGENT = Principal(ActorKind.AGENT, "ag_7k2p", behalf=BOB)
MACHINE = Principal(ActorKind.MACHINE, "deploy")
programs = pytest.mark.parametrize("program", [AGENT, MACHINE], ids=["agent", "machine"])
Act = Callable[[Stage, Call, str], Awaitable[object]]
DECIDING: dict[str, tuple[str, Act]] = {
    "approve": ("approve", lambda s, c, r: decide(s.context, c, r, Verb.APPROVE, "")),
    "deny": ("deny", lambda s, c, r: decide(s.context, c, r, Verb.DENY, "no")),
    "be asked why": ("deny", lambda s, c, r: may_decide_now(s.context, c, r, Verb.DENY)),
    "see whether": ("approve", lambda s, c, r: may_decide(s.context, c, r, Verb.APPROVE)),
    "ask": ("ask", lambda s, c, r: ask_requester(s.context, c, r, "which customer?")),
    "deny old ones": ("deny", lambda s, c, _: stale_for(s.context, c, Duration(60))),
    "review": ("review", lambda s, c, r: close_review(s.context, c, r, "fine")),
    "judge an alert": ("judge", lambda s, c, r: judge_alert(s.context, c, r, Disposition.EXPECTED)),
    "delegate": ("delegate", lambda s, c, _: give_duty(s.context, c, CAROL, Duration(3600))),
    "lock": ("lock", lambda s, c, _: lock_target(s.context, c, Target(ALICE), WHY)),
    "unlock": ("unlock", lambda s, c, _: unlock_target(s.context, c, Target(ALICE))),
    "unlock by its button": ("unlock", lambda s, c, _: unlock_by_id(s.context, c, "1-0")),
    "rotate": ("rotate", lambda s, c, _: rotate(s.context, c, STRIPE)),
    "end somebody's access": ("revoke", lambda s, c, r: revoke_grant(s.context, c, r)),
}
"""What only persons do: what it is called in the audit stream, and the call."""


@programs
@pytest.mark.parametrize(("tried", "act"), DECIDING.values(), ids=DECIDING.keys())
async def test_persons_only_decide(tried: str, act: Act, program: Principal) -> None:
    """The person behind is an approver and one of the security people: what they open may none of it."""
    stage = Stage()
    policy = stage.context.rulebook.current
    stage.context.rulebook.current = replace(policy, security=PrincipalSet((BOB,)))
    request = await stage.granted()
    before = dict(stage.books.requests)
    outcome = await act(stage, Call(stage.op(), program), request)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.PERSONS_ONLY
    ((attempt, reason),) = stage.books.refused
    assert (attempt.actor, attempt.behind, attempt.tried) == (program.actor, program.behalf, tried)
    assert reason is Reason.PERSONS_ONLY
    assert stage.books.requests == before


POLICIES = {
    "the built-in policy": None,
    "a rule for anyone": Rule("all", ("*",), (Step(PrincipalSet((APPROVERS,))),)),
    "a rule with the person behind": Rule(
        "all", ("*",), (Step(PrincipalSet((APPROVERS,))),), requesters=PrincipalSet((BOB,))
    ),
    "an automatic rule": Rule(
        "all",
        ("*",),
        (Step(PrincipalSet((APPROVERS,))),),
        automatic=Automatic(EVERYBODY, 900, times=2, per=86_400),
    ),
    "an emergency": Rule(
        "all",
        ("*",),
        (Step(PrincipalSet((APPROVERS,))),),
        emergency=EmergencyRule(EVERYBODY, 900, PrincipalSet((APPROVERS,))),
    ),
}


@programs
@pytest.mark.parametrize("rule", POLICIES.values(), ids=POLICIES.keys())
async def test_no_policy_lets_a_machine_or_an_agent_ask(rule: Rule | None, program: Principal) -> None:
    """Law 9: nothing names them, `anyone` are people, and what a person may have their agent may not."""
    stage = Stage()
    policy = stage.context.rulebook.current
    stage.context.rulebook.current = replace(policy, rules=(rule,)) if rule else policy
    emergency = bool(rule and rule.emergency)
    ask = Ask((STRIPE,), Duration(0 if emergency else 600), WHY, emergency=emergency)
    outcome = await open_request(stage.context, Call(stage.op(), program), ask)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.NOT_REQUESTER
    ((attempt, _),) = stage.books.refused
    assert (attempt.actor, attempt.behind) == (program.actor, program.behalf)
    assert not stage.books.requests


async def test_an_agent_of_somebody_who_left_is_told_that(stage: Stage) -> None:
    """Law 4 asks about the person behind."""
    stage.turn_into(BOB, Reason.DEACTIVATED)
    outcome = await open_request(stage.context, Call(stage.op(), AGENT), Ask((STRIPE,), Duration(600), WHY))
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.DEACTIVATED


@pytest.fixture
def stage() -> Stage:
    return Stage()


REVIEWED = replace(EMERGENCY, emergency=EmergencyRule(EVERYBODY, 900, PrincipalSet((APPROVERS,))))


def become(stage: Stage, request: str, requester: str = "agent:ag_7k2p", behind: str = BOB) -> str:
    """What somebody asked for is an agent's, as the store may hold it."""
    found = stage.books.requests[request]
    stage.books.requests[request] = replace(found, requester=requester, behind=behind)
    return request


async def of_agent(stage: Stage) -> str:
    """A pending request of Bob's agent."""
    return become(stage, await stage.filed())


async def of_machine(stage: Stage) -> str:
    """A pending request of a machine with nobody behind it."""
    return become(stage, await stage.filed(DB), "machine:deploy", "")


def taken(stage: Stage, request: str) -> str:
    """It was an emergency, which is to be reviewed."""
    found = stage.books.requests[request]
    stage.books.requests[request] = replace(found, ruling=REVIEWED, emergency=Emergency())
    return request


async def refused(stage: Stage, who: str, request: str, verb: Verb = Verb.APPROVE) -> Reason | None:
    outcome = await decide(stage.context, by_person(stage.op(), who), request, verb, "")
    return outcome.reason if isinstance(outcome, Refusal) else None


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_nobody_decides_what_their_agent_asked(stage: Stage, verb: Verb) -> None:
    request = await of_agent(stage)
    assert await refused(stage, BOB, request, verb) is Reason.SELF_APPROVAL


async def test_nobody_decides_by_the_duty_of_whose_agent_asked(stage: Stage) -> None:
    """Alice is no approver: only Bob's duty would let her."""
    request = await of_agent(stage)
    stage.books.duties[BOB] = Delegation(BOB, ALICE, stage.books.now + 3_600_000)
    assert await refused(stage, ALICE, request) is Reason.NOT_APPROVER


async def test_nobody_decides_where_nobody_knows_who_started_it(stage: Stage) -> None:
    request = await of_machine(stage)
    assert await refused(stage, CAROL, request) is Reason.NOT_APPROVER
    assert stage.books.requests[request].state is State.PENDING


async def test_what_no_policy_lets_a_program_have_is_not_approved(stage: Stage) -> None:
    """Law 9 at the last approval too, for a request that is there all the same."""
    assert await refused(stage, CAROL, await of_agent(stage)) is Reason.POLICY_CHANGED


async def test_what_an_agent_asked_waits_for_others_than_the_person_behind(stage: Stage) -> None:
    request = await of_agent(stage)
    assert await waits_for(stage.context, BOB) == []
    assert [found.id for found in await waits_for(stage.context, CAROL)] == [request]


async def test_who_left_may_not_be_given_access_through_their_agent(stage: Stage) -> None:
    request = await of_agent(stage)
    stage.turn_into(BOB, Reason.DEACTIVATED)
    assert await refused(stage, CAROL, request) is Reason.DEACTIVATED


async def test_the_person_behind_is_not_counted_among_those_who_could_decide(stage: Stage) -> None:
    """Law 9: a chain that only they could pass is refused when asked."""
    steps = stage.context.rulebook.current.rules[0].steps
    assert await who_may_decide(stage.context, BOB, APPROVERS, steps) == (CAROL,)
    stage.directory.approvers = frozenset({BOB})
    for asked in (BOB, ""):
        found = await who_may_decide(stage.context, asked, APPROVERS, steps)
        assert isinstance(found, Refusal)
        assert found.reason is Reason.NO_APPROVERS


async def test_an_agents_request_that_only_the_person_behind_could_pass_is_passed_over(stage: Stage) -> None:
    await of_agent(stage)
    stage.directory.approvers = frozenset({BOB})

    class Leading:
        async def lead(self) -> bool:
            return True

    stalled = StalledRequests(stage.context, Leading())
    await stalled.look()
    await stalled.look()
    (found,) = stage.books.requests.values()
    assert found.state is State.TIMED_OUT


async def test_nobody_reviews_what_their_agent_took(stage: Stage) -> None:
    request, unknown = taken(stage, await of_agent(stage)), taken(stage, await of_machine(stage))
    why = {}
    for who in (BOB, CAROL):
        for about in (request, unknown):
            outcome = await close_review(stage.context, by_person(stage.op(), who), about, "fine")
            why[who, about] = outcome.reason if isinstance(outcome, Refusal) else None
    assert why == {
        (BOB, request): Reason.OWN_REVIEW,
        (BOB, unknown): Reason.NOT_REVIEWER,
        (CAROL, request): None,
        (CAROL, unknown): Reason.NOT_REVIEWER,
    }


async def test_reviews_are_listed_for_others_than_the_person_behind(stage: Stage) -> None:
    request, _ = taken(stage, await of_agent(stage)), taken(stage, await of_machine(stage))
    assert await reviews_for(stage.context, BOB) == []
    assert [found.id for found in await reviews_for(stage.context, CAROL)] == [request]


async def test_an_emergency_can_be_reviewed_by_somebody_else_than_the_person_behind(stage: Stage) -> None:
    ruling = replace(EMERGENCY, emergency=EmergencyRule(EVERYBODY, 900, PrincipalSet((BOB,))))
    assert [await can_be_reviewed(stage.context, who, ruling) for who in (ALICE, BOB, "")] == [
        True,
        False,
        False,
    ]


async def test_the_person_behind_withdraws_and_an_agent_only_its_own(stage: Stage) -> None:
    request = await of_agent(stage)
    other = replace(AGENT, id="ag_other")
    outcome = await cancel_request(stage.context, Call(stage.op(), other), request)
    assert isinstance(outcome, Refusal)
    assert not isinstance(await cancel_request(stage.context, by_person(stage.op(), BOB), request), Refusal)


@pytest.mark.parametrize("who", [Principal(ActorKind.PERSON, BOB), AGENT], ids=["person behind", "agent"])
async def test_an_agents_access_is_ended_by_itself_and_by_the_person_behind(
    stage: Stage, who: Principal
) -> None:
    """On the worst of days too: Slack is not asked."""
    request = become(stage, await stage.granted())
    stage.fail()
    assert not isinstance(await revoke_grant(stage.context, Call(stage.op(), who), request), Refusal)


async def test_an_agent_does_not_end_what_its_person_holds(stage: Stage) -> None:
    request = await stage.granted()
    agent = Principal(ActorKind.AGENT, "ag_of_alice", behalf=ALICE)
    outcome = await revoke_grant(stage.context, Call(stage.op(), agent), request)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.PERSONS_ONLY


async def test_an_agents_grant_reveals_nothing_in_slack(stage: Stage) -> None:
    """To nobody: the pinned ruling was for people, and the grant is not the person's."""
    request = become(stage, await stage.granted())
    why = []
    for who in (AGENT, Principal(ActorKind.PERSON, BOB)):
        for act in (
            claim_reveal(stage.context, stage.delivery, Call(stage.op(), who), request),
            claim_by_name(stage.context, stage.delivery, Call(stage.op(), who), STRIPE),
        ):
            outcome = await act
            assert isinstance(outcome, Refusal)
            why.append(outcome.reason)
    assert why == [Reason.NOT_REQUESTER, Reason.NOT_REQUESTER, Reason.NOT_YOURS, Reason.NO_GRANT]


async def test_the_sweep_ends_what_an_agent_of_somebody_who_left_holds(stage: Stage) -> None:
    """Law 4: a lost event about the person behind is made good."""
    request, machine = await of_agent(stage), await of_machine(stage)
    assert await sweep(stage.context) == 0
    stage.turn_into(BOB, Reason.DEACTIVATED)
    assert await sweep(stage.context) == 1
    assert stage.books.requests[request].state is State.CANCELLED
    assert stage.books.requests[machine].state is State.PENDING


@programs
async def test_a_program_may_look_at_what_it_has(stage: Stage, program: Principal) -> None:
    outcome = await show_status(stage.context, Call(stage.op(), program))
    assert outcome == Holdings()


async def test_the_person_behind_is_not_called_to_decide(stage: Stage) -> None:
    """Bob is awaited and does not see the channel: he is told of others' requests, not of his agent's."""
    stage.directory.approvers = frozenset({CAROL})
    awaited = Ruling(APPROVERS, (Step(PrincipalSet((BOB,))),))
    own, others = replace(stage.books.requests[await of_agent(stage)], ruling=awaited), await stage.filed(DB)
    assert await outsiders(stage.context, own) == []
    assert await outsiders(stage.context, replace(stage.books.requests[others], ruling=awaited)) == [BOB]


RUN = replace(MACHINE, run="9f86d081", issuer="https://issuer.example")
STARTED = PipelineRun(Platform.GITHUB, "acme/shop", actor="octocat (9001)")


def of_run(stage: Stage, who: Principal = RUN) -> Call:
    return Call(stage.op(), who, Origin(surface=CI, pipeline=STARTED))


def name_machine(stage: Stage, times: int = 0) -> None:
    """A rule for one variable lets the machine ask, and nobody need agree the first times."""
    policy, deploy = stage.context.rulebook.current, PrincipalSet.of(["machine:deploy"])
    automatic = Automatic(deploy, 900, times=times, per=3_600) if times else None
    rule = replace(
        policy.rules[0], name="deploys", match=(str(STRIPE),), requesters=deploy, automatic=automatic
    )
    stage.context.rulebook.current = replace(policy, rules=(rule, *policy.rules))


async def test_a_run_of_whom_nobody_knows_files_nothing_that_needs_a_button(stage: Stage) -> None:
    """Law 9: whoever approves could be the one who pressed."""
    name_machine(stage)
    outcome = await open_request(stage.context, of_run(stage), Ask((STRIPE,), Duration(600), WHY))
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.hint) == (Reason.ACTOR_UNKNOWN, "octocat (9001)")
    assert stage.refusals() == [Reason.ACTOR_UNKNOWN]
    assert not stage.books.requests


async def test_what_needs_nobody_s_yes_needs_nobody_behind_and_ends_with_its_times(stage: Stage) -> None:
    name_machine(stage, times=1)
    filed = await open_request(stage.context, of_run(stage), Ask((STRIPE,), Duration(600), WHY))
    assert isinstance(filed, Filed)
    assert filed.state is State.APPROVED
    again = await open_request(stage.context, of_run(stage), Ask((STRIPE,), Duration(600), WHY))
    assert isinstance(again, Refusal)
    assert (again.reason, again.hint) == (Reason.ACTOR_UNKNOWN, "octocat (9001)")


async def test_a_run_of_somebody_known_waits_for_others(stage: Stage) -> None:
    name_machine(stage)
    run = replace(RUN, behalf=BOB)
    filed = await open_request(stage.context, of_run(stage, run), Ask((STRIPE,), Duration(600), WHY))
    assert isinstance(filed, Filed)
    assert filed.approvers == (CAROL,)


async def test_a_run_sees_the_names_alone_that_a_rule_gives_its_machine(stage: Stage) -> None:
    assert await list_variables(stage.context, of_run(stage)) == ()
    name_machine(stage)
    assert await list_variables(stage.context, of_run(stage)) == (STRIPE,)
    other = replace(RUN, id="other")
    assert await list_variables(stage.context, of_run(stage, other)) == ()
    of_alice = await list_variables(stage.context, by_person(stage.op(), ALICE))
    assert isinstance(of_alice, tuple)
    assert len(of_alice) == 2


async def test_a_run_sets_no_value(stage: Stage) -> None:
    """Not even where the person behind it owns the variable."""
    policy = stage.context.rulebook.current
    owners = (Owners(("*",), PrincipalSet((BOB,))),)
    stage.context.rulebook.current = replace(policy, owners=owners)
    run = replace(RUN, behalf=BOB)
    outcome = await set_value(stage.context, of_run(stage, run), STRIPE, "another", replace=True)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.PERSONS_ONLY
    assert stage.books.values[STRIPE] == VALUE
