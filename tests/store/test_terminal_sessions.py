"""What a terminal is given ends with its session: at the claim, and before the values leave (laws 2, 13)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from envaccess.application.grants.client_claim import claim_for_client
from envaccess.application.grants.reveal import hand_over
from envaccess.application.people.sessions import end_session
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.audit import person
from envaccess.domain.call import CLI, Call, Origin, by_person
from envaccess.domain.delivery import Delivered, MaybeDelivered, NotDelivered, Outcome
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.request import GrantState
from envaccess.domain.variable import Variable
from envaccess.sources.sealed import SealedSource
from tests.fakes.books import Books
from tests.fakes.context import FakeSource
from tests.store.harness import ALICE, BOB, HOUR, WORKSPACE, StoreHarness, var
from tests.store.signing_in import CLIENT, Terminal
from tests.store.test_chain import why


class Answer:
    """Fits `ports.delivery.Way`: an answer to a call, and what became of it."""

    def __init__(self, outcome: Outcome | None = None) -> None:
        self.outcome: Outcome = outcome or Delivered()
        self.given: list[set[Variable]] = []

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        assert claim.origin.seal_key
        self.given.append(set(values))
        return self.outcome


def call(terminal: Terminal, who: str = ALICE, session: str = "") -> Call:
    """A call through this terminal."""
    origin = Origin("", CLI, session or terminal.login, terminal.seal.public, CLIENT)
    person = by_person(terminal.store.op(), who)
    return Call(person.op, person.principal, origin)


async def signed_in(harness: StoreHarness, who: str = ALICE) -> Terminal:
    terminal = await Terminal(harness, who).sign_in()
    await terminal.call()
    books = Books()
    books.values = {var("A"): "value-for-tests", var("B"): "value-for-tests"}
    terminal.context = replace(terminal.context, values=FakeSource(books))
    return terminal


async def claimed(terminal: Terminal, request: str, **more: Any) -> Claim:
    claim = await claim_for_client(terminal.context, call(terminal), request, **more)
    assert isinstance(claim, Claim), claim
    return claim


async def test_a_signed_in_terminal_gets_what_was_granted_and_the_event_names_its_session(
    harness: StoreHarness,
) -> None:
    terminal, answer = await signed_in(harness), Answer()
    claim = await claimed(terminal, await harness.grant("A,B"), only=(var("B"),))
    assert await hand_over(terminal.context, claim, answer) is None
    assert answer.given == [{var("B")}]
    (revealed,) = [event for event in await harness.events() if event.event == "grant.revealed"]
    assert revealed.detail["session"] == terminal.login


@pytest.mark.parametrize("session", ["se_00000000", "x" * 200])
async def test_no_session_of_that_id_gets_nothing(harness: StoreHarness, session: str) -> None:
    terminal, request = await signed_in(harness), await harness.grant("A")
    refused = await claim_for_client(terminal.context, call(terminal, session=session), request)
    assert why(refused) is Reason.NO_SESSION
    assert (await harness.get(request)).reveals == 0


async def test_nobody_uses_a_grant_by_somebody_elses_session(harness: StoreHarness) -> None:
    theirs, request = await signed_in(harness, BOB), await harness.grant("A")
    refused = await claim_for_client(theirs.context, call(theirs, ALICE), request)
    assert why(refused) is Reason.NO_SESSION


async def test_after_the_end_of_its_session_a_terminal_gets_nothing(harness: StoreHarness) -> None:
    terminal, request = await signed_in(harness), await harness.grant("A")
    await end_session(terminal.context, by_person(harness.op(), ALICE), terminal.login)
    assert why(await claim_for_client(terminal.context, call(terminal), request)) is Reason.NO_SESSION


async def test_a_session_that_nobody_used_for_long_gets_nothing(harness: StoreHarness) -> None:
    terminal = await signed_in(harness)
    request = await harness.grant("A", seconds=24 * 3_600)
    await harness.client.pexpire(harness.runner.key("session_token", await token_of(harness)), 1)
    await harness.pass_time(13 * HOUR)
    assert isinstance(await claim_for_client(terminal.context, call(terminal), request), Refusal)


async def token_of(harness: StoreHarness) -> str:
    """What the only token is known by."""
    name = harness.runner.key("session_token")
    found = [str(key) async for key in harness.client.scan_iter(f"{name}*")]
    return found[0].removeprefix(name)


@pytest.mark.parametrize("once", [False, True])
async def test_a_session_that_ends_between_claim_and_delivery_gives_nothing_and_the_use_back(
    harness: StoreHarness, once: bool
) -> None:
    terminal, answer = await signed_in(harness), Answer()
    request = await harness.grant("A", once=once, seconds=900)
    claim = await claimed(terminal, request)
    await end_session(terminal.context, by_person(harness.op(), ALICE), "")
    assert await hand_over(terminal.context, claim, answer) is Failure.ENDED
    assert answer.given == []
    found = await harness.get(request)
    assert (found.grant, found.reveals) == (GrantState.ACTIVE, 0)


async def test_a_lock_between_claim_and_delivery_gives_nothing(harness: StoreHarness) -> None:
    terminal, answer = await signed_in(harness), Answer()
    claim = await claimed(terminal, await harness.grant("A"))
    await harness.lock(ALICE)
    assert await hand_over(terminal.context, claim, answer) is Failure.ENDED
    assert answer.given == []


async def test_an_answer_that_nothing_was_written_of_gives_the_use_back(harness: StoreHarness) -> None:
    terminal, request = await signed_in(harness), await harness.grant("A", once=True, seconds=900)
    gone = Answer(NotDelivered(Failure.SLACK_REFUSED))
    await hand_over(terminal.context, await claimed(terminal, request), gone)
    assert (await harness.get(request)).grant is GrantState.ACTIVE


async def test_an_answer_that_may_have_arrived_stays_spent(harness: StoreHarness) -> None:
    terminal, request = await signed_in(harness), await harness.grant("A", once=True, seconds=900)
    claim = await claimed(terminal, request)
    assert await hand_over(terminal.context, claim, Answer(MaybeDelivered())) is Failure.UNKNOWN
    found = await harness.get(request)
    assert (found.grant, found.releases[0].times) == (GrantState.USED_UP, 1)


class SawEnd:
    """Fits `ports.grants.KnownEnds`: a process that saw one end."""

    def __init__(self, ended: str) -> None:
        self._ended = ended

    async def saw_end(self, request: str) -> str | None:
        return "session.ended" if request == self._ended else None


async def test_a_session_that_this_process_saw_end_gets_nothing_whoever_puts_it_back(
    harness: StoreHarness,
) -> None:
    terminal, answer = await signed_in(harness), Answer()
    claim = await claimed(terminal, await harness.grant("A"))
    knowing = replace(terminal.context, ended=SawEnd(terminal.login))
    assert await hand_over(knowing, claim, answer) is Failure.ENDED
    assert answer.given == []


@pytest.mark.parametrize("target", [ALICE, "default/A"])
async def test_a_lock_lets_nobody_set_a_value_at_a_terminal(harness: StoreHarness, target: str) -> None:
    """The step that writes looks: a lock may come after the verb asked."""
    source = SealedSource(harness.sealed, Sealer(Keyring((MasterKey(b"k" * 32),))), WORKSPACE)
    await harness.lock(target)
    refused = await source.write_as(harness.op(), var("A"), "value-for-tests", person(ALICE), replace=True)
    assert why(refused) is Reason.LOCKED
    assert not [tag for tag in await harness.tags() if tag.startswith("secret.changed")]
