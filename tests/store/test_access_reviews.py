"""Access reviews in the store: who writes to Redis judges nothing, and nobody judges their own."""

import asyncio
import json
from typing import Any

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.access_review import AccessReview, Judged, Verdict, draw
from envaccess.domain.audit import Actor, ActorKind, person
from envaccess.domain.merkle import EMPTY
from envaccess.domain.refusal import Reason, Refusal
from envaccess.store.access_reviews import RedisAccessReviews
from envaccess.store.tree import RedisTree
from envaccess.wiring.audit_tree import redact_event
from tests.fakes.sealing import sealing_for
from tests.store.access_reviews import REASON, Reviewed
from tests.store.harness import ALICE, BOB, CAROL, HOUR, OPERATOR, SECURITY, WORKSPACE, StoreHarness

DAY = 24 * HOUR
KEEP, REDUCE, REVOKE = Verdict


async def put(reviewed: Reviewed, kind: str, field: str, text: str) -> None:
    """What somebody does who can write to Redis."""
    client: Any = reviewed.store.client
    await client.hset(reviewed.store.runner.key(kind, reviewed.review.id), field, text)


async def got(reviewed: Reviewed, kind: str, field: str) -> str:
    client: Any = reviewed.store.client
    return str(await client.hget(reviewed.store.runner.key(kind, reviewed.review.id), field))


@pytest.mark.parametrize(
    "forged", ["no json", "{}", "[" * 9_999, '{"seal":"itemjudgement.0.0.{}","by":"person:U0CAROL"}']
)
async def test_what_somebody_wrote_into_redis_makes_no_item_look_judged(
    harness: StoreHarness, forged: str
) -> None:
    reviewed = await Reviewed.of(harness)
    await put(reviewed, "judgements", "2", forged)
    assert [item.id for item in (await reviewed.now()).unjudged] == ["1", "2", "3"]
    assert "seal.broken" in await harness.tags()
    judged = await reviewed.judges({"1": KEEP, "2": KEEP})
    assert isinstance(judged, Judged)  # nobody can be kept from the others by it
    assert judged.done == ("1",)


async def test_a_judgement_says_nothing_about_another_item_or_another_review(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    await reviewed.judges({"1": REVOKE})
    kept = await got(reviewed, "judgements", "1")
    await put(reviewed, "judgements", "2", kept)
    other = RedisAccessReviews(harness.runner, sealing_for("T0OTHER"))
    assert set((await reviewed.now()).judgements) == {"1"}
    assert await other.get(reviewed.review.id) is None
    changed = json.loads(kept) | {"why": "another reason"}
    await put(reviewed, "judgements", "1", json.dumps(changed))
    assert (await reviewed.now()).judgements["1"].why == ""


@pytest.mark.parametrize("how", ["an item less", "another person", "about nobody"])
async def test_a_review_whose_items_were_changed_is_refused(harness: StoreHarness, how: str) -> None:
    reviewed = await Reviewed.of(harness)
    client: Any = harness.client
    if how == "an item less":
        await client.hdel(harness.runner.key("review_items", reviewed.review.id), "3")
    else:
        text = await got(reviewed, "review_items", "1")
        to = text.replace(ALICE, BOB) if how == "another person" else text.replace(f'["{ALICE}"]', "[]", 1)
        await put(reviewed, "review_items", "1", to)
    assert await reviewed.reviews.get(reviewed.review.id) is None
    assert "seal.broken" in await harness.tags()


async def test_a_record_that_says_closed_is_not(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    await put(reviewed, "access_review", "state", "closed")
    assert (await reviewed.now()).is_open
    await put(reviewed, "access_review", "close_seal", await got(reviewed, "access_review", "seal"))
    assert await reviewed.reviews.get(reviewed.review.id) is None


@pytest.mark.parametrize(
    ("by", "verdict", "why"),
    [
        (person(ALICE), KEEP, Reason.OWN_ACCESS),
        (person(ALICE), REVOKE, Reason.OWN_ACCESS),
        (Actor(ActorKind.MACHINE, "deploy"), KEEP, Reason.PERSONS_ONLY),
        (Actor(ActorKind.AGENT, "ag_7k2p"), REVOKE, Reason.PERSONS_ONLY),
        (OPERATOR, KEEP, Reason.HOST_KEEPS),
    ],
    ids=str,
)
async def test_the_script_itself_lets_nobody_judge_who_may_not(
    harness: StoreHarness, by: Actor, verdict: Verdict, why: Reason
) -> None:
    """Whatever a verb overlooked; and not even the items beside that one."""
    reviewed = await Reviewed.of(harness)
    refused = await reviewed.judges({"1": verdict, "2": REVOKE}, by)
    assert isinstance(refused, Refusal)
    assert refused.reason is why
    assert not (await reviewed.now()).judgements
    assert "review.item_judged" not in await harness.tags()


async def test_nothing_is_judged_of_what_is_unknown_by_who_is_locked_or_in_what_is_closed(
    harness: StoreHarness,
) -> None:
    reviewed = await Reviewed.of(harness)
    for number in ("0", "4", "x", ""):
        refused = await reviewed.judges({number: KEEP})
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.REVIEW_ITEM
    await harness.lock(CAROL)
    locked = await reviewed.judges()
    assert isinstance(locked, Refusal)
    assert locked.reason is Reason.LOCKED
    await harness.unlock(CAROL)
    now = harness.sealing.clock()
    closed = await reviewed.reviews.close(harness.op(), reviewed.review, SECURITY, now, "", "")
    assert isinstance(closed, AccessReview)
    over = await reviewed.judges()
    assert isinstance(over, Refusal)
    assert over.reason is Reason.ACCESS_REVIEW_OVER


async def test_a_process_that_was_paused_judges_nothing(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    late = RedisAccessReviews(harness.runner, sealing_for(WORKSPACE, -60_000))
    refused = await late.judge(harness.op(), reviewed.review, SECURITY, {"1": KEEP}, "")
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.CLOCK_OFF


async def test_it_is_closed_as_it_was_seen_or_looked_at_again(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    await reviewed.judges({"1": REDUCE})
    now = harness.sealing.clock()
    assert await reviewed.reviews.close(harness.op(), reviewed.review, SECURITY, now, "", "p") is None
    seen = await reviewed.now()
    closed = await reviewed.reviews.close(harness.op(), seen, SECURITY, now, "patch", "p")
    assert isinstance(closed, AccessReview)
    assert (closed.is_open, closed.patch, closed.pack) == (False, "patch", "p")
    (event,) = [event for event in await harness.events() if event.event == "review.closed"]
    assert (event.detail["reduce"], event.detail["open"], event.detail["pack"]) == ("1", "2", "p")
    await put(reviewed, "access_review", "patch", "another patch")
    assert await reviewed.reviews.get(closed.id) is None


async def test_reviewers_are_reminded_until_it_is_closed(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    for days, reminded in ((6, 0), (1.1, 1), (5.9, 2), (1, 3), (6, 3), (1.1, 4)):
        await harness.pass_time(days * DAY)
        await harness.work()
        assert (await harness.tags()).count("review.reminded") == reminded
    client: Any = harness.client
    assert await client.pttl(harness.runner.key("access_review", reviewed.review.id)) > 300 * DAY


async def test_a_reason_that_is_redacted_is_gone_and_the_judgement_stays(harness: StoreHarness) -> None:
    reviewed = await Reviewed.of(harness)
    await reviewed.judges({"1": REVOKE, "2": REDUCE})
    event = (await harness.events())[-1]
    await redact_event(RedisTree(harness.runner), harness.op(), OPERATOR, event.id, "a name was in it")
    said = (await reviewed.now()).judgements
    assert [(one.verdict, one.why) for one in said.values()] == [(REVOKE, ""), (REDUCE, "")]
    assert REASON not in str(await harness.dump())


def test_the_root_draws_the_sample_and_nobody_else() -> None:
    ids = [f"{number:08d}" for number in range(300)]
    assert draw(EMPTY, ids) == draw(EMPTY, [*reversed(ids), ids[0]])
    assert len(draw(EMPTY, ids)) == 25
    assert draw(b"another root", ids) != draw(EMPTY, ids)
    assert draw(EMPTY, ids[:3]) == sorted(draw(EMPTY, ids[:3]), key=draw(EMPTY, ids[:3]).index)


PEOPLE = (ALICE, BOB, CAROL)
STEP = st.tuples(
    st.sampled_from([*PEOPLE, "cli:root"]),
    st.dictionaries(st.sampled_from(["1", "2", "3", "4"]), st.sampled_from(Verdict), min_size=1),
    st.sampled_from(["a", "b", "c"]),
)


@settings(max_examples=12)
@given(st.lists(STEP, max_size=8))
def test_a_review_is_as_its_model_says_whatever_people_do(steps: list[Any]) -> None:
    """The model: the first judgement stays, an operation counts once, nobody judges their own."""
    asyncio.run(_follow(steps))


async def _follow(steps: list[Any]) -> None:
    store = StoreHarness(FakeAsyncRedis(decode_responses=True))
    reviewed = await Reviewed.of(store, PEOPLE)
    model: dict[str, tuple[str, Verdict]] = {}
    done: set[tuple[str, str]] = set()
    for who, verdicts, op in steps:
        actor = OPERATOR if who == "cli:root" else person(who)
        judged = await reviewed.judges(verdicts, actor, op)
        bad = "4" in verdicts or (who in PEOPLE and str(PEOPLE.index(who) + 1) in verdicts)
        bad = bad or (who == "cli:root" and KEEP in verdicts.values())
        if (who, op) not in done and not bad:
            assert isinstance(judged, Judged)
            model |= {item: (str(actor), said) for item, said in verdicts.items() if item not in model}
        done.add((who, op))
        now = await reviewed.now()
        assert {item: (one.by, one.verdict) for item, one in now.judgements.items()} == model
    told = [event for event in await store.events() if event.event == "review.item_judged"]
    assert sorted(event.detail["item"] for event in told) == sorted(model)
    assert all(("reason" in event.detail) is (event.detail["verdict"] != "keep") for event in told)
    said = (await reviewed.now()).judgements.values()
    assert all(one.why == ("" if one.verdict is KEEP else REASON) for one in said)
