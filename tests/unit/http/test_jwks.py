"""Issuers' keys: from the policy's address alone, once a minute, and kept while nobody answers."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from envaccess.domain.errors import IssuerKeysError
from envaccess.domain.policy.machines import Issuer
from envaccess.domain.programs import Platform
from envaccess.http import jwks
from envaccess.http.jwks import EVERY, FRESH, KEPT, IssuerKeys, fetch_keys, keys_address, parse_keys
from envaccess.http.outgoing_addresses import CheckedResolver, refuse_address
from tests.fakes.issuer import FakeIssuer, serving_issuer

GITHUB = "https://token.actions.githubusercontent.com"


@dataclass
class FakeTime:
    at: float = 1_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with serving_issuer() as found:
        yield found


def named(issuer: FakeIssuer, **more: Any) -> Issuer:
    return replace(Issuer(issuer.base, Platform.GITHUB, private=True), **more)


async def test_a_thousand_unknown_keys_at_once_ask_once_a_minute(issuer: FakeIssuer) -> None:
    now = FakeTime()
    keys = IssuerKeys(now)
    found = await asyncio.gather(*(keys.keys(named(issuer), f"made-up-{n}") for n in range(1_000)))
    assert all(one == issuer.keys for one in found)
    assert issuer.asked == ["/.well-known/jwks"]
    now.at += EVERY - 1
    await keys.keys(named(issuer), "another")
    assert len(issuer.asked) == 1
    now.at += 1
    await asyncio.gather(*(keys.keys(named(issuer), "another") for _ in range(50)))
    assert len(issuer.asked) == 2


async def test_a_new_key_counts_a_minute_after_the_last_question(issuer: FakeIssuer) -> None:
    now = FakeTime()
    keys = IssuerKeys(now)
    assert (await keys.keys(named(issuer), issuer.kid)) == issuer.keys
    issuer.rotate()
    assert issuer.keys[0] not in await keys.keys(named(issuer), issuer.kid)
    now.at += EVERY
    assert (await keys.keys(named(issuer), issuer.kid)) == issuer.keys


async def test_a_key_that_was_withdrawn_stops_counting_within_the_hour(issuer: FakeIssuer) -> None:
    now = FakeTime()
    keys = IssuerKeys(now)
    before = issuer.kid
    await keys.keys(named(issuer), before)
    issuer.rotate()
    now.at += FRESH + 1
    assert before not in [key["kid"] for key in await keys.keys(named(issuer), before)]


async def test_keys_are_kept_over_an_outage_and_not_for_ever(issuer: FakeIssuer) -> None:
    now = FakeTime()
    keys = IssuerKeys(now)
    known = list(await keys.keys(named(issuer), issuer.kid))
    issuer.fault = lambda: web.Response(status=503)
    now.at += KEPT
    assert await keys.keys(named(issuer), issuer.kid) == known
    asked = len(issuer.asked)
    await keys.keys(named(issuer), issuer.kid)
    assert len(issuer.asked) == asked, "and nobody asks at each call meanwhile"
    now.at += 1
    with pytest.raises(IssuerKeysError):
        await keys.keys(named(issuer), issuer.kid)
    issuer.fault = None
    now.at += EVERY
    assert await keys.keys(named(issuer), issuer.kid) == known


async def test_an_issuer_that_never_answered_has_no_keys(issuer: FakeIssuer) -> None:
    issuer.fault = lambda: web.Response(status=500)
    keys = IssuerKeys(FakeTime())
    for _ in range(3):
        with pytest.raises(IssuerKeysError):
            await keys.keys(named(issuer), issuer.kid)
    assert len(issuer.asked) == 1


async def test_who_knows_the_key_does_not_wait_for_an_address_that_is_slow(issuer: FakeIssuer) -> None:
    now, asking, go_on = FakeTime(), asyncio.Event(), asyncio.Event()
    known = [{"kid": "known"}]

    async def slow(_: Issuer) -> Any:
        if now.at > 1_000.0:
            asking.set()
            await go_on.wait()
        return known

    keys = IssuerKeys(now, slow)
    await keys.keys(named(issuer), "known")
    now.at += FRESH + 1
    first = asyncio.create_task(keys.keys(named(issuer), "known"))
    await asking.wait()
    assert await keys.keys(named(issuer), "known") == known
    go_on.set()
    await first


async def test_issuers_do_not_share_keys_nor_minutes(issuer: FakeIssuer) -> None:
    async with serving_issuer() as other:
        keys = IssuerKeys(FakeTime())
        assert await keys.keys(named(issuer), issuer.kid) == issuer.keys
        assert await keys.keys(named(other), other.kid) == other.keys


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=301, headers={"Location": "/.well-known/jwks"}),
        lambda: web.Response(status=404),
        lambda: web.Response(text="<html>"),
        lambda: web.Response(text="[]"),
        lambda: web.Response(text='{"keys": []}'),
        lambda: web.Response(text='{"keys": {}}'),
        lambda: web.Response(text='{"keys": [1]}'),
        lambda: web.Response(text='{"keys": [{}], "keys": [{}]}'),
        lambda: web.Response(text="[" * 50_000),
        lambda: web.Response(text='{"keys": [' + "{}," * 200 + "{}]}"),
        lambda: web.Response(text=" " * jwks.BYTES_MAX + "{}"),
        lambda: web.Response(body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_what_is_no_set_of_keys_is_none(issuer: FakeIssuer, answer: Any) -> None:
    issuer.fault = answer
    with pytest.raises(IssuerKeysError):
        await fetch_keys(named(issuer))
    assert len(issuer.asked) == 1, "no redirect was followed"


async def test_an_address_that_does_not_answer_costs_its_time_limit(
    issuer: FakeIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "SECONDS", 0.05)
    issuer.delay = 5
    with pytest.raises(IssuerKeysError, match="TimeoutError"):
        await fetch_keys(named(issuer))


async def test_nobody_listening_is_no_answer() -> None:
    nobody = Issuer("http://127.0.0.1:1", Platform.GITHUB, private=True)
    with pytest.raises(IssuerKeysError):
        await fetch_keys(nobody)


@pytest.mark.parametrize(
    "issuer",
    [
        Issuer("https://127.0.0.1", Platform.GITHUB),
        Issuer("https://10.0.0.5", Platform.GITLAB),
        Issuer("https://[::1]", Platform.GITLAB),
        Issuer("https://[::ffff:10.0.0.5]", Platform.GITLAB),
        Issuer("https://169.254.169.254", Platform.GITHUB, private=True),
        Issuer("http://127.0.0.1", Platform.GITHUB),
        Issuer("http://example.com", Platform.GITHUB),
        Issuer("http://10.0.0.5", Platform.GITHUB, private=True),
        Issuer("https://user:secret@example.com", Platform.GITHUB),
        Issuer("file:///etc/passwd", Platform.GITHUB),
        Issuer("ftp://example.com", Platform.GITHUB),
        Issuer("https://issuer.example", Platform.OTHER),
    ],
    ids=lambda issuer: f"{issuer.url}-{issuer.private}",
)
async def test_addresses_that_are_not_asked(issuer: Issuer) -> None:
    with pytest.raises(IssuerKeysError):
        await fetch_keys(issuer)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "127.1", "0x7f000001", "2130706433"])
async def test_a_name_for_a_private_address_is_one(host: str) -> None:
    """Checked where the connection is made: a name may stand for another address a moment later."""
    with pytest.raises(IssuerKeysError):
        await fetch_keys(Issuer(f"https://{host}:1", Platform.GITHUB))


async def test_a_name_that_stands_for_several_addresses_needs_all_of_them_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def rebound(*_: Any) -> Any:
        return [{"host": "93.184.216.34"}, {"host": "10.0.0.5"}]

    resolver = CheckedResolver(private=False)
    monkeypatch.setattr(resolver._inner, "resolve", rebound)
    with pytest.raises(IssuerKeysError, match="private"):
        await resolver.resolve("issuer.example", 443)
    inside = CheckedResolver(private=True)
    monkeypatch.setattr(inside._inner, "resolve", rebound)
    assert len(await inside.resolve("issuer.example", 443)) == 2


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("8.8.8.8", ""),
        ("2606:4700::1111", ""),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("127.0.0.1", "private"),
        ("::1", "private"),
        ("fd00::1", "private"),
        ("::ffff:10.0.0.1", "private"),
        ("64:ff9b::a00:1", "private"),
        ("2002:a00:1::", "private"),
        ("169.254.169.254", "never"),
        ("fd00:ec2::254", "never"),
        ("168.63.129.16", "never"),
        ("::ffff:100.100.100.200", "never"),
        ("fe80::1%eth0", "never"),
        ("64:ff9b::a9fe:a9fe", "never"),
        ("::ffff:169.254.169.254", "never"),
        ("0.0.0.0", "never"),  # noqa: S104 - nobody listens there
        ("::", "never"),
        ("224.0.0.1", "never"),
        ("ff02::1", "never"),
    ],
)
def test_which_addresses_are_called(address: str, private: str) -> None:
    assert private in refuse_address(address, private=False)
    assert bool(refuse_address(address, private=False)) == bool(private)
    assert bool(refuse_address(address, private=True)) == (private == "never")


def test_where_platforms_have_their_keys() -> None:
    assert keys_address(Issuer(GITHUB, Platform.GITHUB)) == f"{GITHUB}/.well-known/jwks"
    gitlab = Issuer("https://gitlab.example", Platform.GITLAB)
    assert keys_address(gitlab) == "https://gitlab.example/oauth/discovery/keys"
    cluster = Issuer("https://k8s.internal", Platform.KUBERNETES)
    assert keys_address(cluster) == "https://k8s.internal/openid/v1/jwks"
    given = replace(cluster, jwks_uri="https://keys.example/set")
    assert keys_address(given) == "https://keys.example/set"


def file_issuer(path: Path) -> Issuer:
    return Issuer("https://k8s.internal", Platform.KUBERNETES, jwks_file=str(path))


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path, now = tmp_path / "keys.json", FakeTime()
    keys = IssuerKeys(now)
    for kid in ("one", "another"):
        path.write_text(json.dumps({"keys": [{"kid": kid}]}))
        assert [key["kid"] for key in await keys.keys(file_issuer(path), kid)] == [kid]
        assert [key["kid"] for key in await keys.keys(file_issuer(path), "unknown")] == [kid]


async def test_a_file_that_breaks_leaves_its_keys_for_a_day(tmp_path: Path) -> None:
    path, now = tmp_path / "keys.json", FakeTime()
    keys = IssuerKeys(now)
    with pytest.raises(IssuerKeysError):
        await keys.keys(file_issuer(path), "one")
    path.write_text('{"keys": [{"kid": "one"}]}')
    known = list(await keys.keys(file_issuer(path), "one"))
    path.write_text("half of")
    assert await keys.keys(file_issuer(path), "one") == known
    path.unlink()
    now.at += KEPT + 1
    with pytest.raises(IssuerKeysError):
        await keys.keys(file_issuer(path), "one")
    path.write_text('{"keys": [{"kid": "one"}]}')
    assert await keys.keys(file_issuer(path), "one") == known


async def test_a_file_that_is_too_long_or_no_file_has_no_keys(tmp_path: Path) -> None:
    (tmp_path / "long.json").write_text(" " * jwks.BYTES_MAX + '{"keys": [{"kid": "one"}]}')
    for path in (tmp_path / "long.json", tmp_path):
        with pytest.raises(IssuerKeysError):
            await IssuerKeys(FakeTime()).keys(file_issuer(path), "one")


async def test_policies_that_name_ever_new_issuers_do_not_fill_the_memory() -> None:
    async def fetched(_: Issuer) -> Any:
        return [{"kid": "one"}]

    keys = IssuerKeys(FakeTime(), fetched)
    for number in range(200):
        await keys.keys(Issuer(f"https://{number}.example", Platform.GITHUB), "one")
    assert len(keys._held) <= 64


def test_a_set_of_keys_is_read_as_it_is() -> None:
    assert parse_keys(b'{"keys": [{"kid": "one"}], "more": 1}') == [{"kid": "one"}]
    assert parse_keys(json.dumps({"keys": [{}] * 200}).encode())
