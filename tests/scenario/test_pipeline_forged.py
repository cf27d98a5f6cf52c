"""Tokens that the issuer has not signed, and those that it has signed for somebody else, over real HTTP."""

import hmac
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.fakes.issuer import FakeIssuer, rsa_key, sign, token_of
from tests.scenario.harness import ScenarioHarness
from tests.scenario.pipeline import another, exchange, last_refusal, pipelines, signed_in
from tests.scenario.watch import everything_stored, refusals


def hs256(issuer: FakeIssuer) -> str:
    """Signed with the public key as the secret of a symmetric algorithm."""
    secret = json.dumps(issuer.keys[-1]).encode()
    mac = partial(hmac.digest, secret, digest="sha256")
    return token_of(issuer.header(alg="HS256"), issuer.github(), mac)


def by_another(issuer: FakeIssuer, **header: Any) -> str:
    return token_of(
        issuer.header(**header), issuer.github(), lambda data: sign(rsa_key("attacker"), "RS256", data)
    )


Forge = Callable[[FakeIssuer], str]
UNSIGNED: dict[str, Forge] = {
    "HS256 by the public key": hs256,
    "none": lambda i: token_of(i.header(alg="none"), i.github(), lambda _: b"") + "AA",
    "none without a signature": lambda i: token_of(i.header(alg="none"), i.github(), lambda _: b""),
    "crit": lambda i: i.token(i.github(), i.header(crit=["exp"])),
    "another key": by_another,
    "its own key in the header": lambda i: by_another(i, jwk={"kty": "RSA"}),
    "the address of its own keys": lambda i: by_another(i, jku="http://127.0.0.1:1/jwks"),
    "another issuer": lambda i: i.token(i.github(iss="https://token.actions.githubusercontent.com")),
    "padding behind it": lambda i: i.token(i.github()) + "==",
    "a newline behind it": lambda i: i.token(i.github()) + "\n",
    "17 KB": lambda i: i.token(i.github(filler="x" * 11_900)),
    "rubbish": lambda _: "x.y.z",
}
FOR_OTHERS: dict[str, Callable[[FakeIssuer], Any]] = {
    "another server": lambda _: "https://other.example",
    "us and another": lambda i: [i.audience, "https://other.example"],
    "a slash at the end": lambda i: f"{i.audience}/",
    "GitHub's own default": lambda _: "https://github.com/acme",
    "nobody": lambda _: None,
}


@pytest.mark.parametrize("forge", UNSIGNED.values(), ids=UNSIGNED.keys())
async def test_what_the_issuer_has_not_signed_is_counted_and_not_repeated(
    harness: ScenarioHarness, forge: Forge, capfd: pytest.CaptureFixture[str]
) -> None:
    async with pipelines(harness) as (issuer, run):
        token = forge(issuer)
        answers = [await exchange(another(run), token) for _ in range(3)]
        assert {(answer.status, answer.reason) for answer in answers} <= {
            (422, "token_invalid"),
            (422, "input_invalid"),
        }
        await harness.move_clock(61)
        await harness.runner.run("settle", limit=100)
        counted = [e for e in await harness.events() if e.event == "access.refused_count"]
        if answers[0].reason == "token_invalid":
            assert [event.detail for event in counted] == [{"count": "3", "why": "bad_token"}]
    assert not await refusals(harness)
    told = "".join(capfd.readouterr()) + answers[0].text + str(await everything_stored(harness))
    assert not any(part in told for part in token.split(".") if len(part) > 10)


@pytest.mark.parametrize("audience", FOR_OTHERS.values(), ids=FOR_OTHERS.keys())
async def test_a_token_for_somebody_else_is_refused_in_full(
    harness: ScenarioHarness, audience: Callable[[FakeIssuer], Any]
) -> None:
    async with pipelines(harness) as (issuer, run):
        answer = await exchange(run, issuer.token(issuer.github(aud=audience(issuer))))
        assert (answer.status, answer.reason) == (403, "token_refused")
        assert "its aud is" in answer.json["detail"]
        refused = await last_refusal(harness, "token_refused")
        assert refused.detail["repository"] == "acme/shop"
        assert "its aud is" in refused.detail["unmatched"]


async def test_a_list_of_us_alone_and_an_expired_token(harness: ScenarioHarness) -> None:
    async with pipelines(harness) as (issuer, run):
        await signed_in(run, issuer, aud=[issuer.audience])
        late = await exchange(another(run), issuer.token(issuer.github(exp=int(issuer.now()) - 5)))
        assert late.reason == "token_refused"
        assert "it expired" in late.json["detail"]
