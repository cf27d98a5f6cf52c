"""Every verb asks who somebody is, at that moment, and fails closed when nobody says (laws 3, 4 and 9)."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from envaccess.application.catalog import list_variables, search_variables
from envaccess.application.grants.reveal import claim_by_name, claim_reveal
from envaccess.application.grants.revoke import revoke_grant
from envaccess.application.people.delegate import list_duties
from envaccess.application.refuse import refuse
from envaccess.application.requests.approvers import who_could_decide
from envaccess.application.requests.cancel import cancel_request
from envaccess.application.requests.decide import decide, may_decide
from envaccess.application.requests.filing import open_request, suggest
from envaccess.application.requests.status import show_status
from envaccess.application.requests.waiting import stale_for
from envaccess.application.throttle import allow_command
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask
from envaccess.domain.duration import Duration
from envaccess.domain.errors import DirectoryError, StoreUnavailableError
from envaccess.domain.outcome import Cancelled, Decided, Ended, Filed, Holdings
from envaccess.domain.policy.rules import MAX_SECONDS
from envaccess.domain.refusal import AUDITED, Reason, Refusal
from envaccess.domain.request import State, Verb
from envaccess.domain.variable import Variable
from tests.fakes.context import APPROVERS
from tests.fakes.rulings import usual
from tests.unit.application.stage import ALICE, BOB, CAROL, DB, INELIGIBLE, STRIPE, WHY, Stage

ASK = Ask((STRIPE, DB), Duration(3600), WHY)
Verb_ = Callable[[Stage, str], Awaitable[object]]

CHECKED: dict[str, tuple[str, Verb_]] = {
    "request": (ALICE, lambda s, _: open_request(s.context, by_person(s.op(), ALICE), ASK)),
    "approve": (BOB, lambda s, r: decide(s.context, by_person(s.op(), BOB), r, Verb.APPROVE, "")),
    "deny": (BOB, lambda s, r: decide(s.context, by_person(s.op(), BOB), r, Verb.DENY, "no")),
    "open the denial": (BOB, lambda s, r: may_decide(s.context, by_person(s.op(), BOB), r)),
    "reveal": (ALICE, lambda s, r: claim_reveal(s.context, s.delivery, by_person(s.op(), ALICE), r)),
    "reveal by name": (
        ALICE,
        lambda s, _: claim_by_name(s.context, s.delivery, by_person(s.op(), ALICE), STRIPE),
    ),
    "revoke another's": (BOB, lambda s, r: revoke_grant(s.context, by_person(s.op(), BOB), r)),
    "list": (ALICE, lambda s, _: list_variables(s.context, by_person(s.op(), ALICE))),
    "deny what is old": (BOB, lambda s, _: stale_for(s.context, by_person(s.op(), BOB), Duration(600))),
    "list duties": (BOB, lambda s, _: list_duties(s.context, by_person(s.op(), BOB))),
    "status": (ALICE, lambda s, _: show_status(s.context, by_person(s.op(), ALICE))),
}
"""Verbs that need an answer of Slack: who acts, and the call."""

each = pytest.mark.parametrize("verb", CHECKED.values(), ids=CHECKED.keys())


@pytest.fixture
def stage() -> Stage:
    return Stage()


@each
@pytest.mark.parametrize("reason", INELIGIBLE, ids=str)
async def test_whoever_is_no_full_live_member_is_refused_and_audited(
    stage: Stage, verb: tuple[str, Verb_], reason: Reason
) -> None:
    actor, act = verb
    request = await stage.granted()
    before = dict(stage.books.requests)
    stage.turn_into(actor, reason)
    outcome = await act(stage, request)
    assert isinstance(outcome, Refusal)
    assert outcome.reason is reason
    assert stage.refusals() == [reason]
    assert stage.books.refused[0][0].actor.id == actor
    assert stage.books.requests == before


@each
async def test_without_slacks_answer_nothing_happens(stage: Stage, verb: tuple[str, Verb_]) -> None:
    """Fail closed: not knowing who somebody is must never be better than being refused."""
    request = await stage.filed()
    before = dict(stage.books.requests)
    stage.fail()
    with pytest.raises(DirectoryError):
        await verb[1](stage, request)
    assert stage.books.requests == before
    assert stage.refusals() == []


@pytest.mark.parametrize("fault_at", ["person", "members"])
async def test_one_missing_answer_of_two_is_enough_to_stop(stage: Stage, fault_at: str) -> None:
    request = await stage.filed()

    async def silent(_: str) -> None:
        raise DirectoryError("no answer")

    setattr(stage.directory, fault_at, silent)
    for act in (CHECKED["request"][1], CHECKED["approve"][1]):
        with pytest.raises(DirectoryError):
            await act(stage, request)


async def test_giving_up_ones_own_access_needs_no_answer_of_slack(stage: Stage) -> None:
    """Ending must work on the worst of days."""
    granted, pending = await stage.granted(), await stage.filed(DB)
    stage.fail()
    assert isinstance(await revoke_grant(stage.context, by_person(stage.op(), ALICE), granted), Ended)
    assert isinstance(await cancel_request(stage.context, by_person(stage.op(), ALICE), pending), Cancelled)


@pytest.mark.parametrize("reason", INELIGIBLE, ids=str)
async def test_a_request_of_somebody_who_left_meanwhile_cannot_be_approved(
    stage: Stage, reason: Reason
) -> None:
    """Law 4: filed as a member, approved as a leaver, would be access for nobody's account but theirs."""
    request = await stage.filed()
    stage.turn_into(ALICE, reason)
    outcome = await decide(stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "")
    assert outcome == Refusal(reason, request=request, by=ALICE)
    assert stage.books.refused[0][0].account == ALICE
    assert isinstance(
        await decide(stage.context, by_person(stage.op(), BOB), request, Verb.DENY, "left"), Decided
    )


@pytest.mark.parametrize("verb", [Verb.APPROVE, Verb.DENY])
async def test_nobody_decides_their_own_request_even_as_an_approver(stage: Stage, verb: Verb) -> None:
    """Law 3."""
    stage.directory.approvers |= {ALICE}
    request = await stage.filed()
    for outcome in (
        await decide(stage.context, by_person(stage.op(), ALICE), request, verb, ""),
        await may_decide(stage.context, by_person(stage.op(), ALICE), request),
    ):
        assert outcome == Refusal(Reason.SELF_APPROVAL, request=request)
    assert stage.books.requests[request].state is State.PENDING


async def test_self_approval_is_told_as_such_also_where_slack_calls_the_person_a_guest(stage: Stage) -> None:
    request = await stage.filed()
    stage.turn_into(ALICE, Reason.GUEST)
    outcome = await decide(stage.context, by_person(stage.op(), ALICE), request, Verb.APPROVE, "")
    assert isinstance(outcome, Refusal)
    assert outcome.reason is Reason.SELF_APPROVAL


async def test_whoever_left_the_approvers_channel_decides_no_more(stage: Stage) -> None:
    request = await stage.filed()
    stage.directory.approvers = frozenset({CAROL})
    outcome = await decide(stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "")
    assert outcome == Refusal(Reason.NOT_APPROVER, request=request)
    assert isinstance(
        await decide(stage.context, by_person(stage.op(), CAROL), request, Verb.APPROVE, ""), Decided
    )


async def test_a_request_pinned_to_another_channel_needs_an_approver_of_both(stage: Stage) -> None:
    """The setting may name another channel by now; the ruling that was pinned still counts."""
    request = await stage.filed()
    stage.books.requests[request] = replace(stage.books.requests[request], ruling=usual("C0OLD"))
    outcome = await decide(stage.context, by_person(stage.op(), BOB), request, Verb.APPROVE, "")
    assert outcome == Refusal(Reason.NOT_APPROVER, request=request)


async def test_the_loser_of_a_race_is_told_who_decided_and_is_not_audited(stage: Stage) -> None:
    request = await stage.granted()
    outcome = await decide(stage.context, by_person(stage.op(), CAROL), request, Verb.DENY, "no")
    assert isinstance(outcome, Refusal)
    assert (outcome.reason, outcome.request, outcome.by) == (Reason.NOT_PENDING, request, BOB)
    assert stage.refusals() == []


async def test_an_unknown_id_is_refused_and_audited_without_asking_slack(stage: Stage) -> None:
    stage.fail()
    for act in (decide(stage.context, by_person("op-1", BOB), "zzzzzzzz", Verb.APPROVE, ""),
                revoke_grant(stage.context, by_person("op-2", BOB), "zzzzzzzz")):  # fmt: skip
        assert await act == Refusal(Reason.UNKNOWN_ID, request="zzzzzzzz")
    assert stage.refusals() == [Reason.UNKNOWN_ID] * 2


async def test_a_filed_request_names_who_may_decide(stage: Stage) -> None:
    outcome = await open_request(stage.context, by_person("op", ALICE), ASK)
    assert isinstance(outcome, Filed)
    assert outcome.approvers == (BOB, CAROL)


async def test_too_long_is_refused_with_the_limit_and_audited(stage: Stage) -> None:
    outcome = await open_request(
        stage.context, by_person("op", ALICE), replace(ASK, duration=Duration(MAX_SECONDS + 1))
    )
    assert outcome == Refusal(Reason.TOO_LONG, names=("default/STRIPE_KEY",), limit=MAX_SECONDS)
    assert stage.refusals() == [Reason.TOO_LONG]
    assert stage.books.refused[0][0].names == ("default/STRIPE_KEY", "staging/DB_URL")


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        (frozenset(), Reason.APPROVERS_UNREACHABLE),
        (frozenset({ALICE}), Reason.NO_APPROVERS),
        (frozenset({"U0GUEST", "U0BOT", "U0LEFT", "U0NOBODY"}), Reason.NO_APPROVERS),
    ],
)
async def test_what_nobody_could_decide_is_refused_when_asked(
    stage: Stage, members: frozenset[str], reason: Reason
) -> None:
    """Law 9: nothing configured means no, not a request that waits for ever."""
    for user, why in (("U0GUEST", Reason.GUEST), ("U0BOT", Reason.BOT), ("U0LEFT", Reason.DEACTIVATED)):
        stage.turn_into(user, why)
    stage.directory.approvers = members
    outcome = await open_request(stage.context, by_person("op", ALICE), ASK)
    assert outcome == Refusal(reason)
    assert stage.refusals() == [reason]
    assert stage.books.requests == {}


async def test_one_able_approver_behind_a_crowd_of_others_is_found(stage: Stage) -> None:
    crowd = {f"U{number:05}" for number in range(60)}
    for user in crowd:
        stage.turn_into(user, Reason.GUEST)
    stage.directory.approvers = frozenset(crowd | {"UZLAST", ALICE})
    stage.directory.join("UZLAST")
    assert await who_could_decide(stage.context, ALICE, STRIPE) == ("UZLAST",)


async def test_those_found_unable_are_not_named_as_deciders(stage: Stage) -> None:
    stage.turn_into(BOB, Reason.DEACTIVATED)
    assert await who_could_decide(stage.context, ALICE, STRIPE) == (CAROL,)


async def test_only_the_requester_and_current_approvers_end_a_grant(stage: Stage) -> None:
    request = await stage.granted()
    stage.directory.join("U0DANA")
    outcome = await revoke_grant(stage.context, by_person(stage.op(), "U0DANA"), request)
    assert outcome == Refusal(Reason.NOT_YOURS, request=request)
    assert isinstance(await revoke_grant(stage.context, by_person(stage.op(), CAROL), request), Ended)


async def test_names_are_listed_and_searched_for_members_only(stage: Stage) -> None:
    stage.books.values |= {Variable("default", "OLD_STRIPE"): "", Variable("default", "strip"): ""}
    assert await list_variables(stage.context, by_person("op", ALICE)) == tuple(sorted(stage.books.values))
    found = await search_variables(stage.context, ALICE, " STRIP ")
    assert [variable.label for variable in found] == ["strip", "STRIPE_KEY", "OLD_STRIPE"]
    assert len(await search_variables(stage.context, ALICE, "")) == 4
    stage.turn_into(ALICE, Reason.GUEST)
    assert await search_variables(stage.context, ALICE, "STRIP") == ()


async def test_the_nearest_name_is_suggested_from_what_exists(stage: Stage) -> None:
    assert await suggest(stage.context, ALICE, "STRIP_KEY") == STRIPE
    assert await suggest(stage.context, ALICE, "zzz") is None


@pytest.mark.parametrize("reason", INELIGIBLE, ids=str)
async def test_no_name_is_suggested_to_whoever_may_not_list_them(stage: Stage, reason: Reason) -> None:
    """Guessing at names must not be a way around the list."""
    stage.turn_into(ALICE, reason)
    assert await suggest(stage.context, ALICE, "STRIP_KEY") is None


async def test_status_is_ones_own(stage: Stage) -> None:
    request = await stage.granted()
    mine, theirs = (
        await show_status(stage.context, by_person("a", ALICE)),
        await show_status(stage.context, by_person("b", BOB)),
    )
    assert isinstance(mine, Holdings)
    assert [live.id for live in mine.live] == [request]
    assert theirs == Holdings()


async def test_more_than_twenty_commands_a_minute_are_slowed_down_and_not_audited(stage: Stage) -> None:
    answers = [await allow_command(stage.context, by_person(stage.op(), ALICE)) for _ in range(21)]
    assert answers == [None] * 20 + [Refusal(Reason.SLOW_DOWN)]
    assert stage.refusals() == []


@pytest.mark.parametrize("reason", Reason, ids=str)
async def test_a_refusal_is_written_down_exactly_where_the_table_says(stage: Stage, reason: Reason) -> None:
    """Law 12: lost races, faults and limits are no attempts."""
    assert await refuse(stage.context, by_person("op", ALICE), "request", Refusal(reason)) == Refusal(reason)
    assert (stage.refusals() == [reason]) is (reason in AUDITED)


async def test_a_value_pasted_as_a_name_is_hidden_in_the_audit(stage: Stage) -> None:
    """Law 7."""
    pasted = "sk_live_" + "x9Q" * 8
    await refuse(
        stage.context, by_person("op", ALICE), "request", Refusal(Reason.GUEST), ("default/A", pasted)
    )
    assert stage.books.refused[0][0].names == ("default/A", "(hidden)")


@each
async def test_a_fault_of_the_store_is_told_never_taken_for_a_yes(
    stage: Stage, verb: tuple[str, Verb_]
) -> None:
    request = await stage.granted()
    stage.books.fault = StoreUnavailableError("Redis cannot be reached")
    with pytest.raises(StoreUnavailableError):
        await verb[1](stage, request)


def test_the_stage_is_the_built_in_policys() -> None:
    assert Stage().context.rulebook.current.channel == APPROVERS
