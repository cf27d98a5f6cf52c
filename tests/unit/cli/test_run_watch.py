"""What a running command learns of its access, from answers that a bot gives in good and bad times."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import pytest

from envaccess.cli import run_watch
from envaccess.cli.run_watch import AccessWatch
from envaccess.client.answers import GrantAnswer, RequestAnswer, ValuesAnswer, read_grant, read_request
from envaccess.client.errors import (
    AnswerUnknownError,
    ClientError,
    NotSignedInError,
    RefusedError,
    UnreachableError,
    WrongServerError,
)
from envaccess.client.patience import Patience
from envaccess.domain.receipt import Receipt
from envaccess.domain.variable import Variable
from envaccess.run.lease import AccessEnded, AccessExtended

if TYPE_CHECKING:
    from envaccess.client.api import ApiClient

KEY = Variable("default", "STRIPE_KEY")
NOW = 1000.0


class StoppedClock:
    """It is always the same moment."""

    def now(self) -> float:
        return NOW


class ScriptedClient:
    """Gives the answers about each grant one after the other; after them it answers what nobody knows."""

    def __init__(
        self, *answers: GrantAnswer | Exception, live: tuple[RequestAnswer, ...] | Exception = ()
    ) -> None:
        self._answers, self._live = list(answers), live
        self.claimed: list[str] = []

    def patience(self, seconds: float) -> Patience:
        return Patience(seconds, sleep=lambda _: None)

    def grant(self, *told: object) -> GrantAnswer:
        patience = told[-1]
        assert isinstance(patience, Patience)
        while self._answers and isinstance(self._answers[0], UnreachableError):
            patience.bear(cast("UnreachableError", self._answers.pop(0)))
        answer = self._answers.pop(0) if self._answers else AnswerUnknownError("no more answers")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def requests(self) -> tuple[RequestAnswer, ...]:
        if isinstance(self._live, Exception):
            raise self._live
        return self._live

    def values(self, grant: str, *_: object) -> ValuesAnswer:
        self.claimed.append(grant)
        return ValuesAnswer({}, ends_in=0)


def grant(state: str = "active", ends_in: int = 3600, version: int = 1, **more: Any) -> GrantAnswer:
    return read_grant({"id": "g1", "state": state, "ends_in": ends_in, "version": version, **more})


def other(ends_in: int) -> RequestAnswer:
    part = {"state": "active", "ends_in": ends_in}
    return read_request(
        {"id": "g2", "version": 1, "state": "approved", "grant": part, "variables": ["STRIPE_KEY"]}
    )


def follow(client: ScriptedClient, ends_in: float = 3600) -> Iterator[AccessEnded | AccessExtended]:
    watch = AccessWatch(
        cast("ApiClient", client), {"g1": NOW + ends_in}, frozenset({KEY}), Receipt(), StoppedClock()
    )
    return iter(watch())


def test_grant_that_was_extended_prolongs() -> None:
    assert next(follow(ScriptedClient(grant(), grant(ends_in=7200)))) == AccessExtended(NOW + 7200)


def test_end_names_who_ended_it() -> None:
    ended = grant("revoked", 0, ended_by={"id": "U0BOB", "name": "bob"}, ended_why="rotated")
    assert next(follow(ScriptedClient(grant(), ended))) == AccessEnded("@bob ended it: rotated")


def test_other_access_that_goes_on_prolongs_and_its_use_is_on_record() -> None:
    client = ScriptedClient(grant(ends_in=60), live=(other(3000),))
    assert next(follow(client, 60)) == AccessExtended(NOW + 3000)
    assert client.claimed == ["g2"]


def test_other_access_that_ends_no_later_is_left_alone() -> None:
    client = ScriptedClient(grant("revoked", 0), live=(other(1),))
    assert isinstance(next(follow(client, 60)), AccessEnded)
    assert client.claimed == []


def test_other_access_prolongs_no_command_whose_own_login_ends_with_its_access() -> None:
    client = ScriptedClient(grant(ends_in=60), grant("expired", 0), live=(other(3000),))
    watch = AccessWatch(
        cast("ApiClient", client), {"g1": NOW + 60}, frozenset({KEY}), Receipt(), StoppedClock(),
        own_logins=True,
    )  # fmt: skip
    assert next(iter(watch())) == AccessEnded("its time is over")
    assert client.claimed == []


@pytest.mark.parametrize("status", [429, 503])
def test_server_without_time_is_asked_again(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_watch, "_PAUSE", 0.0)
    busy = RefusedError("rate_limited", "Later.", "", status=status)
    assert next(follow(ScriptedClient(grant(), busy, busy, grant("expired", 0)))) == AccessEnded(
        "its time is over"
    )


def test_session_that_was_ended_ends_the_command() -> None:
    found = next(follow(ScriptedClient(grant(), NotSignedInError("gone"))))
    assert found == AccessEnded("this terminal's session was ended")


def all_news(client: ScriptedClient, ends_in: float = 3600) -> list[AccessEnded | AccessExtended]:
    """What is told until an answer comes that this version does not know."""
    watch = AccessWatch(
        cast("ApiClient", client), {"g1": NOW + ends_in}, frozenset({KEY}), Receipt(), StoppedClock()
    )
    watch._watch("g1")
    return [watch._news.get() for _ in range(watch._news.qsize())]


FAULTS = [
    UnreachableError("the bot restarts"),
    UnreachableError("no network: no such host", passing=False),
    WrongServerError("a proxy's own page"),
    RefusedError("unavailable", "Later.", "", status=503),
]


@pytest.mark.parametrize("fault", [*FAULTS, RefusedError("x", "No.", "", status=422)], ids=str)
def test_what_is_no_word_about_the_access_neither_ends_nor_prolongs_it(
    fault: ClientError, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor ends the command at the end that it knows."""
    monkeypatch.setattr(run_watch, "_PAUSE", 0.0)
    assert all_news(ScriptedClient(grant(), *[fault] * 50)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("first", [[], [grant()]], ids=["at its start", "later"])
def test_early_end_is_heard_once_the_network_or_the_bot_is_back(
    fault: ClientError, first: list[GrantAnswer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_watch, "_PAUSE", 0.0)
    ended = grant("revoked", 0, ended_by={"id": "U0BOB", "name": "bob"})
    assert all_news(ScriptedClient(*first, *[fault] * 50, ended)) == [AccessEnded("@bob ended it")]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_while_other_access_is_looked_for_leaves_the_end_as_it_is(fault: ClientError) -> None:
    ended = grant("revoked", 0, ended_by={"id": "U0BOB", "name": "bob"})
    told = all_news(ScriptedClient(grant(ends_in=60), grant(ends_in=35), ended, live=fault), 60)
    assert told == [AccessExtended(NOW + 35), AccessEnded("@bob ended it")]


def test_process_of_a_single_use_lives_on_to_fifteen_minutes_after_the_claim() -> None:
    """Its use is over; nothing else prolongs it, and nothing that is live is claimed for it."""
    client = ScriptedClient(
        *[grant("used_up", left, version, once=True) for version, left in enumerate((900, 899, 898))],
        live=(other(3000),),
    )
    assert all_news(client, 900) == []
    assert client.claimed == []


def test_process_of_a_single_use_that_is_locked_ends_at_once() -> None:
    client = ScriptedClient(grant("used_up", 900, once=True), grant("used_up", 0, 2, once=True))
    assert all_news(client, 900) == [AccessEnded("")]
