"""A job that goes on bringing identity tokens is slowed down: each one that counts is an event (law 16)."""

from collections.abc import Mapping
from dataclasses import replace

from envaccess.application.people.machine_login import MachineLogin, exchange_token
from envaccess.application.people.sessions import Client
from envaccess.crypto.boxes import BoxKey
from envaccess.crypto.proofs import ProofKey
from envaccess.domain.limits import COMMANDS_PER_MINUTE
from envaccess.domain.policy.machines import Issuer, Machine
from envaccess.domain.programs import Platform
from envaccess.domain.receipt import Receipt
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.token_claims import SignedToken
from tests.unit.application.stage import Stage

ISSUER = Issuer("https://ci.example.com", Platform.OTHER, jwks_uri="https://ci.example.com/keys")
MACHINE = Machine("deploy", ISSUER, {"sub": ("shop",)}, run=("job",))
AUDIENCE = "https://envaccess.example.com"


class Tokens:
    """Fits `ports.sessions.TokenReader`: every token is signed, and says which job it is of."""

    def __init__(self, now: int) -> None:
        self._now = now // 1_000

    async def read(self, text: str, issuers: Mapping[str, Issuer]) -> SignedToken | Refusal:
        job, _, _ = text.partition("/")
        times = {"iat": self._now, "nbf": self._now, "exp": self._now + 600}
        said = {"iss": ISSUER.url, "aud": AUDIENCE, "sub": "shop", "job": job, "jti": text, **times}
        return SignedToken(issuers[ISSUER.url], said)


async def test_a_job_that_goes_on_bringing_tokens_is_slowed_down_and_no_other_is() -> None:
    stage = Stage()
    rulebook = stage.context.rulebook
    rulebook.current = replace(rulebook.current, machines=(MACHINE,))
    tokens = Tokens(stage.context.clock.now())

    async def bring(job: str, number: int) -> MachineLogin | Refusal:
        keys = ProofKey.generate().public, BoxKey.generate().public
        client = Client(*keys, Receipt("runner-3", "ci", "envaccess", "203.0.113.20"))
        return await exchange_token(stage.context, tokens, AUDIENCE, f"{job}/{number}", client)

    answers = [await bring("one", number) for number in range(COMMANDS_PER_MINUTE + 1)]
    assert isinstance(answers[0], MachineLogin)
    last = answers[-1]
    assert isinstance(last, Refusal)
    assert last.reason is Reason.SLOW_DOWN
    assert isinstance(await bring("two", 0), MachineLogin)
