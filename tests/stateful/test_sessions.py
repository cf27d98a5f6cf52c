"""Any life of logins and sessions that hypothesis finds, on the scripts and on a model at once."""

from typing import Any, TypeVar

import pytest
from fakeredis import FakeAsyncRedis
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from envaccess.application.people.leavers import left
from envaccess.application.people.sessions import end_session, start_login
from envaccess.domain.call import by_person
from envaccess.domain.person import Person
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Login, NewLogin, Session
from envaccess.store.client import connect
from tests.stateful.machine import StoreMachine
from tests.stateful.sessions_model import CODE, MINUTE, MOST, Course, SessionsModel
from tests.stateful.test_life import QUIET
from tests.store.harness import ALICE, BOB, WORKSPACE, StoreHarness
from tests.store.signing_in import Terminal

T = TypeVar("T")
STEPS = (MINUTE + 1, 307 * MINUTE, 671 * MINUTE, 721 * MINUTE)
"""Never close to an end of two minutes, twelve hours or seven days, however they add up."""
people = st.sampled_from([ALICE, BOB])


def why(found: Any) -> str:
    return found.reason.value if isinstance(found, Refusal) else ""


class SessionLife(StoreMachine):
    """Terminals of two people; numbers, codes and keys, right and wrong; locks, leavers, time."""

    logins = Bundle("logins")

    def __init__(self) -> None:
        super().__init__()
        self.model = SessionsModel()
        self.terminals: dict[str, Terminal] = {}
        self.codes: dict[str, str] = {}
        self.context = Terminal(self.harness).context
        self.directory: Any = self.context.directory

    def stranger(self, token: str = "") -> Terminal:
        """A terminal with keys of its own."""
        terminal = Terminal(self.harness, token=token)
        terminal.context = self.context
        return terminal

    def teardown(self) -> None:
        self.check_secrets()
        super().teardown()

    @rule(target=logins, who=people)
    def start(self, who: str) -> Any:
        expected = self.model.start(who)
        call = by_person(self.harness.op(), who)
        found = self.wait(start_login(self.context, call))
        assert why(found) == expected
        if not isinstance(found, NewLogin):
            return multiple()
        assert why(self.wait(start_login(self.context, call))) == Reason.LOGIN_SHOWN
        self.terminals[found.id] = self.stranger()
        self.terminals[found.id].person, self.terminals[found.id].login = who, found.id
        self.codes[found.id] = found.code
        self.model.courses[found.id] = Course(who, self.model.now + CODE, self.model.now + CODE)
        return found.id

    @rule(target=logins, who=people, used=st.booleans())
    def sign_in(self, who: str, *, used: bool) -> Any:
        """The usual way in some steps at once, so that lives get far."""
        login = self.start(who)
        if isinstance(login, str):
            self.offer(login, right=True, own=True)
            self.pick(login, "", "right")
            self.fetch(login)
            if used:
                self.use(login)
        return login

    @rule(login=logins, right=st.sampled_from([True, True, False]), own=st.sampled_from([True, True, False]))
    def offer(self, login: str, *, right: bool, own: bool) -> None:
        code = self.codes[login]
        typed = code if right else code[:-1] + ("0" if code[-1] != "0" else "1")
        terminal = self.terminals[login] if own else self.stranger()
        was = self.model.courses[login].state
        expected = self.model.offer(login, right=right, own=own)
        assert why(self.wait(terminal.offer(typed))) == expected
        if was == "asked" and not expected:
            self.terminals[login] = terminal
            terminal.person, terminal.login = self.model.courses[login].person, login

    @rule(
        login=logins,
        who=st.sampled_from(["", "", "", BOB]),
        picked=st.sampled_from(["right", "right", "wrong", "none"]),
    )
    def pick(self, login: str, who: str, picked: str) -> None:
        course, terminal = self.model.courses[login], self.terminals[login]
        stored = self.wait(self.harness.sessions.get(login))
        if stored is None or stored.offer is None:
            return
        number = stored.offer.number if picked == "right" else 0
        number = self.wait(terminal.wrong()) if picked == "wrong" else number
        actor, op = who or course.person, self.harness.op()
        expected = self.model.pick(login, actor, picked)
        assert why(self.wait(terminal.pick(number, actor, op))) == expected
        if not expected:
            again = self.wait(terminal.pick(number, actor, op))
            assert isinstance(again, Login) or again.reason is Reason.LOGIN_OVER

    @rule(login=logins)
    def fetch(self, login: str) -> None:
        """Poll, as its terminal does: a token until one was used."""
        course, terminal = self.model.courses[login], self.terminals[login]
        if self.wait(self.harness.sessions.get(login)) is None:  # what is over is kept for a day
            assert course.state in {"gone", "over"}
            return
        if course.state == "asked":
            return
        terminal.token = ""
        given = self.wait(terminal.fetch())
        assert bool(given) is (course.state == "confirmed" and not course.used)
        if given:
            course.old += [course.token] if course.token else []
            course.token = terminal.token
        terminal.token = course.token

    @rule(login=logins)
    def use(self, login: str) -> None:
        """By the newest token with its own key; never by an older one, or by another key."""
        course, terminal = self.model.courses[login], self.terminals[login]
        token = course.token or terminal.token
        thief = self.stranger(token)
        assert why(self.wait(thief.call())) == Reason.NO_SESSION
        for old in course.old:
            assert why(self.wait(terminal.call(token=old, proof_token=old))) == Reason.NO_SESSION
        found = self.wait(terminal.call(token=token, proof_token=token))
        assert isinstance(found, Session) is bool(course.token and course.state == "confirmed")
        if isinstance(found, Session):
            assert (found.id, found.principal.id) == (login, course.person)
            self.model.use(login)

    @rule(login=logins, who=st.sampled_from(["", "", BOB]))
    def end(self, login: str, who: str) -> None:
        course = self.model.courses[login]
        actor = who or course.person
        known = self.wait(self.harness.sessions.get(login)) is not None and actor == course.person
        expected = self.model.end(actor, "button", login) if known else Reason.SESSION_UNKNOWN
        ended = self.wait(end_session(self.context, by_person(self.harness.op(), actor), login))
        assert (why(ended) or ended) == expected

    @rule(who=people)
    def end_all(self, who: str) -> None:
        ended = self.wait(end_session(self.context, by_person(self.harness.op(), who), ""))
        assert ended == self.model.end(who, "button")

    @rule(who=people)
    def lock(self, who: str) -> None:
        self.model.end(who, "locked")
        self.model.locked.add(who)
        self.wait(self.harness.lock(who))

    @rule(who=people)
    def unlock(self, who: str) -> None:
        self.model.locked.discard(who)
        self.wait(self.harness.unlock(who))

    @rule(who=people)
    def leave(self, who: str) -> None:
        self.model.end(who, "left")
        self.model.gone.add(who)
        self.directory.people[who] = Person(who, WORKSPACE, deleted=True)
        self.wait(left(self.context, who, Reason.DEACTIVATED))

    @rule(who=people)
    def come_back(self, who: str) -> None:
        self.model.gone.discard(who)
        self.directory.join(who)

    @rule(seconds=st.sampled_from(STEPS))
    def pass_time(self, seconds: int) -> None:
        self.wait(self.harness.pass_time(seconds * 1_000))
        self.model.pass_time(seconds)
        self.wait(self.harness.work())

    @invariant()
    def check_sessions(self) -> None:
        """Who is signed in where is the model's: only by a picked number, at most so many."""
        for who in (ALICE, BOB):
            live = {login.id for login in self.wait(self.harness.sessions.live(who))}
            assert live == set(self.model.live(who))
            assert len(live) <= MOST
            assert all(self.model.courses[login].picked for login in live)

    @invariant()
    def check_events(self) -> None:
        """Every beginning and every end has its event, once."""
        events = self.wait(self.harness.events())
        tags = [
            (event.event, event.detail.get("session", ""), event.detail.get("how", "")) for event in events
        ]
        courses = self.model.courses.items()
        opened = {login for login, course in courses if course.picked}
        ended = {(login, course.how) for login, course in courses if course.state == "over"}
        assert sorted(login for tag, login, _ in tags if tag == "session.opened") == sorted(opened)
        assert sorted((login, how) for tag, login, how in tags if tag == "session.ended") == sorted(ended)

    def check_secrets(self) -> None:
        """Neither a token nor a code is anywhere in the store."""
        stored = str(self.wait(self.harness.dump()))
        tokens = [token for course in self.model.courses.values() for token in (*course.old, course.token)]
        assert not [text for text in (*filter(None, tokens), *self.codes.values()) if text in stored]


class FakeSessionLife(SessionLife):
    """On fakeredis."""

    async def open(self) -> StoreHarness:
        return StoreHarness(FakeAsyncRedis(decode_responses=True))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few sessions are the most; and what a code gives is made quickly here."""
    monkeypatch.setattr("envaccess.store.sessions.SESSIONS_MAX", MOST)
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)


def test_any_life_of_sessions_on_fakeredis_is_the_models() -> None:
    some = settings(max_examples=6, stateful_step_count=20, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(FakeSessionLife, settings=some)


@pytest.mark.real
def test_any_life_of_sessions_on_the_real_server_is_the_models(valkey: str) -> None:
    class RealSessionLife(SessionLife):
        """On the real server."""

        async def open(self) -> StoreHarness:
            client = connect(valkey)
            await client.flushall()
            return StoreHarness(client)

        @rule()
        def use_for_a_week(self) -> None:
            """However much a session is used, it ends."""
            for _ in range(16):
                for login in [*self.model.courses]:
                    if self.model.courses[login].token:
                        self.use(login)
                self.pass_time(STEPS[2])

    some = settings(max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(RealSessionLife, settings=some)
