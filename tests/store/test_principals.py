"""Machines and agents in the store: they decide nothing, and the person behind counts as the one who asked.

The scripts rule this by themselves: a surface that forgets to ask opens nothing.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from envaccess.domain.audit import BEHIND, ActorKind, person, read_actor
from envaccess.domain.call import CI, IN_SLACK, Origin
from envaccess.domain.errors import RecordRefusedError
from envaccess.domain.outcome import Attempt, Decided, Recorded
from envaccess.domain.policy.rules import Step
from envaccess.domain.policy.ruling import Ruling
from envaccess.domain.principal import Principal
from envaccess.domain.programs import PipelineRun, Platform
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState, State, Verb
from tests.fakes.rulings import AUTOMATIC, EMERGENCY, HERE, ruled
from tests.store.harness import ALICE, BOB, CAROL, HOUR, MINUTE, RULING, TERMINAL, StoreHarness, target, var
from tests.store.test_chain import why

AGENT: dict[str, Any] = {"who": "agent:ag_7k2p", "behind": ALICE}
STARTED: dict[str, Any] = {"who": "machine:deploy", "behind": ALICE}
MACHINE: dict[str, Any] = {"who": "machine:deploy"}
ASKING = pytest.mark.parametrize("who", [AGENT, STARTED], ids=["agent", "machine"])


@pytest.mark.parametrize(
    ("who", "principal"),
    [
        (AGENT, Principal(ActorKind.AGENT, "ag_7k2p", behalf=ALICE)),
        (STARTED, Principal(ActorKind.MACHINE, "deploy", behalf=ALICE)),
        ({"who": ALICE}, Principal(ActorKind.PERSON, ALICE)),
    ],
)
async def test_a_record_says_who_asks_and_who_is_behind(
    harness: StoreHarness, who: Any, principal: Principal
) -> None:
    request = await harness.file(**who)
    assert (await harness.get(request)).principal == principal
    assert await harness.requests.holders() == {principal}


async def test_a_persons_record_has_no_field_of_anybody_behind(harness: StoreHarness) -> None:
    """As 0.1.0 wrote it: the bare id, and nothing else about who asks."""
    request = await harness.file()
    kept: Any = await harness.content(harness.runner.key("request", request))
    assert (kept["requester"], "behind" in kept) == (ALICE, False)


async def test_every_event_of_an_agents_request_names_the_person_behind(harness: StoreHarness) -> None:
    request = await harness.grant(**AGENT)
    await harness.revoke(request)
    events = [event for event in await harness.events() if event.request == request]
    assert [(event.event, str(event.actor)) for event in events] == [
        ("request.created", "agent:ag_7k2p"),
        ("request.approved", "person:U0BOB"),
        ("grant.activated", "person:U0BOB"),
        ("grant.revoked", "person:U0ALICE"),
    ]
    assert {(event.requester, event.detail[BEHIND]) for event in events} == {("agent:ag_7k2p", ALICE)}


async def test_an_event_of_a_persons_request_has_no_such_detail(harness: StoreHarness) -> None:
    await harness.grant()
    assert all(BEHIND not in event.detail for event in await harness.events())


@ASKING
@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_nobody_decides_what_their_agent_or_pipeline_asked(
    harness: StoreHarness, who: dict[str, Any], verb: Verb
) -> None:
    """Law 3, in their own right and by a duty that they handed to somebody."""
    request = await harness.file(**who)
    assert why(await harness.decide(request, ALICE, verb)) is Reason.SELF_APPROVAL
    assert why(await harness.decide(request, BOB, verb, behalf=ALICE)) is Reason.SELF_APPROVAL
    assert (await harness.get(request)).state is State.PENDING
    refused = [event.detail for event in await harness.events() if event.event == "access.refused"]
    assert refused == [{"tried": verb, "why": "self_approval"}] * 2


@pytest.mark.parametrize("who", [AGENT, STARTED, {"who": ALICE}], ids=["agent", "machine", "person"])
async def test_nobody_asks_back_about_what_they_or_their_agent_asked(harness: StoreHarness, who: Any) -> None:
    request = await harness.file(**who)
    asked = await harness.requests.ask(harness.op(), request, ALICE, "which customer?", "")
    assert why(asked) is Reason.SELF_APPROVAL


@ASKING
async def test_the_person_behind_answers_for_it_and_nobody_else_does(
    harness: StoreHarness, who: dict[str, Any]
) -> None:
    request = await harness.file(**who)
    await harness.requests.ask(harness.op(), request, BOB, "which customer?", "")
    for other in (BOB, CAROL):
        refused = await harness.requests.answer(harness.op(), request, other, "all of them", "")
        assert why(refused) is Reason.NOT_YOURS
    assert isinstance(
        await harness.requests.answer(harness.op(), request, ALICE, "the one of Monday", ""), Recorded
    )
    (question,) = (await harness.get(request)).progress.questions
    assert question.answer == "the one of Monday"


async def test_nobody_asks_back_where_nobody_knows_who_is_behind(harness: StoreHarness) -> None:
    request = await harness.file(**STARTED)
    await harness.client.hdel(harness.runner.key("request", request), "behind")
    asked = await harness.requests.ask(harness.op(), request, BOB, "which customer?", "")
    assert why(asked) is Reason.NOT_APPROVER


@ASKING
async def test_nobody_reviews_what_their_agent_or_pipeline_took(
    harness: StoreHarness, who: dict[str, Any]
) -> None:
    request = await harness.file(ruling=EMERGENCY, **who)
    reviewed = await harness.requests.review(harness.op(), request, ALICE, "looked at it", "")
    assert why(reviewed) is Reason.OWN_REVIEW
    assert not isinstance(await harness.requests.review(harness.op(), request, BOB, "fine", ""), Refusal)


async def test_an_agent_of_an_approver_adds_nothing_to_their_approval(harness: StoreHarness) -> None:
    """One person behind two things counts once: the agent's yes is none."""
    request = await harness.file(ruling=ruled(Step(HERE, approvals=2)))
    await harness.decide(request, BOB)
    assert why(await harness.decide(request, "agent:ag_of_bob")) is Reason.PERSONS_ONLY
    assert why(await harness.decide(request, BOB)) is Reason.ALREADY_COUNTED
    assert (await harness.get(request)).state is State.PENDING
    assert isinstance(await harness.decide(request, CAROL, checked=1), Decided)


Try = Callable[[StoreHarness, str, str], Awaitable[object]]
DECIDING: dict[str, Try] = {
    "approve": lambda s, program, r: s.decide(r, program),
    "deny": lambda s, program, r: s.decide(r, program, Verb.DENY),
    "ask": lambda s, program, r: s.requests.ask(s.op(), r, program, "which customer?", ""),
    "review": lambda s, program, r: s.requests.review(s.op(), r, program, "fine", ""),
    "delegate": lambda s, program, _: s.delegations.give(s.op(), program, CAROL, 3_600),
    "lock": lambda s, program, _: s.locks.lock(s.op(), target("B"), read_actor(program), "because"),
    "unlock": lambda s, program, _: s.locks.unlock(s.op(), target("A"), read_actor(program)),
    "revoke": lambda s, program, r: s.requests.revoke(s.op(), r, read_actor(program)),
}
"""What only persons do, at the store itself: by what it is called in the audit stream."""


@pytest.mark.parametrize("program", ["agent:ag_of_bob", "machine:deploy"])
@pytest.mark.parametrize("tried", DECIDING)
async def test_machines_and_agents_decide_nothing(harness: StoreHarness, tried: str, program: str) -> None:
    """Whatever the service ruled; and the attempt is told."""
    pending, taken = await harness.file("B"), await harness.file("B", ruling=EMERGENCY)
    await harness.lock("A")
    before = await harness.state()
    request = taken if tried in {"review", "revoke"} else pending
    assert why(await DECIDING[tried](harness, program, request)) is Reason.PERSONS_ONLY
    assert await harness.state() == before
    event = (await harness.events())[-1]
    told = {"tried": tried, "why": "persons_only"}
    assert (event.event, str(event.actor), event.detail) == ("access.refused", program, told)


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_what_this_version_does_not_know_is_no_person_either(harness: StoreHarness, verb: Verb) -> None:
    """A later version's kind of principal decides nothing in this one (law 14)."""
    request = await harness.file()
    assert why(await harness.decide(request, "robot:r2", verb)) is Reason.PERSONS_ONLY
    assert (await harness.get(request)).state is State.PENDING


@pytest.mark.parametrize(
    ("who", "behind"),
    [("robot:r2", ALICE), ("agent:", ALICE), (":", ALICE), ("agent:ag_7k2p", ""), (ALICE, BOB)],
    ids=["unknown", "no id", "nothing", "nobody is behind it", "somebody is behind a person"],
)
async def test_a_request_of_a_principal_that_cannot_be_is_refused_alone(
    harness: StoreHarness, who: str, behind: str
) -> None:
    """As another version files it, sealed."""
    own, new = await harness.file(who=BOB), harness.new(who=who, behind=behind, ruling=AUTOMATIC)
    with pytest.raises(RecordRefusedError, match="principal"):
        await harness.requests.open(harness.op(), new)
    with pytest.raises(RecordRefusedError, match="principal"):
        await harness.requests.get(new.id)
    assert [found.id for found in await harness.requests.undecided()] == [own]


@pytest.mark.parametrize("who", ["robot:r2", "agent:", ":", "person:U0ALICE"])
async def test_no_script_decides_for_an_unknown_kind_of_principal(harness: StoreHarness, who: str) -> None:
    request = await harness.file()
    await harness.client.hset(harness.runner.key("request", request), "requester", who)
    assert why(await harness.decide(request, CAROL)) is Reason.RECORD_REFUSED


@pytest.mark.parametrize(
    "forged", [{"behind": ""}, {"behind": BOB}, {"requester": ALICE, "behind": ""}], ids=str
)
async def test_nothing_is_shown_of_an_agent_whose_person_was_changed(
    harness: StoreHarness, forged: Any
) -> None:
    """Whoever writes to Redis takes the person behind away, and approves it themselves."""
    request = await harness.file(**AGENT)
    await harness.client.hset(harness.runner.key("request", request), mapping=forged)
    with pytest.raises(RecordRefusedError, match="than was sealed"):
        await harness.requests.get(request)


async def test_nobody_decides_where_nobody_knows_who_is_behind(harness: StoreHarness) -> None:
    """Anybody who decides could be the one who started the pipeline."""
    request = await harness.file(**STARTED)
    before: Any = await harness.content(harness.runner.key("request", request))
    await harness.client.hdel(harness.runner.key("request", request), "behind")
    for verb in (Verb.APPROVE, Verb.DENY):
        assert why(await harness.decide(request, BOB, verb)) is Reason.NOT_APPROVER
    after: Any = await harness.content(harness.runner.key("request", request))
    assert {**after, "behind": ALICE} == before


async def test_nobody_reviews_where_nobody_knows_who_is_behind(harness: StoreHarness) -> None:
    request = await harness.file(ruling=EMERGENCY, **STARTED)
    await harness.client.hdel(harness.runner.key("request", request), "behind")
    reviewed = await harness.requests.review(harness.op(), request, BOB, "fine", "")
    assert why(reviewed) is Reason.NOT_REVIEWER


@pytest.mark.parametrize("ruling", [RULING, EMERGENCY])
async def test_nothing_waits_for_people_where_nobody_knows_who_is_behind(
    harness: StoreHarness, ruling: Ruling
) -> None:
    opened = await harness.requests.open(harness.op(), harness.new(ruling=ruling, **MACHINE))
    assert why(opened) is Reason.ACTOR_UNKNOWN
    assert await harness.requests.holders() == set()


async def test_nothing_waits_for_people_where_nobody_knows_who_started_the_run_again(
    harness: StoreHarness,
) -> None:
    again = PipelineRun(Platform.GITHUB, "acme/shop", restarted="2")
    opened = await harness.requests.open(
        harness.op(), harness.new(**{**STARTED, "origin": Origin(surface=CI, pipeline=again)})
    )
    assert why(opened) is Reason.RESTARTED


async def test_what_needs_no_person_needs_nobody_behind(harness: StoreHarness) -> None:
    request = await harness.file(ruling=AUTOMATIC, **MACHINE)
    assert (await harness.get(request)).held


@ASKING
async def test_the_person_behind_withdraws_and_ends_what_was_asked(
    harness: StoreHarness, who: dict[str, Any]
) -> None:
    """The owner of an agent stops it; that widens nothing."""
    pending, granted = await harness.file("A", **who), await harness.grant("B", **who)
    assert not isinstance(await harness.requests.cancel(harness.op(), pending, person(ALICE)), Refusal)
    assert not isinstance(await harness.revoke(granted), Refusal)


async def test_a_program_withdraws_and_ends_its_own_and_nobody_elses(harness: StoreHarness) -> None:
    agent, other = read_actor(AGENT["who"]), read_actor("agent:ag_other")
    pending, granted = await harness.file("A", **AGENT), await harness.grant("B", **AGENT)
    persons = await harness.file("A")
    for actor, request in ((other, pending), (agent, persons)):
        assert why(await harness.requests.cancel(harness.op(), request, actor)) is Reason.NOT_YOURS
    assert why(await harness.revoke(granted, other)) is Reason.PERSONS_ONLY
    assert why(await harness.revoke(await harness.grant("B"), agent)) is Reason.PERSONS_ONLY
    assert not isinstance(await harness.requests.cancel(harness.op(), pending, agent), Refusal)
    assert not isinstance(await harness.revoke(granted, agent), Refusal)


@pytest.mark.parametrize(("origin", "how"), [(IN_SLACK, ""), (IN_SLACK, "push"), (TERMINAL, "")])
async def test_no_program_gets_a_value_in_a_persons_way(
    harness: StoreHarness, origin: Origin, how: str
) -> None:
    """A machine's way is CI's and an agent's the broker's: no ruling of today lets a value out there."""
    request = await harness.grant(**AGENT)
    claim = await harness.reveals.claim(harness.op(), request, AGENT["who"], origin, how)
    assert why(claim) is Reason.DELIVERY
    assert why(await harness.reveals.claim_named(harness.op(), var("A"), AGENT["who"])) is Reason.DELIVERY


async def test_the_person_behind_does_not_reveal_what_their_agent_was_granted(harness: StoreHarness) -> None:
    request = await harness.grant(**AGENT)
    assert why(await harness.claim(request, ALICE)) is Reason.NOT_YOURS


async def test_a_lock_on_the_person_behind_holds_their_agent_up(harness: StoreHarness) -> None:
    pending, granted = await harness.file("A", **AGENT), await harness.grant("B", **AGENT)
    await harness.lock(ALICE)
    assert why(await harness.decide(pending, BOB)) is Reason.LOCKED
    assert why(await harness.claim(granted, AGENT["who"])) is Reason.LOCKED
    assert why(await harness.requests.open(harness.op(), harness.new("staging/DB", **AGENT))) is Reason.LOCKED
    found = await harness.get(pending)
    assert found.lock is not None
    assert found.lock.target == target(ALICE)


async def test_a_refused_attempt_of_an_agent_names_the_person_behind(harness: StoreHarness) -> None:
    """Of whoever tried, not of whose request it was about."""
    request = await harness.file(**STARTED)
    attempt = Attempt(read_actor("agent:ag_of_bob"), "approve", request, behind=BOB)
    await harness.trail.refuse(harness.op(), attempt, Reason.PERSONS_ONLY)
    event = (await harness.events())[-1]
    assert (event.request, event.behind, event.requester) == (request, BOB, "machine:deploy")
    await harness.trail.refuse(harness.op(), Attempt(person(CAROL), "reveal", request), Reason.NOT_YOURS)
    assert (await harness.events())[-1].behind == ""


async def test_the_person_behind_has_a_card_but_of_pipelines_that_the_policy_lets_through(
    harness: StoreHarness,
) -> None:
    """Where nobody is behind, whoever draws would else ask Slack for the messages of nobody."""
    alone = await harness.get(await harness.file(**STARTED, ruling=AUTOMATIC))
    assert alone.automatic
    assert not alone.needs_card
    assert not (await harness.get(await harness.file("B", **MACHINE, ruling=AUTOMATIC))).needs_card
    assert (await harness.get(await harness.grant(**AGENT))).needs_card
    assert (await harness.get(await harness.grant())).needs_card


async def test_a_lock_on_the_person_behind_is_drawn_and_ends_what_was_to_begin(harness: StoreHarness) -> None:
    pending, later = (
        await harness.file("A", **AGENT),
        await harness.file("B", **AGENT, starts_at=await harness.now() + HOUR),
    )
    await harness.decide(later)
    before = (await harness.get(pending)).version
    await harness.lock(ALICE)
    assert (await harness.get(pending)).version == before + 1
    await harness.pass_time(HOUR + MINUTE)
    await harness.work()
    assert (await harness.get(later)).grant is GrantState.REVOKED
