"""Slack's two ways to one person: what is known not to have left, and what may have (law 2)."""

from dataclasses import replace

import pytest

from envaccess.application.ports.delivery import Delivery, Way
from envaccess.domain.delivery import Delivered, MaybeDelivered, NotDelivered, Outcome
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.variable import Variable
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError, MessageUncertainError
from envaccess.slack.delivery import BesideDelivery, DirectDelivery, PressedReach
from envaccess.slack.limits import TOGETHER_MAX, VALUE_MAX
from tests.fakes.handler import FakeMessages, FakeResponder

ALICE, URL, VALUE = "U0ALICE", "https://hooks.example/response", "value-for-tests"
KEYS = tuple(Variable("default", f"V{number}") for number in range(10))
CLAIM = Claim("op", "7k2m9xq4", ALICE, KEYS[:1], once=False, expires_at=1, fresh=True, place="D0ALICE")

CAME_TO: list[tuple[Exception, Outcome]] = [
    (MessageRefusedError("channel_not_found"), NotDelivered(Failure.DM_CLOSED, elsewhere=True)),
    (MessageRefusedError("messages_tab_disabled"), NotDelivered(Failure.MESSAGES_TAB, elsewhere=True)),
    (MessageRefusedError("restricted_action"), NotDelivered(Failure.FORBIDDEN, elsewhere=True)),
    (MessageRefusedError("invalid_auth"), NotDelivered(Failure.APP_REFUSED)),
    (MessageRefusedError("invalid_blocks"), NotDelivered(Failure.NOT_DRAWN)),
    (MessageRefusedError("msg_too_long"), NotDelivered(Failure.TOO_LONG)),
    (MessageRefusedError("unheard_of"), NotDelivered(Failure.SLACK_REFUSED)),
    (MessageDelayedError(30), NotDelivered(Failure.SLACK_REFUSED)),
    (MessageUncertainError("no answer"), MaybeDelivered()),
]
each = pytest.mark.parametrize(("fault", "outcome"), CAME_TO, ids=lambda case: repr(case)[:40])


def ways(messages: FakeMessages, responder: FakeResponder) -> list[Way]:
    direct: Delivery = DirectDelivery(messages)
    return [direct, BesideDelivery(responder, URL)]


@each
@pytest.mark.parametrize("number", [0, 1])
async def test_what_slack_says_is_what_it_came_to(fault: Exception, outcome: Outcome, number: int) -> None:
    messages, responder = FakeMessages(), FakeResponder()
    messages.fault = responder.fault = fault
    assert await ways(messages, responder)[number].deliver(CLAIM, {KEYS[0]: VALUE}) == outcome


async def test_each_way_shows_the_values_to_their_requester() -> None:
    messages, responder = FakeMessages(), FakeResponder()
    for way in ways(messages, responder):
        assert await way.deliver(CLAIM, {KEYS[0]: VALUE}) == Delivered()
    assert messages.shown == [(ALICE, {KEYS[0]: VALUE})]
    assert [url for url, _ in responder.answers] == [URL]


@pytest.mark.parametrize(
    ("sizes", "sent"),
    [
        ((VALUE_MAX, 1), True),
        ((VALUE_MAX + 1, 1), False),
        ((1, VALUE_MAX + 1), False),
        ((VALUE_MAX, VALUE_MAX), True),
        ((TOGETHER_MAX // 10 + 1,) * 10, False),
    ],
)
async def test_values_that_slack_cannot_draw_are_not_sent(sizes: tuple[int, ...], *, sent: bool) -> None:
    messages, responder = FakeMessages(), FakeResponder()
    values = {key: "x" * size for key, size in zip(KEYS, sizes, strict=False)}
    for way in ways(messages, responder):
        assert await way.deliver(CLAIM, values) == (Delivered() if sent else NotDelivered(Failure.TOO_LONG))
    assert bool(messages.shown) is bool(responder.answers) is sent


class Closed(FakeMessages):
    """Direct messages that cannot be opened."""

    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self._why = fault

    async def dm_in_time(self, user: str) -> str:
        del user
        raise self._why


@pytest.mark.parametrize(
    ("fault", "refusal"),
    [
        (MessageDelayedError(1), Refusal(Reason.DM_SLOW)),
        (MessageRefusedError("user_disabled"), Refusal(Reason.DM_REFUSED, state=Failure.DM_CLOSED)),
        (MessageRefusedError("missing_scope"), Refusal(Reason.DM_REFUSED, state=Failure.APP_REFUSED)),
    ],
)
async def test_direct_messages_that_do_not_open_are_a_refusal_before_any_claim(
    fault: Exception, refusal: Refusal
) -> None:
    assert await DirectDelivery(Closed(fault)).prepare(ALICE) == refusal


async def test_whoever_pressed_is_reached_there_when_direct_messages_open_late() -> None:
    place = await PressedReach(DirectDelivery(Closed(MessageDelayedError(1)))).prepare(ALICE)
    messages, responder = FakeMessages(), FakeResponder()
    direct, beside = ways(messages, responder)
    claim = replace(CLAIM, place=str(place))
    assert await direct.deliver(claim, {KEYS[0]: VALUE}) == NotDelivered(
        Failure.SLACK_REFUSED, elsewhere=True
    )
    assert await beside.deliver(claim, {KEYS[0]: VALUE}) == Delivered()
    assert not messages.shown


async def test_what_slack_refuses_to_open_stays_refused_wherever_somebody_pressed() -> None:
    refusal = Refusal(Reason.DM_REFUSED, state=Failure.DM_CLOSED)
    assert (
        await PressedReach(DirectDelivery(Closed(MessageRefusedError("user_disabled")))).prepare(ALICE)
        == refusal
    )
