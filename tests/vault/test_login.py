"""Ways to log in to a real OpenBao, and what comes of a token that ends."""

import asyncio
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.vault import VaultAppRoleLogin, VaultJwtLogin, VaultTokenLogin
from envaccess.domain.sources.specs import Credential
from tests.fakes.http_service import http_service
from tests.fakes.kubernetes_server import TOKEN, KubernetesStandIn
from tests.fakes.openbao import Bao
from tests.fakes.tls import local_certificate
from tests.fakes.vault import READER, VaultSeat, place, spec_of, vault_of

SECRET = "value-for-tests-1"


@pytest.fixture
def stored(bao: Bao) -> Bao:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    bao.policy("reader", READER)
    return bao


def approle(bao: Bao, **role: Any) -> tuple[str, str]:
    """Role id and secret id of a role that may read."""
    if bao.call("GET", "auth/approle/role")[0] == 404:
        bao.call("POST", "sys/auth/approle", {"type": "approle"})
    bao.do("POST", "auth/approle/role/bot", {"token_policies": ["reader"], "token_ttl": "1h", **role})
    role_id = bao.do("GET", "auth/approle/role/bot/role-id")["data"]["role_id"]
    return role_id, bao.do("POST", "auth/approle/role/bot/secret-id", {})["data"]["secret_id"]


def approle_auth(bao: Bao, **role: Any) -> VaultAppRoleLogin:
    role_id, secret_id = approle(bao, **role)
    return VaultAppRoleLogin(Credential(role_id), Credential(secret_id))


async def text(seat: VaultSeat) -> str:
    return (await seat.adapter.read(place())).text


def tokens(bao: Bao) -> int:
    """How many tokens there are that approle made."""
    keys = (bao.call("GET", "auth/token/accessors?list=true")[1].get("data") or {"keys": []})["keys"]
    looked = [bao.call("POST", "auth/token/lookup-accessor", {"accessor": key})[1] for key in keys]
    return sum(said.get("data", {}).get("path") == "auth/approle/login" for said in looked)


async def test_approle_logs_in_once_and_gives_its_token_back(stored: Bao) -> None:
    async with vault_of(spec_of(stored, approle_auth(stored))) as seat:
        assert [await text(seat) for _ in range(3)] == [SECRET] * 3
        assert tokens(stored) == 1
        assert len(seat.withheld) == 1
    assert tokens(stored) == 0


async def test_a_crowd_logs_in_once(stored: Bao) -> None:
    async with vault_of(spec_of(stored, approle_auth(stored))) as seat:
        await asyncio.gather(*(text(seat) for _ in range(8)))
        assert tokens(stored) == 1


async def test_a_token_that_was_revoked_is_replaced_and_the_value_is_read(stored: Bao) -> None:
    """external-secrets#2163, vault-secrets-operator#94: a 403 for ever, until somebody starts it anew."""
    async with vault_of(spec_of(stored, approle_auth(stored))) as seat:
        await text(seat)
        stored.do("POST", "auth/token/revoke", {"token": seat.withheld[0]})
        assert await text(seat) == SECRET
        assert tokens(stored) == 1


async def test_a_token_that_can_be_renewed_no_more_is_replaced_before_it_ends(stored: Bao) -> None:
    """kubernetes-external-secrets#484: renewed up to its maximum, and then used when it was dead."""
    auth = approle_auth(stored, token_ttl="100s", token_type="batch")
    async with vault_of(spec_of(stored, auth)) as seat:
        await text(seat)
        seat.now += 40
        await text(seat)
        assert len(seat.withheld) == 1
        seat.now += 20
        await text(seat)
        assert len(seat.withheld) == 2


async def test_a_token_is_renewed_when_half_of_its_time_is_over(stored: Bao) -> None:
    token = stored.token_with("reader", period="100s")
    async with vault_of(spec_of(stored, token)) as seat:
        await text(seat)
        stored.do("POST", "auth/token/renew", {"token": token, "increment": "100s"})
        seat.now += 60
        await text(seat)
        assert seat.adapter._session._held is not None
        assert seat.adapter._session._held.made == 60


async def test_rights_that_were_widened_come_with_a_new_login(stored: Bao) -> None:
    """A token keeps the policies that it was made with."""
    auth = approle_auth(stored, token_policies=["default"])
    async with vault_of(spec_of(stored, auth)) as seat:
        with pytest.raises(SourceFaultError):
            await text(seat)
        assert tokens(stored) == 1
        stored.do("POST", "auth/approle/role/bot", {"token_policies": ["reader"]})
        seat.now += 61
        assert await text(seat) == SECRET
        assert tokens(stored) == 1


async def test_what_is_denied_makes_no_login_each_time(stored: Bao) -> None:
    auth = approle_auth(stored, token_policies=["default"])
    async with vault_of(spec_of(stored, auth)) as seat:
        for _ in range(5):
            with pytest.raises(SourceFaultError) as failed:
                await text(seat)
            assert failed.value.fault is SourceFault.DENIED
        assert len(seat.withheld) == 1


async def test_wrong_credentials_are_tried_once_a_minute(stored: Bao) -> None:
    """Vault locks who fails five times: a bot that tries at each click would lock itself out."""
    role_id, _ = approle(stored)
    async with vault_of(spec_of(stored, VaultAppRoleLogin(Credential(role_id), Credential("wrong")))) as seat:
        for minute in range(3):
            seat.now = minute * 61.0
            for said in ("refused our login at auth/approle", "a moment ago"):
                with pytest.raises(SourceFaultError, match=said) as failed:
                    await text(seat)
                assert failed.value.fault is SourceFault.DENIED
                assert "wrong" not in str(failed.value)


async def test_a_file_that_was_mended_is_used_at_once(stored: Bao, tmp_path: Any) -> None:
    role_id, secret_id = approle(stored)
    file = tmp_path / "secret"
    file.write_text("wrong")
    auth = VaultAppRoleLogin(Credential(role_id), Credential("wrong", str(file)))
    async with vault_of(spec_of(stored, auth)) as seat:
        with pytest.raises(SourceFaultError):
            await text(seat)
        file.write_text(secret_id + "\n")
        assert await text(seat) == SECRET


async def test_a_token_in_a_file_is_followed_as_an_agent_writes_it_anew(stored: Bao, tmp_path: Any) -> None:
    first, second = stored.token_with("reader"), stored.token_with("reader")
    file = tmp_path / "token"
    file.write_text(first)
    async with vault_of(spec_of(stored, VaultTokenLogin(Credential(first, str(file))))) as seat:
        assert await text(seat) == SECRET
        file.write_text(second)
        stored.do("POST", "auth/token/revoke", {"token": first})
        assert await text(seat) == SECRET
    assert stored.call("GET", "auth/token/lookup-self", token=second)[0] == 200  # it is not ours to end


async def test_a_wrapped_secret_id_is_opened_once_and_used_again(stored: Bao) -> None:
    role_id, _ = approle(stored)
    wrapping = wrapped(stored, "auth/approle/role/bot/secret-id")
    auth = VaultAppRoleLogin(Credential(role_id), Credential(wrapping), wrapped=True)
    async with vault_of(spec_of(stored, auth)) as seat:
        assert await text(seat) == SECRET
        stored.do("POST", "auth/token/revoke", {"token": seat.withheld[-1]})
        assert await text(seat) == SECRET


async def test_a_wrapping_that_somebody_opened_before_is_told(stored: Bao) -> None:
    role_id, _ = approle(stored)
    wrapping = wrapped(stored, "auth/approle/role/bot/secret-id")
    assert stored.call("POST", "sys/wrapping/unwrap", {}, token=wrapping)[0] == 200
    auth = VaultAppRoleLogin(Credential(role_id), Credential(wrapping), wrapped=True)
    async with vault_of(spec_of(stored, auth)) as seat:
        with pytest.raises(SourceFaultError, match="find out who opened it"):
            await text(seat)


async def test_a_wrapping_of_something_else_is_not_opened(stored: Bao) -> None:
    role_id, _ = approle(stored)
    wrapping = wrapped(stored, "sys/wrapping/wrap", {"secret_id": "value-for-tests"})
    auth = VaultAppRoleLogin(Credential(role_id), Credential(wrapping), wrapped=True)
    async with vault_of(spec_of(stored, auth)) as seat:
        with pytest.raises(SourceFaultError, match="find out who made it"):
            await text(seat)
    assert stored.call("POST", "sys/wrapping/unwrap", {}, token=wrapping)[0] == 200


async def test_a_signed_token_of_another_issuer_logs_in(stored: Bao, tmp_path: Any) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    stored.do("POST", "sys/auth/jwt", {"type": "jwt"})
    stored.do("POST", "auth/jwt/config", {"jwt_validation_pubkeys": [public.decode()]})
    role = {
        "role_type": "jwt",
        "user_claim": "sub",
        "bound_audiences": ["vault"],
        "token_policies": ["reader"],
    }
    stored.do("POST", "auth/jwt/role/bot", role)
    proof = jwt.encode({"sub": "bot", "aud": "vault", "iat": 1, "exp": 4_000_000_000}, key, algorithm="RS256")
    file = tmp_path / "jwt"
    file.write_text("of.yesterday.x")
    auth = VaultJwtLogin("bot", Credential("of.yesterday.x", str(file)))
    async with vault_of(spec_of(stored, auth)) as seat:
        with pytest.raises(SourceFaultError, match="refused our login at auth/jwt"):
            await text(seat)
        file.write_text(proof)
        assert await text(seat) == SECRET


async def test_a_pod_logs_in_with_its_own_account_and_another_one_does_not(stored: Bao) -> None:
    """OpenBao itself asks the stand-in for a cluster whose token it is."""
    cluster, key = KubernetesStandIn(), rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pods = {}
    for account in ("bot", "stranger"):
        name = {"namespace": "envaccess", "serviceaccount": {"name": account, "uid": "u1"}}
        claims = {
            "sub": f"system:serviceaccount:envaccess:{account}",
            "kubernetes.io": name,
            "iat": 1,
            "nbf": 1,
            "exp": 4_000_000_000,
        }
        pods[account] = jwt.encode(claims, key, algorithm="RS256")
        cluster.accounts[pods[account]] = f"envaccess:{account}"
    async with http_service() as service:
        service.answer_with(cluster)
        stored.do("POST", "sys/auth/kubernetes", {"type": "kubernetes"})
        said = {
            "kubernetes_host": service.base,
            "kubernetes_ca_cert": local_certificate("localhost")[1],
            "token_reviewer_jwt": TOKEN,
            "disable_local_ca_jwt": True,
        }
        stored.do("POST", "auth/kubernetes/config", said)
        bound = {"bound_service_account_names": ["bot"], "bound_service_account_namespaces": ["envaccess"]}
        stored.do("POST", "auth/kubernetes/role/bot", {**bound, "token_policies": ["reader"]})
        async with vault_of(spec_of(stored, pod(pods["bot"]))) as seat:
            assert await text(seat) == SECRET
        async with vault_of(spec_of(stored, pod(pods["stranger"]))) as seat:
            with pytest.raises(SourceFaultError, match="refused our login at auth/kubernetes"):
                await text(seat)


def pod(token: str) -> VaultJwtLogin:
    return VaultJwtLogin("bot", Credential(token), "kubernetes")


def wrapped(bao: Bao, path: str, body: dict[str, str] | None = None) -> str:
    """A wrapping token of what a call would answer."""
    import http.client  # noqa: PLC0415 - only wrapping needs a header of its own
    import json  # noqa: PLC0415

    connection = http.client.HTTPConnection("127.0.0.1", bao.port, timeout=30)
    headers = {"X-Vault-Token": bao.token, "X-Vault-Namespace": bao.namespace, "X-Vault-Wrap-TTL": "5m"}
    connection.request("POST", f"/v1/{path}", json.dumps(body or {}), headers)
    said = json.loads(connection.getresponse().read())
    connection.close()
    return str(said["wrap_info"]["token"])
