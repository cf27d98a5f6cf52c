"""`envaccess sources adopt` on a real OpenBao: what it prints can be pasted, and what it finds is read."""

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.found_secret import LISTED_MOST
from tests.fakes.adopting import adopted
from tests.fakes.openbao import Bao
from tests.fakes.vault import spec_of, vault_of

VALUE = "value-for-tests"
KIND = "kind: vault, address: 'https://vault.internal', auth: {token: 'env:TOKEN'}"
LISTER = """
path "kv/metadata/*" { capabilities = ["list"] }
path "kv/metadata/closed/*" { capabilities = ["deny"] }
path "kv/subkeys/*" { capabilities = ["read"] }
path "kv/subkeys/dark" { capabilities = ["deny"] }
"""


async def test_what_is_printed_is_pasted_and_reads_each_value(bao: Bao) -> None:
    """Names that clash, that no variable has, in folders, with spaces; deleted ones; a second mount."""
    bao.do("POST", "sys/mounts/teams/a/kv", {"type": "kv", "options": {"version": "2"}})
    bao.do("POST", "teams/a/kv/data/prod", {"data": {"MAIL_KEY": "value-9"}})
    bao.store("prod/stripe", {f"STRIPE_{name}": f"value-{name}" for name in ("A", "B", "C")})
    bao.store("db", {"password": "value-1", "user name": "value-2", "9lives": "value-3"})
    bao.store("mail", {"password": "value-4"})
    bao.store("odd", {"with{brace}": "value-5", "": "value-6", "dotted.key": "value-7"})
    bao.store("gone", {"OLD": "value-8"})
    bao.do("DELETE", "kv/data/gone")
    async with vault_of(spec_of(bao, bao.token)) as seat:
        result = adopted(KIND, await seat.adapter.names())
        values = {
            str(one): (await seat.adapter.read(result.place(str(one)))).text for one in result.again.covered
        }
    assert values == {
        "production/STRIPE_A": "value-A", "production/STRIPE_B": "value-B", "production/STRIPE_C": "value-C",
        "production/DB_PASSWORD": "value-1", "production/USER_NAME": "value-2",
        "production/MAIL_PASSWORD": "value-4", "production/DOTTED_KEY": "value-7",
        "production/MAIL_KEY": "value-9",
    }  # fmt: skip
    assert sorted(result.first.left) == ["kv/db", "kv/odd", "kv/odd"]
    assert [rule.match for rule in result.first.rules if "*" in rule.match[0]] == [("production/STRIPE_*",)]


@pytest.mark.parametrize(
    "rule",
    [
        "{match: '*/*', read: {source: src, path: 'kv/{environment}/{name}', field: value}}",
        "{match: 'prod/*', read: {source: src, path: 'kv/prod/{name}', field: value}}",
        "{match: prod/OTHER, read: {source: src, mount: kv, path: prod/KEPT, field: value}}",
        "{match: 'prod/v*', read: {source: src, path: 'kv/prod/KEPT', field: '{name}'}}",
        "{match: prod/value, read: {source: src, path: 'kv/prod/KEPT'}}",
    ],
)
async def test_what_a_rule_finds_in_whatever_words_needs_no_other(bao: Bao, rule: str) -> None:
    bao.store("prod/KEPT", {"value": VALUE})
    async with vault_of(spec_of(bao, bao.token)) as seat:
        result = adopted(KIND, await seat.adapter.names(), rules=f"  - {rule}\n")
        (variable,) = result.first.covered
        assert not result.first.rules
        assert (await seat.adapter.read(result.place(str(variable)))).text == VALUE


async def test_what_we_may_not_look_into_is_told_and_the_rest_is_listed(bao: Bao) -> None:
    for path in ("open/a", "closed/b", "dark"):
        bao.store(path, {"KEY_OF_" + path[0].upper(): VALUE})
    bao.policy("lister", LISTER)
    async with vault_of(spec_of(bao, bao.token_with("lister"))) as seat:
        result = adopted(KIND, await seat.adapter.names())
    assert [str(one) for one in result.again.covered] == ["production/KEY_OF_O"]
    assert sorted(result.first.closed) == ["kv/closed/", "kv/dark"]


async def test_a_token_that_is_not_known_is_one_fault(bao: Bao) -> None:
    async with vault_of(spec_of(bao, "token-for-tests")) as seat:
        with pytest.raises(SourceFaultError) as failed:
            await seat.adapter.names()
    assert failed.value.fault is SourceFault.DENIED


async def test_a_thousand_are_all_listed(bao: Bao, pytestconfig: pytest.Config) -> None:
    number_of = pytestconfig.getoption("--secrets-listed")
    for number in range(number_of):
        bao.store(f"shop/{number % 7}/s{number:04}", {f"KEY_{number:04}": VALUE})
    async with vault_of(spec_of(bao, bao.token)) as seat:
        result = adopted(KIND, await seat.adapter.names())
    assert len(result.again.covered) == number_of < LISTED_MOST
