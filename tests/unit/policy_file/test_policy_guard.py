"""Whoever may write the policy file decides who gets what: only root and the bot's own user may."""

import asyncio
import os
from pathlib import Path

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings
from envaccess.wiring.policy_tools import PolicyContext, PolicyFile, policy_at_start
from envaccess.yaml_file.file import read_file

TEXT = "version: 1\nrules: [{match: '*/*', approvers: [approvers]}]\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yml"
    path.write_text(TEXT)
    path.chmod(0o644)
    return path


def told(path: Path) -> str:
    found = read_file(path, guarded=True)
    return "" if isinstance(found, str) else str(found)


@pytest.mark.parametrize(
    ("mode", "who"), [(0o664, "its group"), (0o646, "everybody"), (0o666, "everybody"), (0o620, "its group")]
)
def test_a_file_that_others_may_write_is_refused(file: Path, mode: int, who: str) -> None:
    file.chmod(mode)
    assert f"the file may be changed by {who}" in told(file)
    assert f"chmod go-w {file}" in told(file)
    assert read_file(file) == TEXT, "to try a policy is no risk"


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o444, 0o755])
def test_a_file_that_others_only_read_is_taken(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert told(file) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused(file: Path) -> None:
    os.chown(file, 12_345, 0)
    assert "belongs to another user (uid 12345)" in told(file)


def test_a_folder_that_everybody_may_write_is_refused_but_for_the_sticky_bit(file: Path) -> None:
    file.parent.chmod(0o777)
    assert "its folder may be changed by everybody" in told(file)
    file.parent.chmod(0o1777)
    assert told(file) == ""


def test_the_links_of_a_config_map_are_followed(tmp_path: Path, file: Path) -> None:
    """Kubernetes: `policy.yml` -> `..data/policy.yml`, and `..data` -> a folder that is swapped."""
    (tmp_path / "..2026_11").mkdir()
    file.rename(tmp_path / "..2026_11" / "policy.yml")
    (tmp_path / "..data").symlink_to("..2026_11")
    link = tmp_path / "policy.yml"
    link.symlink_to("..data/policy.yml")
    assert read_file(link, guarded=True) == TEXT
    (tmp_path / "..2026_11" / "policy.yml").chmod(0o666)
    assert "may be changed by everybody" in told(link)


def test_a_pipe_or_a_folder_in_its_place_is_waited_for_by_nobody(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        assert not isinstance(read_file(path), str)


def test_the_start_and_the_check_refuse_it(file: Path) -> None:
    file.chmod(0o666)
    settings = Settings.explicit(home=Path("/nowhere"), policy_file=file)
    with pytest.raises(SettingsError, match="may be changed by everybody"):
        policy_at_start(settings, "C0APPROVERS")
    assert "may be changed" in str(PolicyContext(settings).read(file))


async def test_the_reload_refuses_it(file: Path) -> None:
    watched = PolicyFile(file, "C0APPROVERS", push=False)
    assert await watched.digest()
    await asyncio.to_thread(file.chmod, 0o666)
    assert await watched.digest() == ""
    digest, found = await watched.read()
    assert digest == ""
    assert "may be changed" in str(found)
