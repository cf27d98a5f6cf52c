"""What an access review looks at, and whom each item is about: self-review by no path."""

import json
from collections.abc import Iterable

import pytest

from envaccess.application.access_reviews.close import close_access_review
from envaccess.application.access_reviews.judge import judge_items
from envaccess.application.access_reviews.start import WantedReview, open_review, start_review
from envaccess.application.rulebook import Rulebook
from envaccess.application.service_context import ServiceContext
from envaccess.domain.access_review import AccessReview, Item, ItemKind, Judged, Verdict, next_page
from envaccess.domain.call import by_person
from envaccess.domain.policy.book import Policy
from envaccess.domain.refusal import Reason, Refusal
from envaccess.policy_file.reading import read_policy
from envaccess.slack.render.access_reviews import judge_form, render_review
from tests.fakes.context import APPROVERS, FakeDirectory
from tests.fakes.rulings import EMERGENCY
from tests.store.access_reviews import Reviewed
from tests.store.harness import ALICE, BOB, CAROL, OPERATOR, StoreHarness, var
from tests.store.verbs import context_on

DANA, ENG = "U0DANA", "S0ENG"
EVERYBODY = (ALICE, BOB, CAROL, DANA)
POLICY = f"""
version: 1
security: [{BOB}, {DANA}]
owners:
  "*/A": [{CAROL}]
machines:
  deploy: {{issuer: github, repository_id: '456', owner_id: '123', ref: refs/heads/main,
           workflow_ref: acme/shop/.github/workflows/deploy.yml, environment: production}}
rules:
  - name: shop
    match: "*/A"
    requesters: [{ENG}, {ALICE}, owners, agents, deploy]
    approvers: [{BOB}, {CAROL}]
    delivery: [reveal, cli, ci, broker]
    automatic: {{for: [{ENG}], max: 1h}}
    emergency: {{for: [{ALICE}], review: [{BOB}, {CAROL}]}}
  - name: rest
    match: "*/*"
    approvers: [{BOB}, {CAROL}]
"""


def read(text: str) -> Policy:
    found = read_policy(text, APPROVERS)
    assert isinstance(found, Policy), found
    return found


def acting(store: StoreHarness, policy: str = POLICY, group: Iterable[str] = (BOB, DANA)) -> ServiceContext:
    directory = FakeDirectory()
    directory.join(*EVERYBODY)
    directory.groups = {ENG: set(group)}
    directory.approvers = frozenset({BOB, CAROL})
    return context_on(store, directory, rulebook=Rulebook(read(policy)))


async def opened(context: ServiceContext, what: str = "") -> AccessReview:
    wanted = WantedReview(what, channels=(("approvers", APPROVERS),))
    found = await open_review(context, f"op-{what}", OPERATOR, wanted)
    assert isinstance(found, AccessReview), found
    return found


def about(review: AccessReview, kind: ItemKind, who: str = "") -> set[str]:
    (found,) = [item for item in review.items if item.kind is kind and who in {"", item.who}]
    return set(found.about)


async def test_each_item_is_about_whoever_gains_by_it(harness: StoreHarness) -> None:
    await harness.add("A")
    await harness.delegations.give(harness.op(), BOB, DANA, 3_600)
    await harness.grant("A", ALICE)
    await harness.grant("A", "agent:ag_7k2p", behind=CAROL)
    await harness.file("A", CAROL, ruling=EMERGENCY)
    review = await opened(acting(harness))
    assert about(review, ItemKind.REQUESTER, BOB) == {BOB}
    assert about(review, ItemKind.REQUESTER, "owners") == {CAROL}
    assert about(review, ItemKind.REQUESTER, "anyone") == set()
    assert about(review, ItemKind.AUTOMATIC) == {BOB, DANA}
    assert about(review, ItemKind.DUTY) == {BOB, DANA}
    assert about(review, ItemKind.GRANT, ALICE) == {ALICE, BOB}
    assert about(review, ItemKind.GRANT, "agent:ag_7k2p") == {CAROL, BOB}
    assert about(review, ItemKind.EMERGENCY) == {CAROL}
    (dana,) = [item for item in review.items if item.who == DANA and item.kind is ItemKind.REQUESTER]
    assert (dana.via, dana.also) == ((ENG,), ("automatic", "agents"))
    assert dana.less == "may still ask, without automatic approval"
    (alice,) = [item for item in review.items if item.who == ALICE and item.kind is ItemKind.REQUESTER]
    assert alice.also == ("emergency", "agents")


@pytest.mark.parametrize("person", EVERYBODY)
async def test_nobody_judges_their_own_through_a_group_an_agent_a_duty_or_an_approval(
    harness: StoreHarness, person: str
) -> None:
    await harness.add("A")
    await harness.delegations.give(harness.op(), BOB, DANA, 3_600)
    await harness.grant("A", ALICE)
    await harness.grant("A", "agent:ag_7k2p", behind=CAROL)
    context = acting(
        harness, POLICY.replace(f"security: [{BOB}, {DANA}]", f"security: [{', '.join(EVERYBODY)}]")
    )
    review = await opened(context)
    own = [item for item in review.items if person in item.about]
    assert own
    for number, item in enumerate(own):
        call = by_person(f"op-{person}-{number}", person)
        refused = await judge_items(context, call, review.id, {item.id: Verdict.REVOKE}, "why not")
        assert isinstance(refused, Refusal)
        assert refused.reason is Reason.OWN_ACCESS
    assert not {item.id for item in own} & {item.id for item in review.left_for(person)}
    assert "review.item_judged" not in await harness.tags()


async def test_what_is_deleted_or_left_meanwhile_is_judged_all_the_same(harness: StoreHarness) -> None:
    await harness.add("A")
    request = await harness.grant("A", ALICE)
    context = acting(harness)
    review = await opened(context, "grants")
    await harness.sealed.delete(harness.op(), var("A"), OPERATOR)
    judged = await judge_items(context, by_person("op", DANA), review.id, {"1": Verdict.REVOKE}, "no ticket")
    assert isinstance(judged, Judged)
    assert (await harness.get(request)).held is False
    context.rulebook.current = read(POLICY.replace(f"security: [{BOB}, {DANA}]", f"security: [{BOB}]"))
    gone = await judge_items(context, by_person("op2", DANA), review.id, {"1": Verdict.KEEP}, "")
    assert isinstance(gone, Refusal)
    assert gone.reason is Reason.NOT_ACCESS_REVIEWER


async def test_three_hundred_items_are_fifteen_pages_each_of_which_slack_takes(harness: StoreHarness) -> None:
    people = [f"U{number:04d}X" for number in range(300)]
    review = (await Reviewed.of(harness, people)).review
    seen, after = list[str](), 0
    while page := next_page(review.left_for(CAROL), after):
        form = judge_form(review, page)
        assert len(form["blocks"]) <= 100
        assert len(form["private_metadata"]) <= 3_000
        assert len(json.dumps(form)) < 20_000
        seen += [item.id for item in page]
        after = int(page[-1].id)
    assert seen == [item.id for item in review.items]
    assert len(seen) / 15 == 20
    assert len(render_review(review, CAROL, judges=True, closes=True).blocks) <= 50


async def test_what_nobody_would_read_is_refused_before_anything_is_written(harness: StoreHarness) -> None:
    context = acting(harness, group=[f"U{number:04d}X" for number in range(1_001)])
    refused = await open_review(context, "op", OPERATOR, WantedReview("shop"))
    assert isinstance(refused, Refusal)
    assert refused.reason is Reason.TOO_MANY_ITEMS
    nothing = await open_review(context, "op2", OPERATOR, WantedReview("duties"))
    assert isinstance(nothing, Refusal)
    assert nothing.reason is Reason.NO_REVIEW_ITEMS
    assert "review.opened" not in await harness.tags()


async def test_a_second_review_is_refused_and_so_is_who_is_not_security(harness: StoreHarness) -> None:
    context = acting(harness)
    first = await opened(context)
    assert await opened(context) == first  # the same operation once more
    host = await open_review(context, "another", OPERATOR, WantedReview())
    assert isinstance(host, Refusal)
    assert (host.reason, host.request) == (Reason.ACCESS_REVIEW_OPEN, first.id)
    second = await start_review(context, by_person("op2", DANA), WantedReview())
    assert isinstance(second, Refusal)
    assert second.reason is Reason.ACCESS_REVIEW_OPEN
    other = await start_review(context, by_person("op3", ALICE), WantedReview())
    assert isinstance(other, Refusal)
    assert other.reason is Reason.NOT_REVIEW_SECURITY


def test_a_rule_that_is_called_like_markup_is_only_text() -> None:
    name = "<!channel> *x* `y` <@U0ALICE>"
    item = Item("1", ItemKind.REQUESTER, name, "<!here>", (), ("<!subteam^S0ENG>",))
    review = AccessReview("7k2m9xq4", name, "cli:<!here>", (), "", "", 0, (item,), 1, 2)
    drawn = json.dumps(
        [judge_form(review, [item]), render_review(review, BOB, judges=True, closes=True).blocks]
    )
    assert "<!channel" not in drawn
    assert "<!here" not in drawn
    assert "<!subteam" not in drawn
    assert "<@U0ALICE" not in drawn


async def test_a_review_of_something_else_lets_no_emergency_go_by(harness: StoreHarness) -> None:
    """A security person starts and closes one of channels, so that their emergency is before the next."""
    await harness.add("A")
    taken = await harness.file("A", CAROL, ruling=EMERGENCY)
    await harness.file("A", "machine:deploy", behind=DANA)
    context = acting(harness)
    for what in ("channels", "emergencies"):
        await opened(context, what)
        assert isinstance(
            await close_access_review(context, by_person(f"op-{what}", BOB), sure=True), AccessReview
        )
    review = await opened(context)
    (found,) = [item for item in review.items if item.kind is ItemKind.EMERGENCY]
    assert found.request == taken
    assert about(review, ItemKind.REQUESTER, "machine:deploy") == {DANA}
    await judge_items(context, by_person("op-judge", BOB), review.id, {found.id: Verdict.KEEP}, "")
    await close_access_review(context, by_person("op-close", BOB), sure=True)
    assert ItemKind.EMERGENCY not in {item.kind for item in (await opened(context, "everything")).items}


async def test_no_score_in_redis_makes_the_time_to_look_at_shorter(harness: StoreHarness) -> None:
    await harness.add("A")
    await harness.grant("A", ALICE)
    await harness.client.zadd(harness.runner.key("access_reviews"), {"zzzzzzzz": await harness.now() + 1_000})
    (item,) = (await opened(acting(harness), "grants")).items
    assert item.who == ALICE
