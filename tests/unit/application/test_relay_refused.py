"""What Slack refuses for good: no card goes on waiting, no message goes on offering buttons."""

import pytest

from envaccess.domain.request import State
from envaccess.projections.errors import MessageRefusedError
from envaccess.projections.refused_calls import GONE, UNREACHABLE
from tests.unit.application.showing import APPROVERS, DM, Screen

ONE = "7k2m9xq4"
FOREVER = 1_000


async def refused_everywhere(screen: Screen, code: str) -> None:
    """A request is denied whose card can be neither posted anew, nor redrawn, nor deleted."""
    screen.file(ONE)
    await screen.draw()
    screen.change(ONE, state=State.DENIED)
    for method in ("post_card", "update_card", "delete"):
        screen.slack.fail(method, *[MessageRefusedError(code)] * FOREVER)
    await screen.draw()


@pytest.mark.parametrize("code", sorted(UNREACHABLE))
@pytest.mark.parametrize("method", ["dm", "post_card"])
async def test_a_card_that_nobody_can_get_counts_as_drawn(screen: Screen, method: str, code: str) -> None:
    screen.file(ONE)
    screen.slack.fail(method, *[MessageRefusedError(code)] * FOREVER)
    await screen.draw()
    assert screen.outbox.dirty == {}
    assert screen.journal.faults == [f"relay.unreachable {ONE} {code}"]


@pytest.mark.parametrize(
    "code", [*sorted(UNREACHABLE), "restricted_action", "invalid_blocks", "never_heard_of"]
)
async def test_a_card_that_cannot_be_posted_anew_does_not_go_on_waiting(screen: Screen, code: str) -> None:
    """The decision's card is refused: the one that "waits for a decision" is at least redrawn."""
    screen.file(ONE)
    await screen.draw()
    screen.change(ONE, state=State.DENIED)
    screen.slack.fail("post_card", *[MessageRefusedError(code)] * FOREVER)
    await screen.draw()
    assert screen.slack.methods()[3:].count("update_card") == 1
    assert "delete" not in screen.slack.methods()


@pytest.mark.parametrize("code", [*sorted(UNREACHABLE | GONE), "channel_not_found", "never_heard_of"])
async def test_a_card_that_can_be_neither_replaced_nor_redrawn_is_taken_down(
    screen: Screen, code: str
) -> None:
    screen.file(ONE)
    await screen.draw()
    first = screen.outbox.requests[ONE].surfaces.card
    screen.change(ONE, state=State.DENIED)
    for method in ("post_card", "update_card"):
        screen.slack.fail(method, *[MessageRefusedError(code)] * FOREVER)
    await screen.draw()
    assert ("delete", DM, first) in screen.slack.calls
    assert any(code in line for line in screen.journal.faults)


async def test_a_message_that_slack_refuses_in_every_form_offers_no_approve_any_more(screen: Screen) -> None:
    screen.file(ONE)
    await screen.draw()
    first = screen.outbox.requests[ONE].surfaces.message
    screen.change(ONE, state=State.DENIED)
    for method in ("update_request", "post_request"):
        screen.slack.fail(method, *[MessageRefusedError("invalid_blocks")] * FOREVER)
    await screen.draw()
    assert ("delete", APPROVERS, first) in screen.slack.calls


async def test_an_old_card_that_slack_will_not_delete_either_is_in_the_log_and_tried_again(
    screen: Screen,
) -> None:
    await refused_everywhere(screen, "messages_tab_disabled")
    assert f"relay.undeletable {ONE} messages_tab_disabled" in screen.journal.faults
    request = screen.outbox.requests[ONE]
    assert request.surfaces.card_shown != request.version
    assert ONE in screen.outbox.dirty


async def test_an_old_card_of_somebody_who_is_gone_is_not_tried_for_ever(screen: Screen) -> None:
    await refused_everywhere(screen, "user_disabled")
    assert f"relay.undeletable {ONE} user_disabled" in screen.journal.faults
    assert f"relay.unreachable {ONE} user_disabled" in screen.journal.faults
    request = screen.outbox.requests[ONE]
    assert request.surfaces.card_shown == request.version
