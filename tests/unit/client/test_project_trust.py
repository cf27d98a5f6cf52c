"""A cloned repository borrows nothing before somebody said yes to what it asks for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from envaccess.client.project import Project, load_project
from envaccess.client.project_trust import TrustStore, confirm, describe
from envaccess.domain.errors import ProjectNotTrustedError
from tests.unit.client.project_files import FULL, MINIMAL, write_project


def load(folder: Path) -> Project:
    found = load_project(folder)
    assert found
    return found


class Terminal:
    """Somebody at a terminal who always gives one answer."""

    def __init__(self, *, answer: bool = True, meanwhile: Callable[[], object] = bool) -> None:
        self.answer, self.meanwhile = answer, meanwhile
        self.shown: list[str] = []

    def __call__(self, text: str) -> bool:
        self.shown.append(text)
        self.meanwhile()
        return self.answer


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "state")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    write_project(folder, FULL)
    return folder


def test_a_new_file_is_confirmed_once_names_shown(store: TrustStore, repository: Path) -> None:
    terminal = Terminal()
    assert confirm(load(repository), store, terminal)
    assert confirm(load(repository), store, None)
    (shown,) = terminal.shown
    assert shown.split("\n") == [
        f"{repository}/.envaccess.toml asks for",
        "  STRIPE_KEY  production/STRIPE_KEY",
        "  DB_URL      staging/DB_URL",
        "  SENTRY_DSN  production/SENTRY_DSN  (optional)",
        "  PGPASSWORD  shared/DB_PASSWORD",
        "for 1h, with the reason: run the tests",
    ]


def test_a_changed_file_is_confirmed_anew_and_says_what_is_new(store: TrustStore, repository: Path) -> None:
    confirm(load(repository), store, Terminal())
    write_project(repository, FULL.replace('"STRIPE_KEY"', '"STRIPE_KEY", "ROOT_PASSWORD"'))
    terminal = Terminal()
    confirm(load(repository), store, terminal)
    (shown,) = terminal.shown
    assert "  ROOT_PASSWORD  production/ROOT_PASSWORD  (new)\n" in shown
    assert shown.count("(new)") == 1


def test_without_a_terminal_a_new_file_is_refused_and_the_way_told(
    store: TrustStore, repository: Path
) -> None:
    with pytest.raises(ProjectNotTrustedError, match=r"is new here.*`envaccess trust`"):
        confirm(load(repository), store, None)


def test_without_a_terminal_a_changed_file_is_refused(store: TrustStore, repository: Path) -> None:
    confirm(load(repository), store, Terminal())
    write_project(repository, MINIMAL)
    with pytest.raises(ProjectNotTrustedError, match="has changed since you trusted it"):
        confirm(load(repository), store, None)


def test_a_no_is_kept_as_no_yes(store: TrustStore, repository: Path) -> None:
    with pytest.raises(ProjectNotTrustedError, match="nothing was asked or used"):
        confirm(load(repository), store, Terminal(answer=False))
    with pytest.raises(ProjectNotTrustedError):
        confirm(load(repository), store, None)


def test_a_file_swapped_while_it_is_confirmed_is_not_what_is_used(
    store: TrustStore, repository: Path
) -> None:
    project = load(repository)
    evil = FULL.replace("STRIPE_KEY", "ROOT_PASSWORD")
    confirm(project, store, Terminal(meanwhile=lambda: write_project(repository, evil)))
    assert [each.name for each in project.variables] == ["STRIPE_KEY", "DB_URL", "SENTRY_DSN", "PGPASSWORD"]
    with pytest.raises(ProjectNotTrustedError, match="has changed"):
        confirm(load(repository), store, None)


def test_the_same_content_elsewhere_is_not_trusted(
    store: TrustStore, repository: Path, tmp_path: Path
) -> None:
    confirm(load(repository), store, Terminal())
    write_project(tmp_path / "clone", FULL)
    with pytest.raises(ProjectNotTrustedError):
        confirm(load(tmp_path / "clone"), store, None)


def test_what_is_trusted_is_ours_alone_to_read(store: TrustStore, repository: Path, tmp_path: Path) -> None:
    confirm(load(repository), store, Terminal())
    folder = tmp_path / "state" / "trusted"
    (record,) = folder.iterdir()
    assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    assert record.stat().st_mode & 0o777 == 0o600


def test_a_record_that_others_can_write_counts_for_nothing(
    store: TrustStore, repository: Path, tmp_path: Path
) -> None:
    confirm(load(repository), store, Terminal())
    (record,) = (tmp_path / "state" / "trusted").iterdir()
    record.chmod(0o666)
    assert not store.is_trusted(load(repository))


@pytest.mark.parametrize("folder", ["state", "state/trusted"])
def test_a_folder_that_others_can_write_holds_no_record(
    store: TrustStore, repository: Path, tmp_path: Path, folder: str
) -> None:
    confirm(load(repository), store, Terminal())
    (tmp_path / folder).chmod(0o777)
    assert not store.is_trusted(load(repository))


@pytest.mark.parametrize("broken", ["", "[]", '{"path": 3}', "{", "\0"])
def test_a_broken_record_is_none(store: TrustStore, repository: Path, tmp_path: Path, broken: str) -> None:
    confirm(load(repository), store, Terminal())
    (record,) = (tmp_path / "state" / "trusted").iterdir()
    record.write_text(broken)
    assert not store.is_trusted(load(repository))
    assert confirm(load(repository), store, Terminal())


def test_a_record_that_is_a_link_is_not_followed(store: TrustStore, repository: Path, tmp_path: Path) -> None:
    confirm(load(repository), store, Terminal())
    (record,) = (tmp_path / "state" / "trusted").iterdir()
    record.rename(tmp_path / "elsewhere")
    record.symlink_to(tmp_path / "elsewhere")
    assert not store.is_trusted(load(repository))


def test_a_state_folder_that_cannot_be_written_asks_again(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    terminal = Terminal()
    store = TrustStore(tmp_path / "state")
    assert not confirm(load(repository), store, terminal)
    assert not confirm(load(repository), store, terminal)
    assert len(terminal.shown) == 2


def test_what_is_trusted_no_more_is_asked_again(store: TrustStore, repository: Path) -> None:
    project = load(repository)
    confirm(project, store, Terminal())
    assert store.forget(project.path)
    assert not store.forget(project.path)
    assert not store.is_trusted(project)


def test_nothing_at_the_prompt_is_obeyed_by_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"shop\x1b[8m\xff")
    write_project(folder)
    assert all(line.isprintable() for line in describe(load(folder)).split("\n"))
