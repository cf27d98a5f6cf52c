"""From `sources.yml` to a real OpenBao, as an operator sees it."""

from pathlib import Path

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.wiring.source_tools import SourceChecks
from tests.fakes.openbao import Bao

SECRET = "value-for-tests-1"


def sources(bao: Bao, folder: Path, auth: str) -> Path:
    path = folder / "sources.yml"
    path.write_text(f"""version: 1
sources:
  vault: {{kind: vault, address: '{bao.address}', namespace: {bao.namespace}, auth: {auth}}}
names:
  - {{match: production/STRIPE_KEY, read: {{source: vault, path: kv/prod/stripe}}}}
  - {{match: production/OTHER, read: {{source: vault, path: kv/hidden/other}}}}
  - {{match: 'staging/*', read: {{source: vault, path: 'kv/{{environment}}/{{name}}', field: value}}}}
""")
    return path


def read(path: Path) -> tuple[SourceChecks, SourcesFile]:
    tools = SourceChecks(Settings.explicit(home=Path("/nowhere"), sources_file=path))
    file = tools.read(path, offline=False)
    assert isinstance(file, SourcesFile), [str(one) for one in file]
    return tools, file


@pytest.fixture
def path(bao: Bao, tmp_path: Path) -> Path:
    bao.store("prod/stripe", {"STRIPE_KEY": SECRET})
    bao.store("staging/DB", {"value": SECRET})
    bao.policy("some", 'path "kv/data/prod/*" { capabilities = ["read"] }')
    bao.do("POST", "sys/auth/approle", {"type": "approle"})
    bao.do("POST", "auth/approle/role/bot", {"token_policies": ["some"]})
    (tmp_path / "role").write_text(bao.do("GET", "auth/approle/role/bot/role-id")["data"]["role_id"])
    made = bao.do("POST", "auth/approle/role/bot/secret-id", {})
    (tmp_path / "secret").write_text(made["data"]["secret_id"])
    said = f"{{approle: {{role_id: 'file:{tmp_path}/role', secret_id: 'file:{tmp_path}/secret'}}}}"
    return sources(bao, tmp_path, said)


async def test_check_names_the_rule_whose_right_is_missing_and_what_to_add(path: Path) -> None:
    tools, file = read(path)
    found = (await tools.check(file))["vault"]
    assert [(one.said, one.mend) for one in found if not one.ok] == [
        (
            "`read` of kv/data/hidden/other is missing, to read production/OTHER",
            'Add to our policy: path "kv/data/hidden/other" { capabilities = ["read"] }',
        )
    ]


async def test_test_reads_what_may_be_read_and_says_why_not(path: Path) -> None:
    tools, file = read(path)
    await tools.test(file, Variable("production", "STRIPE_KEY"))
    with pytest.raises(SourceFaultError, match="does not let us read kv/data/staging/DB") as failed:
        await tools.test(file, Variable("staging", "DB"))
    assert failed.value.fault is SourceFault.DENIED


async def test_check_says_that_our_login_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("wrong")
    tools, file = read(path)
    found = (await tools.check(file))["vault"]
    assert [one.said for one in found] == ["The source vault refused our login at auth/approle (400)"]
