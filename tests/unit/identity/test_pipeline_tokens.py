"""Tokens of pipelines: only what its issuer signed, by the algorithm that the policy pins, is read."""

import hmac
import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from envaccess.domain.errors import IssuerKeysError
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.programs import Platform
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.token_claims import SignedToken, TokenUse, check_token
from envaccess.identity.issuer_keys import ALGORITHMS, KEYS_TRIED, usable_keys
from envaccess.identity.pipeline_tokens import TOKEN_MAX, PipelineTokens
from tests.fakes.issuer import FakeIssuer, b64, make_key, number, public_jwk, rsa_key, sign, token_of

OURS = "https://envaccess.example"


class FakeKeys:
    """Fits `identity.ports.KeySource`: what the fake issuer publishes."""

    def __init__(self, issuer: FakeIssuer) -> None:
        self.issuer = issuer
        self.keys_asked: list[str] = []
        self.away = False

    async def keys(self, issuer: Issuer, kid: str) -> Sequence[Mapping[str, object]]:
        assert issuer.url == self.issuer.base
        self.keys_asked.append(kid)
        if self.away:
            raise IssuerKeysError("away")
        return self.issuer.keys


@pytest.fixture
def issuer() -> FakeIssuer:
    return FakeIssuer()


@pytest.fixture
def keys(issuer: FakeIssuer) -> FakeKeys:
    return FakeKeys(issuer)


async def read(keys: FakeKeys, token: str, algorithm: str = "RS256") -> SignedToken | Refusal:
    named = Issuer(keys.issuer.base, Platform.GITHUB, algorithm=algorithm)
    return await PipelineTokens(keys).read(token, {named.url: named})


async def hint(keys: FakeKeys, token: str, algorithm: str = "RS256") -> str:
    """What is said against it; no part of the token is in it."""
    found = await read(keys, token, algorithm)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.TOKEN_INVALID
    assert not any(part in found.hint for part in token.split(".") if len(part) > 5)
    return found.hint


@pytest.mark.parametrize("algorithm", sorted(ALGORITHMS))
async def test_what_the_issuer_signed_by_the_pinned_algorithm_is_read(algorithm: str) -> None:
    issuer = FakeIssuer(algorithm=algorithm)
    found = await read(FakeKeys(issuer), issuer.token(issuer.github()), algorithm)
    assert isinstance(found, SignedToken)
    assert found.claims["repository"] == "acme/shop"
    assert found.repository == "acme/shop"
    assert "octocat" not in repr(found)


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "", None, "HS256", "RS384", "PS256", "ES256", 5, ["RS256"]]
)
async def test_no_other_algorithm_counts_whatever_the_header_says(keys: FakeKeys, algorithm: Any) -> None:
    issuer = keys.issuer
    token = issuer.token(issuer.github(), issuer.header(alg=algorithm))
    assert "its alg is" in await hint(keys, token)
    assert keys.keys_asked == [], "nobody is asked for a key"


async def test_hs256_with_the_public_key_as_its_secret_is_refused(keys: FakeKeys) -> None:
    issuer = keys.issuer
    for secret in (issuer.jwks.encode(), json.dumps(issuer.keys[0]).encode(), issuer.keys[0]["n"].encode()):
        for algorithm in ("HS256", "RS256"):
            mac = partial(hmac.digest, secret, digest="sha256")
            token = token_of(issuer.header(alg=algorithm), issuer.github(), mac)
            assert isinstance(await read(keys, token), Refusal)


async def test_none_without_a_signature_is_no_token(keys: FakeKeys) -> None:
    token = token_of(keys.issuer.header(alg="none"), keys.issuer.github(), lambda _: b"")
    assert "no signed token" in await hint(keys, token)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc", "cty"])
async def test_a_token_does_not_say_how_it_is_checked(keys: FakeKeys, member: str) -> None:
    issuer, own = keys.issuer, rsa_key("attacker")
    values = {"jwk": public_jwk(own, "x"), "crit": ["exp"], "b64": False, "x5c": ["MII"]}
    header = issuer.header(**{member: values.get(member, "https://attacker.example")})
    token = token_of(header, issuer.github(), lambda data: sign(own, "RS256", data))
    assert await hint(keys, token) == f"its header has {member}"
    assert await hint(keys, issuer.token(issuer.github(), header)) == f"its header has {member}"
    assert keys.keys_asked == []


async def test_a_key_of_nobody_signs_nothing(keys: FakeKeys) -> None:
    token = token_of(
        keys.issuer.header(), keys.issuer.github(), lambda data: sign(rsa_key("attacker"), "RS256", data)
    )
    assert await hint(keys, token) == "its signature does not hold"


async def test_a_changed_claim_breaks_the_signature(keys: FakeKeys) -> None:
    head, _, signature = keys.issuer.token(keys.issuer.github()).split(".")
    changed = b64(json.dumps(keys.issuer.github(repository_id="457")).encode())
    assert await hint(keys, f"{head}.{changed}.{signature}") == "its signature does not hold"


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "JWE", 1, ["JWT"]])
async def test_a_token_of_another_type_is_refused(keys: FakeKeys, typ: Any) -> None:
    token = keys.issuer.token(keys.issuer.github(), keys.issuer.header(typ=typ))
    assert "its typ is" in await hint(keys, token)


@pytest.mark.parametrize("typ", [None, "jwt"])
async def test_a_token_may_leave_its_type_out(keys: FakeKeys, typ: str | None) -> None:
    token = keys.issuer.token(keys.issuer.github(), keys.issuer.header(typ=typ))
    assert isinstance(await read(keys, token), SignedToken)


@pytest.mark.parametrize("kid", [None, "", 7, "k" * 257, {"a": 1}])
async def test_a_token_without_a_key_id_is_refused(keys: FakeKeys, kid: Any) -> None:
    token = keys.issuer.token(keys.issuer.github(), keys.issuer.header(kid=kid))
    assert "names no key" in await hint(keys, token)


@pytest.mark.parametrize(
    "iss", ["https://issuer.example/", "https://ISSUER.example", "http://issuer.example", "", None, 5, ["x"]]
)
async def test_the_issuer_is_exactly_the_one_of_the_policy(keys: FakeKeys, iss: Any) -> None:
    assert "no machine of the policy names" in await hint(
        keys, keys.issuer.token(keys.issuer.github(iss=iss))
    )


async def test_an_unknown_key_and_an_issuer_that_is_away_are_told_apart(keys: FakeKeys) -> None:
    token = keys.issuer.token(keys.issuer.github(), keys.issuer.header(kid="another"))
    assert await read(keys, token) == Refusal(Reason.TOKEN_KEY_UNKNOWN)
    keys.away = True
    assert await read(keys, token) == Refusal(Reason.ISSUER_AWAY)


def spellings(token: str) -> list[str]:
    """Other texts that a lenient reader takes for the same token."""
    head, claims, signature = token.split(".")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    stray = last[last.index(signature[-1]) ^ 1]
    plain = signature.replace("-", "+").replace("_", "/")
    return [
        f"{token}==", f"{token}=", f" {token}", f"{token}\n", f"{token} ", f"{token}.", f".{token}",
        f"{token}.x",
        f"{head}=.{claims}.{signature}", f"{head}.{claims}\n.{signature}", f"{head}.{claims} .{signature}",
        f"{head}.{claims}.{signature[:-1]}{stray}", f"{head}.{claims}.{plain}+",
        f"{head}.{claims}.{signature}!",
        f"{head}.{claims}", f"{head}..{signature}", f"Bearer {token}", f"{token}\0", f"{token}é",
        f"{head}.{claims}.{signature}\u200b",
    ]  # fmt: skip


async def test_a_token_has_one_text(keys: FakeKeys) -> None:
    """Else the same one could be told apart from itself: PyJWT takes `==` behind a token."""
    token = keys.issuer.token(keys.issuer.github())
    assert isinstance(await read(keys, token), SignedToken)
    for other in spellings(token):
        assert isinstance(await read(keys, other), Refusal), other[-8:]


@pytest.mark.parametrize(
    "claims",
    [
        '{"iss":"https://issuer.example","iss":"https://issuer.example"}',
        '{"iss":"https://issuer.example","a":{"b":1,"b":2}}',
        '{"iss":"https://issuer.example","exp":NaN}',
        '{"iss":"https://issuer.example","exp":Infinity}',
        '{"iss":"https://issuer.example"} {}',
        '["https://issuer.example"]',
        '"text"',
        "5",
        "",
        "\ufeff{}",
        "[" * 12_000,
        '{"a":' * 2_000 + "1" + "}" * 2_000,
        '{"iss":"https://issuer.example","exp":' + "9" * 5_000 + "}",
    ],
    ids=lambda text: text[:30],
)
async def test_what_has_no_one_reading_is_no_token(keys: FakeKeys, claims: str) -> None:
    token = keys.issuer.token(claims)
    assert isinstance(await read(keys, token), Refusal)
    doubled = keys.issuer.token(keys.issuer.github(), '{"alg":"RS256","alg":"RS256","kid":"a"}')
    assert isinstance(await read(keys, doubled), Refusal)


async def test_a_token_has_16_kb_at_most(keys: FakeKeys) -> None:
    token = keys.issuer.token(keys.issuer.github(filler="x" * 10_000))
    assert isinstance(await read(keys, token), SignedToken)
    long = keys.issuer.token(keys.issuer.github(filler="x" * 12_000))
    assert len(long) > TOKEN_MAX
    assert "no signed token" in await hint(keys, long)


async def test_bytes_that_are_no_utf_8_are_no_token(keys: FakeKeys) -> None:
    token = keys.issuer.token(keys.issuer.github())
    head, _, signature = token.split(".")
    claims = b64(b'{"iss": "\xff"}')
    assert "no signed token" in await hint(keys, f"{head}.{claims}.{signature}")


async def test_what_is_told_of_a_token_is_short_and_seen(keys: FakeKeys) -> None:
    token = keys.issuer.token(keys.issuer.github(iss="https://x.example/\u202e\x1b[31m" + "y" * 500))
    told = await hint(keys, token)
    assert len(told) < 160
    assert told.isprintable()
    assert "\u202e" not in told


async def test_a_public_key_of_the_right_curve_signs_and_no_other() -> None:
    for algorithm, other in (("ES256", "ES384"), ("ES384", "ES256"), ("ES512", "ES256"), ("EdDSA", "ES256")):
        issuer = FakeIssuer(algorithm=algorithm)
        foreign = make_key(other, "other")
        issuer.more = [public_jwk(foreign, "foreign")]
        token = token_of(
            issuer.header(kid="foreign"),
            issuer.github(),
            partial(sign, foreign, other),
        )
        assert await read(FakeKeys(issuer), token, algorithm) == Refusal(Reason.TOKEN_KEY_UNKNOWN)


def jwk_of(key: Any, **more: Any) -> dict[str, Any]:
    found = public_jwk(key, "one", **more)
    return {name: value for name, value in found.items() if value is not None}


def test_weak_private_and_symmetric_keys_are_no_keys() -> None:
    good = rsa_key("good")
    private = {"d": "AQAB", "p": "AQAB", "q": "AQAB"}
    assert usable_keys([jwk_of(good)], "RS256", "one")
    refused = [
        jwk_of(rsa_key("weak", 1_024)),
        {**jwk_of(good), **private},
        {**jwk_of(good), "d": ""},
        {"kty": "oct", "k": b64(b"x" * 32), "kid": "one"},
        {**jwk_of(good), "kty": "oct"},
        jwk_of(good, use="enc"),
        jwk_of(good, alg="RS384"),
        jwk_of(good, alg=None, key_ops=["sign"]),
        jwk_of(good, key_ops="verify"),
        {**jwk_of(good), "n": jwk_of(good)["n"] + "=="},
        {**jwk_of(good), "n": 5},
        {**jwk_of(good), "e": number(1)},
        {**jwk_of(good), "e": number(2**40 + 1)},
        {**jwk_of(good), "n": number(2**9_000 + 1)},
        {**jwk_of(good), "n": number(2**2_100)},
        {"kty": "RSA", "kid": "one"},
        {**jwk_of(good), "kid": 5},
    ]
    for key in refused:
        assert usable_keys([key], "RS256", "one") == [], key
    assert usable_keys([jwk_of(good)], "HS256", "one") == []
    assert usable_keys([jwk_of(good)], "none", "one") == []


def test_a_key_is_taken_for_its_public_members_alone() -> None:
    key = jwk_of(rsa_key("good"), x5c=["MII"], x5u="https://attacker.example", more="x" * 100)
    assert set(usable_keys([key], "RS256", "one")[0]) == {"kty", "n", "e"}


def test_of_an_id_that_is_given_many_times_a_few_keys_are_tried() -> None:
    """A set of two hundred keys under one id would cost two hundred checks for each token."""
    assert len(usable_keys([jwk_of(rsa_key("good"))] * 50, "RS256", "one")) == KEYS_TRIED


async def test_two_keys_of_one_id_both_count(keys: FakeKeys) -> None:
    keys.issuer.more = [public_jwk(rsa_key("before"), keys.issuer.kid)]
    assert isinstance(await read(keys, keys.issuer.token(keys.issuer.github())), SignedToken)


# What a signed token must say.

NOW = 1_800_000_000


def checked(platform: Platform = Platform.GITHUB, **claims: Any) -> TokenUse | Refusal:
    issuer = FakeIssuer(now=lambda: NOW)
    made = issuer.kubernetes(**claims) if platform is Platform.KUBERNETES else issuer.github(**claims)
    token = SignedToken(Issuer(issuer.base, platform), made)
    return check_token(token, OURS, NOW * 1_000)


def fault(platform: Platform = Platform.GITHUB, **claims: Any) -> str:
    found = checked(platform, **claims)
    assert isinstance(found, Refusal)
    assert found.reason is Reason.TOKEN_REFUSED
    return found.hint


def test_a_token_for_us_is_good_until_it_expires() -> None:
    found = checked()
    assert isinstance(found, TokenUse)
    assert found.ends_at == (NOW + 300) * 1_000
    assert isinstance(checked(aud=[OURS]), TokenUse)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example", f"{OURS}/", OURS.upper(), "https://envaccess.example.attacker.example", "",
        None, [], [OURS, "https://other.example"], ["https://other.example", OURS], [OURS, OURS], [[OURS]],
        {OURS: 1}, 5, True, "https://github.com/acme", f" {OURS}",
    ],
)  # fmt: skip
def test_a_token_for_anybody_else_too_is_refused(aud: Any) -> None:
    """Whoever else it is for could bring it here in the pipeline's place."""
    assert "its aud is" in fault(aud=aud)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", [None, "1800000100", 1800000100.5, True, 0, -1, 2**63, 10**400, float("inf"), [NOW], {}]
)
def test_a_time_that_is_none_is_refused(name: str, value: Any) -> None:
    assert f"its {name} is" in fault(**{name: value})


def test_expired_early_and_endless_tokens_are_refused() -> None:
    assert fault(exp=NOW) == "it expired 0 seconds ago"
    assert fault(exp=NOW - 40) == "it expired 40 seconds ago"
    assert fault(nbf=NOW + 61, exp=NOW + 300) == "it begins in 61 seconds by this server's clock"
    assert fault(iat=NOW + 90, exp=NOW + 300) == "it begins in 90 seconds by this server's clock"
    assert "24 hours" in fault(exp=NOW + 24 * 3_600 + 1)
    assert "24 hours" in fault(iat=NOW + 50, exp=NOW + 50)
    assert isinstance(checked(nbf=NOW + 60, iat=NOW + 60), TokenUse), "a clock may be a minute ahead"
    assert isinstance(checked(nbf=NOW - 600, exp=NOW + 300), TokenUse)


def test_a_token_is_known_by_its_issuer_and_its_id() -> None:
    one, same, other = checked(jti="one"), checked(jti="one"), checked(jti="two")
    assert isinstance(one, TokenUse)
    assert one == same
    assert isinstance(other, TokenUse)
    assert one.replay != other.replay
    for jti in (None, "", 5, "x" * 1_001, ["one"]):
        assert fault(jti=jti) == "its jti is missing"


def test_the_pod_counts_where_tokens_repeat() -> None:
    """A pod's next token has another `jti`, and is brought by the same pod."""
    found = [checked(Platform.KUBERNETES, jti=jti) for jti in ("one", "two", None)]
    assert all(isinstance(use, TokenUse) for use in found)
    assert len({use.replay for use in found if isinstance(use, TokenUse)}) == 1
    other = checked(Platform.KUBERNETES, pod="another")
    assert isinstance(other, TokenUse)
    assert other != found[0]
    without: dict[str, Any] = {"kubernetes.io": {"namespace": "shop"}}
    assert isinstance(checked(Platform.KUBERNETES, **without), TokenUse)
    assert fault(Platform.KUBERNETES, jti=None, **without) == "its jti is missing"


def test_a_pod_on_another_platform_is_no_id() -> None:
    pod: dict[str, Any] = {"kubernetes.io": {"pod": {"uid": "a"}}}
    assert fault(jti=None, **pod) == "its jti is missing"


def test_ids_that_run_into_each_other_are_told_apart() -> None:
    uses = set()
    for url, jti in (("https://a", "b"), ("https://ab", ""), ("https://a", "b1:c"), ("https://ab", "c")):
        token = SignedToken(Issuer(url, Platform.GITHUB), FakeIssuer(now=lambda: NOW).github(jti=jti or "x"))
        found = check_token(token, OURS, NOW * 1_000)
        assert isinstance(found, TokenUse)
        uses.add(found.replay)
    assert len(uses) == 4


def test_what_is_told_of_an_audience_is_cut() -> None:
    told = fault(aud=["https://" + "x" * 900] * 40)
    assert len(told) < 400
