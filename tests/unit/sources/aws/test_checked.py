"""`envaccess sources check` and the doctor on AWS: each permission that is missing, and what gives it."""

import uuid
from pathlib import Path

from envaccess.settings import Settings
from envaccess.wiring.source_tools import SourceChecks
from envaccess.wiring.sources_diagnosis import diagnose_sources
from tests.fakes.moto_account import REGION, MotoAccount
from tests.unit.sources.aws.test_sessions import Role


def written(moto: MotoAccount, folder: Path, secret: str, role: str, user: str) -> Path:
    """A file that a key may use which may read secrets and assume roles, and nothing else."""
    _, who = moto.user("secretsmanager:GetSecretValue", "sts:AssumeRole")
    for name, text in (("id", who.key_id), ("secret", who.secret)):
        (folder / name).write_text(text)
    key = f"access_key_id: 'file:{folder}/id', secret_access_key: 'file:{folder}/secret'"
    same = f"region: {REGION}, endpoint: '{moto.url}', {key}"
    path = folder / "sources.yml"
    path.write_text(f"""version: 1
sources:
  aws: {{kind: aws-secrets-manager, {same}}}
  roles: {{kind: aws-sts, {same}}}
  iam: {{kind: aws-iam, {same}}}
names:
  - match: production/BACKUP
    read: {{source: aws, secret: {secret}}}
    rotate: {{with: aws-iam, source: iam, user: {user}}}
  - {{match: production/NONE, read: {{source: aws, secret: prod/none}}}}
  - {{match: production/*_KEY, read: {{source: aws, secret: 'prod/{{name}}'}}}}
  - {{match: production/DEPLOY, lease: {{source: roles, role: '{role}'}}}}
""")
    path.chmod(0o600)
    return path


async def test_each_source_says_what_of_the_file_does_not_work(moto: MotoAccount, tmp_path: Path) -> None:
    secret, (user, _) = f"prod/{uuid.uuid4().hex}", moto.user()
    moto.boto("secretsmanager").create_secret(Name=secret, SecretString="value-for-tests")
    path = written(moto, tmp_path, secret, Role(moto).arn, user)
    found = {
        (one.subject, one.fault.problem if one.fault else one.ok): one.fault.mend if one.fault else ""
        for one in await diagnose_sources(Settings.explicit(home=tmp_path, sources_file=path))
    }
    said = {f"{subject}: {text}" for subject, text in found}
    assert f"source aws: {secret} can be read" in said
    assert any("secretsmanager:GetSecretValue with ResourceNotFoundException" in one for one in said)
    assert any(one.startswith("source roles: ") and one.endswith("can be assumed") for one in said)
    (mend,) = [mend for (subject, _), mend in found.items() if subject == "source iam" and mend]
    assert '"iam:CreateAccessKey"' in mend
    assert f":user/{user}" in mend
    assert "for-tests" not in str(found)


async def test_a_source_that_does_not_answer_is_told_once(tmp_path: Path, moto: MotoAccount) -> None:
    path = written(moto, tmp_path, "prod/a", "arn:aws:iam::123456789012:role/deploy", "backup")
    path.write_text(path.read_text().replace(moto.url, "http://127.0.0.1:1"))
    tools = SourceChecks(Settings.explicit(home=tmp_path, sources_file=path))
    file = tools.read(path, offline=False)
    assert not isinstance(file, tuple), file
    for findings in (await tools.check(file)).values():
        (only,) = findings
        assert not only.ok
        assert "could not be reached" in only.said
