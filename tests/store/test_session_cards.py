"""Messages about logins: one each, right in the end, whatever Slack and Redis do in between."""

import pytest

from envaccess.domain.call import by_person
from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.rotation_record import Rotation
from envaccess.domain.session import Login, LoginState
from envaccess.projections.errors import MessageDelayedError, MessageRefusedError
from envaccess.projections.rate_gate import RateGate
from envaccess.projections.session_cards import Carded, SessionCards
from envaccess.store.session_cards import RedisSessionCards
from tests.store.harness import StoreHarness
from tests.store.signing_in import Terminal


class Slack:
    """Fits `projections.session_cards.SessionMessages`: keeps what is shown; the next call meets `fault`."""

    def __init__(self) -> None:
        self.shown: dict[str, str] = {}
        self.posts = 0
        self.fault: Exception | None = None

    def _meet(self) -> None:
        fault, self.fault = self.fault, None
        if fault:
            raise fault

    async def dm(self, user: str) -> str:
        return f"D-{user}"

    async def post_login(self, place: str, login: Carded) -> str:
        del place
        assert isinstance(login, Login)
        self._meet()
        self.posts += 1
        message = f"{self.posts}.000001"
        self.shown[message] = login.state
        return message

    async def call_owner(self, place: str, rotation: Rotation) -> None:
        raise NotImplementedError

    async def update_login(self, login: Carded) -> None:
        assert isinstance(login, Login)
        self._meet()
        if login.card.message not in self.shown:
            raise MessageRefusedError("message_not_found")
        self.shown[login.card.message] = login.state

    async def delete(self, channel: str, ts: str) -> None:
        del channel
        self.shown.pop(ts, None)


class Journal:
    """Fits `ports.process.Journal`: says nothing."""

    def fault(self, what: str, **facts: str) -> None:
        del what, facts

    def crash(self, what: str, error: BaseException) -> None:
        del what
        raise error


class Drawing:
    """The projection of one process, and a terminal whose login it draws."""

    def __init__(self, store: StoreHarness, slack: Slack | None = None) -> None:
        self.store, self.slack = store, slack or Slack()
        self.outbox = RedisSessionCards(store.runner, store.sessions)
        gate = RateGate(lambda: 0.0, lambda *_: None)
        self.cards = SessionCards(self.outbox, store.outbox, self.slack, store.trail, gate, Journal())

    async def draw(self) -> None:
        """Everything that is due now, whatever was put off."""
        client, key = self.store.runner.client, self.store.runner.key("session_cards")
        while marked := await client.zrange(key, 0, -1):
            await client.zadd(key, dict.fromkeys(marked, 0))
            await self.cards.step()


async def offered(store: StoreHarness) -> Terminal:
    terminal = Terminal(store)
    await terminal.offer((await terminal.ask()).code)
    return terminal


async def test_one_message_is_drawn_through_the_life_of_a_login(harness: StoreHarness) -> None:
    drawing, terminal = Drawing(harness), await offered(harness)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [LoginState.OFFERED]
    await terminal.pick()
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [LoginState.CONFIRMED]
    await harness.lock(terminal.person)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [LoginState.ENDED]
    assert drawing.slack.posts == 1


async def test_a_message_that_is_gone_is_posted_anew(harness: StoreHarness) -> None:
    drawing, terminal = Drawing(harness), await offered(harness)
    await drawing.draw()
    drawing.slack.shown.clear()
    await terminal.pick(0)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [LoginState.REFUSED]


async def test_what_slack_puts_off_is_drawn_later(harness: StoreHarness) -> None:
    drawing, _ = Drawing(harness), await offered(harness)
    drawing.slack.fault = MessageDelayedError(0.0)
    await drawing.draw()
    assert list(drawing.slack.shown.values()) == [LoginState.OFFERED]


async def test_a_post_that_redis_did_not_take_is_not_posted_twice(harness: StoreHarness) -> None:
    drawing, _ = Drawing(harness), await offered(harness)
    store = drawing.outbox.shown

    async def away(*_: object) -> None:
        raise StoreUnavailableError("away")

    drawing.outbox.shown = away  # type: ignore[assignment]
    with pytest.raises(StoreUnavailableError):
        await drawing.cards.step()
    drawing.outbox.shown = store  # type: ignore[method-assign]
    await drawing.draw()
    assert drawing.slack.posts == 1
    assert list(drawing.slack.shown.values()) == [LoginState.OFFERED]


async def test_after_a_crash_the_message_that_is_pressed_is_the_one_that_stays_or_goes(
    harness: StoreHarness,
) -> None:
    """A process died between posting and storing: another one posts again, and a press tells of the first."""
    terminal = await offered(harness)
    drawing = Drawing(harness)
    await drawing.draw()
    stray = await drawing.slack.post_login("D", await terminal.at())
    login = await terminal.at()
    assert login.offer
    alice = by_person("", terminal.person).principal
    await harness.sessions.pick(harness.op(), alice, login, login.offer.number, stray)
    await drawing.draw()
    assert stray not in drawing.slack.shown
    assert list(drawing.slack.shown.values()) == [LoginState.CONFIRMED]
