"""The message about an alert: one each in the audit channel, right in the end, whatever Slack does."""

import pytest

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.signals.alerts import Alert, Disposition
from envaccess.projections.errors import MessageRefusedError
from envaccess.projections.rate_gate import MOST_SECONDS, RateGate
from envaccess.projections.session_cards import Carded, SessionCards
from envaccess.store.alerts import RedisAlerts
from tests.fakes.context import AUDIT
from tests.store.alerting import DANA, SilentJournal, raise_alert
from tests.store.harness import BOB, StoreHarness


class AuditChannel:
    """Fits `projections.session_cards.SessionMessages`: how many judgements each message shows.

    Attributes:
        fault: what the next call meets.
        refused: of whose alerts Slack takes nothing.
    """

    def __init__(self) -> None:
        self.shown: dict[str, tuple[str, int]] = {}
        self.posts = 0
        self.fault: Exception | None = None
        self.refused = ""

    def _meet(self, alert: Carded) -> Alert:
        assert isinstance(alert, Alert)
        fault, self.fault = self.fault, None
        if alert.about == self.refused:
            raise MessageRefusedError("msg_blocks_too_long")
        if fault:
            raise fault
        return alert

    async def dm(self, user: str) -> str:
        raise AssertionError(user)

    async def post_login(self, place: str, login: Carded) -> str:
        alert = self._meet(login)
        assert place == AUDIT
        self.posts += 1
        message = f"{self.posts}.000001"
        self.shown[message] = alert.id, len(alert.judgements)
        return message

    async def call_owner(self, place: str, rotation: Rotation) -> None:
        raise NotImplementedError

    async def update_login(self, login: Carded) -> None:
        alert = self._meet(login)
        if alert.card.message not in self.shown:
            raise MessageRefusedError("message_not_found")
        self.shown[alert.card.message] = alert.id, len(alert.judgements)

    async def delete(self, channel: str, ts: str) -> None:
        assert channel == AUDIT
        self.shown.pop(ts, None)


class Drawing:
    """The projection of one process."""

    def __init__(self, store: StoreHarness) -> None:
        self.store, self.slack = store, AuditChannel()
        self.alerts = RedisAlerts(store.runner, store.sealing, AUDIT)
        self.restart()

    def restart(self) -> None:
        """A process that remembers nothing of what it posted."""
        gate = RateGate(lambda: 0.0, lambda *_: None)
        outbox, trail = self.store.outbox, self.store.trail
        self.cards = SessionCards(self.alerts, outbox, self.slack, trail, gate, SilentJournal())

    async def draw(self) -> None:
        """Until nothing is due now."""
        while (await self.alerts.due(10))[0]:
            await self.cards.step()

    async def judge(self, alert: str, message: str = "", by: str = DANA) -> None:
        found = await self.alerts.get(alert)
        assert found
        judged = await self.alerts.judge(self.store.op(), found, by, Disposition.LOOK_INTO_IT, "", message)
        assert isinstance(judged, Alert)


@pytest.fixture
def drawing(harness: StoreHarness) -> Drawing:
    return Drawing(harness)


async def test_one_message_is_posted_and_then_redrawn(drawing: Drawing) -> None:
    alert = await raise_alert(drawing.store)
    await drawing.draw()
    await drawing.judge(alert.id)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [(alert.id, 1)]
    assert drawing.slack.posts == 1


async def test_a_deleted_message_is_posted_anew(drawing: Drawing) -> None:
    alert = await raise_alert(drawing.store)
    await drawing.draw()
    drawing.slack.shown.clear()
    await drawing.judge(alert.id)
    await drawing.draw()
    assert (drawing.slack.posts, list(drawing.slack.shown.values())) == (2, [(alert.id, 1)])


async def test_a_lost_audit_channel_is_tried_again_within_seconds(drawing: Drawing) -> None:
    """As the lines are: who invites the bot again must not wait ten minutes for what was unusual."""
    alert = await raise_alert(drawing.store)
    for _ in range(6):
        drawing.slack.fault = MessageRefusedError("channel_not_found")
        await drawing.draw()
        assert not drawing.slack.shown
        await drawing.store.pass_time(MOST_SECONDS * 1_000)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [(alert.id, 0)]


async def test_one_that_slack_does_not_take_holds_up_no_other(drawing: Drawing) -> None:
    await raise_alert(drawing.store)
    drawing.slack.refused = "U0EVE"
    other = await raise_alert(drawing.store, BOB)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [(other.id, 0)]


async def test_a_message_that_was_posted_and_not_remembered_is_pressed_and_only_one_stays(
    drawing: Drawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kill -9` between Slack and Redis: two messages, until the one that is not known is pressed."""
    alert = await raise_alert(drawing.store)

    async def dies(*_: object, **__: object) -> None:
        raise StoreUnavailableError

    with monkeypatch.context() as patched:
        patched.setattr(RedisAlerts, "shown", dies)
        with pytest.raises(StoreUnavailableError):
            await drawing.cards.step()
    drawing.restart()
    await drawing.draw()
    first, second = drawing.slack.shown
    await drawing.judge(alert.id, first)
    await drawing.draw()
    assert drawing.slack.shown == {second: (alert.id, 1)}
