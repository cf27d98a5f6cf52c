"""Whoever writes to Redis makes no session, takes none over, and changes nothing of one (law 13).

Every field of the records is deleted, spoiled, and put in from another's; keys are pointed elsewhere. After
each change nobody may be anybody else, from anywhere else, with another key, or for longer.
"""

import itertools
from collections.abc import Iterator, Mapping

from envaccess.domain.audit import Tag
from envaccess.domain.call import by_person
from envaccess.domain.ends import EndEvent, SeenEnds
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import LoginState, Session, SessionEnd
from envaccess.store.ends import RedisEnds
from tests.store.harness import ALICE, CAROL, StoreHarness
from tests.store.signing_in import Terminal

Fields = Mapping[str, str]
JUNK = ("", "x", "9" * 13, "confirmed")
BINDING = ("login", "offer", "opened", "person", "seal_key", "sign_key", "token", "token_seal")
"""Fields that say who, with which key: also two at once are put in from another's."""


async def fields_of(store: StoreHarness, terminal: Terminal) -> dict[str, str]:
    found: dict[str, str] = await store.runner.client.hgetall(store.runner.key("session", terminal.login))
    return found


async def put(store: StoreHarness, terminal: Terminal, fields: Fields) -> None:
    """The record as it is given, under this login's key; nothing of what was there is left."""
    key = store.runner.key("session", terminal.login)
    pipe = store.runner.client.pipeline(transaction=False)
    pipe.delete(key)
    if fields:
        pipe.hset(key, mapping=dict(fields))
    await pipe.execute()


def changes(own: Fields, other: Fields) -> Iterator[Fields]:
    """The record with one field deleted, spoiled or another's; with two of another's; or all another's."""
    for name in own:
        yield {field: value for field, value in own.items() if field != name}
        yield from ({**own, name: junk} for junk in JUNK)
    for name in other:
        yield {**own, name: other[name]}
    for one, two in itertools.combinations(BINDING, 2):
        yield {**own, one: other.get(one, ""), two: other.get(two, "")}
    yield other
    yield {**other, "person": own["person"], "id": own.get("id", "")}


def facts(session: Session) -> tuple[object, ...]:
    """What nobody may change."""
    client = session.host, session.user, session.program, session.address
    return session.id, session.principal, session.sign_key, session.seal_key, *client, session.ends_at


async def known(terminal: Terminal) -> tuple[object, ...]:
    found = await terminal.call()
    assert isinstance(found, Session)
    return facts(found)


async def test_no_single_change_makes_anybody_somebody_else(harness: StoreHarness) -> None:
    alice, carol = await Terminal(harness).sign_in(), await Terminal(harness, CAROL).sign_in()
    true = {terminal.login: await known(terminal) for terminal in (alice, carol)}
    records = {terminal.login: await fields_of(harness, terminal) for terminal in (alice, carol)}
    tried = 0
    for changed in changes(records[alice.login], records[carol.login]):
        for terminal in (alice, carol):
            await put(harness, terminal, records[terminal.login])
            await token_of(harness, terminal, terminal)
        await put(harness, alice, changed)
        await stands(harness, (carol, alice), true)
        tried += 1
    assert tried > 150
    await put(harness, alice, records[alice.login])
    await token_of(harness, alice, alice)
    assert await known(alice) == true[alice.login]


async def stands(
    store: StoreHarness, terminals: tuple[Terminal, ...], true: Mapping[str, tuple[object, ...]]
) -> None:
    """Whoever is still signed in is who they were; lists and messages say nothing else either."""
    for terminal in terminals:
        found = await terminal.call()
        assert isinstance(found, Refusal) or facts(found) == true[terminal.login]
        login = await store.sessions.get(terminal.login)
        if login and login.session:
            assert facts(login.session) == true[terminal.login]
            assert login.person == terminal.person
    for person in (ALICE, CAROL):
        for login in await store.sessions.live(person):
            assert login.person == person
            assert login.session
            assert facts(login.session) == true[login.id]


async def token_of(store: StoreHarness, terminal: Terminal, session: Terminal) -> None:
    """Point the token of one terminal to a session."""
    token = (await fields_of(store, terminal))["token"]
    await store.runner.client.set(store.runner.key("session_token", token), session.login, px=60_000)


async def test_a_token_that_is_pointed_at_anothers_session_opens_nothing(harness: StoreHarness) -> None:
    alice, carol = await Terminal(harness).sign_in(), await Terminal(harness, CAROL).sign_in()
    true = {terminal.login: await known(terminal) for terminal in (alice, carol)}
    await token_of(harness, carol, alice)
    assert isinstance(await carol.call(), Refusal)
    # The digest of their own token, too, in the other's record, with and without its seal.
    mine, theirs = await fields_of(harness, carol), await fields_of(harness, alice)
    for names in (("token",), ("token", "token_seal"), ("token", "token_seal", "sign_key")):
        await put(harness, alice, theirs | {name: mine[name] for name in names})
        assert isinstance(await carol.call(), Refusal)
        await stands(harness, (alice, carol), true)


async def test_nobody_makes_a_session_of_a_code_a_question_or_an_older_login(harness: StoreHarness) -> None:
    """What was sealed for another step, person or login is put where a session needs it."""
    real, asked, offered = (
        await Terminal(harness).sign_in(),
        Terminal(harness),
        Terminal(harness, CAROL),
    )
    await asked.ask()
    await offered.offer((await offered.ask()).code)
    session = await fields_of(harness, real)
    for terminal in (asked, offered):
        own = await fields_of(harness, terminal)
        for names in itertools.combinations(
            sorted(session.keys() - {"login", "code", "lookup", "person"}), 2
        ):
            forged = {**session, **own, "state": "confirmed", **{name: session[name] for name in names}}
            await put(harness, terminal, {**forged, "opened": session["opened"]})
            await harness.runner.client.set(
                harness.runner.key("session_token", session["token"]), terminal.login, px=60_000
            )
            found = await harness.sessions.get(terminal.login)
            assert found is None or found.session is None
            assert isinstance(await real.call(), Refusal)


async def test_what_a_process_saw_end_stays_ended_whatever_is_put_back(harness: StoreHarness) -> None:
    seen = Seen(harness)
    terminal = await Terminal(harness, ended=seen).sign_in()
    await known(terminal)
    before = await fields_of(harness, terminal)
    actor = by_person("", ALICE).principal.actor
    assert await harness.sessions.end(harness.op(), actor, ALICE, terminal.login, SessionEnd.BUTTON) == 1
    await seen.follow()
    await put(harness, terminal, before)
    await token_of(harness, terminal, terminal)
    await harness.runner.client.zadd(harness.runner.key("signed_in", ALICE), {terminal.login: 9e12})
    assert await terminal.call() == Refusal(Reason.NO_SESSION)


async def test_a_session_that_begins_with_hosts_in_any_script_is_seen_to_end(harness: StoreHarness) -> None:
    seen = Seen(harness)
    terminal = await Terminal(harness, ended=seen).sign_in()
    key = harness.runner.key("session", terminal.login)
    await harness.runner.client.hset(key, "host", 'ü "session":"se_00000000"')
    actor = by_person("", ALICE).principal.actor
    await harness.sessions.end(harness.op(), actor, ALICE, "", SessionEnd.LOGOUT)
    await seen.follow()
    assert await seen.saw_end(terminal.login) == Tag.SESSION_ENDED
    assert await seen.saw_end("se_00000000") is None


async def test_a_session_that_another_end_was_written_into_ends_as_it_was_sealed(
    harness: StoreHarness,
) -> None:
    terminal = await Terminal(harness).sign_in()
    await known(terminal)
    await harness.runner.client.hset(
        harness.runner.key("session", terminal.login), "ends_at", "9999999999999"
    )
    assert isinstance(await terminal.call(), Refusal)


async def test_what_remains_is_a_session_that_nobody_uses_kept_alive(harness: StoreHarness) -> None:
    """As `SECURITY.md` says: its key is needed still, and its own end stays."""
    terminal = await Terminal(harness).sign_in()
    ends = (await known(terminal))[-1]
    token = (await fields_of(harness, terminal))["token"]
    await harness.runner.client.persist(harness.runner.key("session_token", token))
    assert (await known(terminal))[-1] == ends
    assert isinstance(await Terminal(harness, token=terminal.token).call(), Refusal)


async def test_a_broken_seal_is_told_once_and_signs_nobody_in(harness: StoreHarness) -> None:
    terminal = await Terminal(harness).sign_in()
    key = harness.runner.key("session", terminal.login)
    await harness.runner.client.hset(key, "opened", "session.0.0.{}")
    for _ in range(3):
        assert isinstance(await terminal.call(), Refusal)
    tags = [event.event for event in await harness.trail.tail(50)]
    assert tags.count(Tag.SEAL_BROKEN) == 1


async def test_a_right_number_of_another_offer_is_no_right_number(harness: StoreHarness) -> None:
    """Somebody with a code changes what is offered after the person was shown other numbers."""
    terminal, other = Terminal(harness), Terminal(harness)
    await terminal.offer((await terminal.ask()).code)
    shown = await terminal.at()
    await other.offer((await other.ask()).code)
    swapped = await fields_of(harness, other)
    own = await fields_of(harness, terminal)
    names = ("offer", "sign_key", "seal_key")
    await put(harness, terminal, {**own, **{name: swapped[name] for name in names}})
    assert shown.offer
    picked = await harness.sessions.pick(
        harness.op(), Principal(by_person("", ALICE).principal.kind, ALICE), shown, shown.offer.number, ""
    )
    assert isinstance(picked, Refusal)
    assert picked.state == LoginState.OFFERED


class Seen:
    """Fits `identity.ports.EndsSeen`: what one process saw, following the stream."""

    def __init__(self, store: StoreHarness) -> None:
        self._ends = RedisEnds(store.runner)
        self._seen = SeenEnds(lambda *_: False)

    async def follow(self) -> None:
        """Read all that there is."""
        _, found = await self._ends.after("0-0", 1_000)
        for event in found:
            assert isinstance(event, EndEvent)
            self._seen.note(event, 0.0)

    async def saw_end(self, request: str) -> str | None:
        return self._seen.of(request, 0.0)
