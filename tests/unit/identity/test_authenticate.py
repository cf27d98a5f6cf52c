"""Who calls: what is not proved in full is nobody, and says no more."""

from typing import Any

import pytest

from envaccess.crypto.boxes import BoxKey, seal_to
from envaccess.crypto.proofs import ProofKey, make_proof
from envaccess.crypto.tokens import TokenKind, make_token
from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import BoxError
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.seals.statements import mac_of
from envaccess.domain.session import Session, SessionUse
from envaccess.identity import nonces as nonces_module
from envaccess.identity.authenticate import Authenticator, Operation
from envaccess.identity.nonces import Nonces
from envaccess.identity.server_key import ServerKey
from tests.fakes.context import NothingEnded
from tests.fakes.sealing import seals_for

URL = "https://envaccess.example.com/v1/requests"
NOW = 1_760_000_000_000
MINUTE = 60_000
ALICE = Principal(ActorKind.PERSON, "U0ALICE")


class Uses:
    """Fits `identity.ports.SessionUses`: one session, of any token, under one key."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.asked: list[SessionUse] = []

    async def use(self, use: SessionUse) -> Session | Refusal:
        self.asked.append(use)
        if use.key != self.key:
            return Refusal(Reason.NO_SESSION)
        return Session("se_1", ALICE, use.key, "", "host", "alice", "", "", 0, 1, 1)


class Ended:
    """Fits `identity.ports.EndsSeen`: a process that saw everything end."""

    async def saw_end(self, request: str) -> str | None:
        return f"session.ended {request}"


class Caller:
    """A terminal with a token, and a server whose clock can be moved."""

    def __init__(self) -> None:
        self.key = ProofKey.generate()
        self.token = make_token(TokenKind.PERSON)
        self.uses = Uses(self.key.public)
        self.now = NOW
        self.nonces = Nonces(seals_for("T0ACME"), lambda: self.now)
        self.authenticator = Authenticator(self.uses, self.nonces, NothingEnded())

    def proof(self, *, clock: int = 0, token: str = "", **other: str) -> str:
        given = {"method": "POST", "url": URL, "jti": "one", "nonce": self.authenticator.nonce(), **other}
        return make_proof(
            self.key,
            given["method"],
            given["url"],
            now=clock,
            jti=given["jti"],
            nonce=given["nonce"],
            token=token or self.token,
        )

    async def call(self, proof: str, authorization: str = "", operation: Operation | None = None) -> object:
        header = authorization or f"DPoP {self.token}"
        found = await self.authenticator.authenticate(header, proof, "POST", URL, operation, "192.0.2.1")
        return found.reason if isinstance(found, Refusal) else found.principal


@pytest.fixture
def caller() -> Caller:
    return Caller()


async def test_a_token_its_key_and_a_fresh_nonce_are_its_person(caller: Caller) -> None:
    assert await caller.call(caller.proof()) == ALICE


async def test_a_client_whose_clock_is_off_by_years_works(caller: Caller) -> None:
    assert await caller.call(caller.proof(clock=-1)) == ALICE
    assert await caller.call(caller.proof(clock=10**11)) == ALICE


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"method": "GET"}, Reason.BAD_PROOF),
        ({"url": URL + "x"}, Reason.BAD_PROOF),
        ({"url": "https://evil.example.com/v1/requests"}, Reason.BAD_PROOF),
        ({"token": make_token(TokenKind.PERSON)}, Reason.BAD_PROOF),
        ({"nonce": ""}, Reason.USE_NONCE),
        ({"nonce": "29333333.0123"}, Reason.USE_NONCE),
        ({"nonce": "9" * 60}, Reason.USE_NONCE),
    ],
)
async def test_a_proof_of_anything_else_is_refused_and_the_store_is_not_asked(
    caller: Caller, changed: dict[str, Any], why: Reason
) -> None:
    assert await caller.call(caller.proof(**changed)) is why
    assert caller.uses.asked == []


@pytest.mark.parametrize(
    "url",
    [
        URL.upper(),
        URL.replace("https", "http"),
        URL.replace("https", "HTTPS"),
        URL.replace("envaccess.example", "Envaccess.example"),
        URL.replace(".com", ".com:443"),
        URL.replace(".com", ".com."),
        URL.replace("://", "://user@"),
        URL.replace("/v1", "//v1"),
        URL.replace("/v1", "/./v1"),
        URL.replace("requests", "%72equests"),
        f"{URL}/",
        f"{URL};",
        f"{URL}%00",
        f"{URL}%3Fwait=25",
        URL.removeprefix("https:"),
        "/v1/requests",
    ],
)
async def test_another_writing_of_the_same_address_is_another_address(caller: Caller, url: str) -> None:
    """What is tidied up before it is compared lets a replay differ in how it is written."""
    assert await caller.call(caller.proof(url=url)) is Reason.BAD_PROOF
    assert caller.uses.asked == []


@pytest.mark.parametrize("method", ["post", "Post", "GET", "POST,GET"])
async def test_another_writing_of_the_method_is_another_method(caller: Caller, method: str) -> None:
    assert await caller.call(caller.proof(method=method)) is Reason.BAD_PROOF


@pytest.mark.parametrize(
    "header", ["", "DPoP", "Bearer {}", "DPoP {}x", "DPoP eva_p_", "Basic abc", "DPoP  {}"]
)
async def test_what_is_no_token_of_a_session_is_nobodys(caller: Caller, header: str) -> None:
    assert await caller.call(caller.proof(), header.format(caller.token) or " ") is Reason.NO_SESSION
    assert caller.uses.asked == []


@pytest.mark.parametrize("kind", [TokenKind.MACHINE, TokenKind.AGENT])
async def test_a_token_of_another_kind_does_not_speak_for_a_person(caller: Caller, kind: TokenKind) -> None:
    token = make_token(kind)
    assert await caller.call(caller.proof(token=token), f"DPoP {token}") is Reason.NO_SESSION


async def test_another_key_is_nobodys(caller: Caller) -> None:
    caller.key = ProofKey.generate()
    assert await caller.call(caller.proof()) is Reason.NO_SESSION


async def test_a_nonce_is_good_for_five_minutes_and_under_its_own_key(caller: Caller) -> None:
    nonce = caller.authenticator.nonce()
    other = Nonces(seals_for("T0ACME", "another key"), lambda: NOW)
    assert not other.holds(nonce)
    caller.now = NOW + 5 * MINUTE
    assert caller.nonces.holds(nonce)
    caller.now = NOW + 6 * MINUTE
    assert not caller.nonces.holds(nonce)
    caller.now = NOW - 2 * MINUTE
    assert not caller.nonces.holds(nonce)


async def test_a_nonce_is_made_once_a_minute_however_many_calls_come(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    def mac(seal: str) -> str:
        made.append(1)
        return mac_of(seal)

    monkeypatch.setattr(nonces_module, "mac_of", mac)
    for minute in range(20):
        caller.now = NOW + minute * MINUTE
        found = {caller.authenticator.nonce() for _ in range(3)}
        assert all(map(caller.nonces.holds, found))
        assert (len(found), len(made)) == (1, minute + 1)
    assert len(caller.nonces._made) <= 8


async def test_a_session_that_this_process_saw_end_opens_nothing(caller: Caller) -> None:
    caller.authenticator = Authenticator(caller.uses, caller.nonces, Ended())
    assert await caller.call(caller.proof()) is Reason.NO_SESSION


async def test_the_store_is_given_digests_alone(caller: Caller) -> None:
    operation = Operation("key-1", "POST /v1/requests", "digest-of-body")
    await caller.call(caller.proof(jti="a:b"), operation=operation)
    (use,) = caller.uses.asked
    told = str(use)
    assert caller.token not in told
    assert "key-1" not in told
    assert "a:b" not in told
    assert (use.address, use.body) == ("192.0.2.1", "digest-of-body")


def test_an_operation_is_of_one_principal_and_one_endpoint() -> None:
    bob = Principal(ActorKind.PERSON, "U0BOB")
    one, other = Operation("k", "POST /v1/a", "b"), Operation("k", "POST /v1/b", "b")
    joined = Operation("POST /v1/ak", "", "b")
    assert len({one.op(ALICE), one.op(bob), other.op(ALICE), joined.op(ALICE)}) == len("four")
    assert one.op(ALICE) == Operation("k", "POST /v1/a", "other body").op(ALICE)


def test_what_is_sealed_to_the_server_opens_under_its_keys_alone() -> None:
    server, other = ServerKey(seals_for("T0ACME")), ServerKey(seals_for("T0ACME", "another key"))
    key, _, public = server.public.partition(".")
    box = seal_to(public, b"value", b"info")
    assert server.open(server.public, box, b"info") == b"value"
    for wrong in (other.public, "", "x.y", f"{key[:-1]}0.{public}"):
        with pytest.raises(BoxError):
            other.open(wrong, box, b"info")
    assert BoxKey.generate().public not in server.public
