"""`envaccess init` and `envaccess trust`: names are written, values never, and nothing is replaced."""

import json
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest

from envaccess.cli.init_values import delete_after, import_all
from envaccess.client.errors import RefusedError, UnreachableError
from envaccess.client.project import load_project
from envaccess.domain.variable import Variable
from tests.unit.cli.cli_front import Ended, FakeFront, run

VALUE = "value-for-tests-7Fh2"
EXAMPLE = """\
# Stripe's dashboard, Developers
STRIPE_KEY=
# ------------------------
DATABASE_URL=postgres://localhost/dev
PORT=3000

# about nothing

SENTRY_DSN=your-dsn-here
#OLD_KEY=1
NODE_OPTIONS=--inspect
"""
WRITTEN = """\
# What `envaccess run -- COMMAND` gives to a command here. Names only: this file never holds a value.
environment = "production"
duration = "1h"
why = "work on shop"

[variables]
required = [
  # Stripe's dashboard, Developers
  "STRIPE_KEY",
  "DATABASE_URL",
  "SENTRY_DSN",
]
# an example gives these a value: they are left out where nobody has stored another
optional = [
  "PORT",
]
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shop"
    (folder / ".git").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("ENVACCESS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("ENVACCESS_URL", raising=False)
    return folder


def envaccess(*arguments: str) -> Ended:
    ended = run(FakeFront(), *arguments)
    assert "7Fh2" not in ended.said
    return ended


def test_names_of_an_example_are_written_with_their_comments(shop: Path) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    ended = envaccess("init", "--yes", "--environment", "production")
    assert (ended.code, ended.out) == (0, "")
    assert (shop / ".envaccess.toml").read_text() == WRITTEN
    assert "Left out, since such a variable changes how programs run: NODE_OPTIONS." in ended.err
    assert all(f"    {line}".rstrip() in ended.err for line in WRITTEN.splitlines())


def test_what_init_wrote_is_trusted(shop: Path) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    envaccess("init", "--yes")
    assert load_project(shop)
    assert len(list((shop.parent / "state" / "trusted").iterdir())) == 1


def test_names_of_an_env_are_all_required_and_no_value_is_taken(shop: Path) -> None:
    (shop / ".env").write_text(f"# {VALUE}\nA={VALUE}\nexport B='{VALUE}\n# x\n'\nPORT=3000\n")
    ended = envaccess("init", "--yes")
    assert ended.code == 0
    project = load_project(shop)
    assert project
    assert [(each.name, each.optional) for each in project.variables] == [
        ("A", False), ("B", False), ("PORT", False),
    ]  # fmt: skip
    assert "7Fh2" not in (shop / ".envaccess.toml").read_text()


def test_an_operator_s_command_is_told_where_nobody_is_signed_in_and_the_env_stays(shop: Path) -> None:
    (shop / ".env").write_text(f"A={VALUE}\n")
    ended = envaccess("init", "--yes", "--environment", "staging")
    assert "    envaccess secrets import --environment staging --skip-empty .env" in ended.err.splitlines()
    assert (shop / ".env").exists()


@pytest.mark.parametrize("there", ["file", "link"])
def test_a_file_that_is_there_is_never_replaced(shop: Path, there: str) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    file = shop / ".envaccess.toml"
    file.write_text("mine") if there == "file" else file.symlink_to("elsewhere")
    ended = envaccess("init", "--yes")
    assert ended.code == 1
    assert ".envaccess.toml is here already; nothing was changed." in ended.err
    assert file.read_text() == "mine" if there == "file" else file.is_symlink()


def test_without_a_terminal_init_writes_only_with_yes(shop: Path) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    ended = envaccess("init")
    assert ended.code == 2
    assert "say --yes" in ended.err
    assert not (shop / ".envaccess.toml").exists()


def test_init_adds_nothing_but_the_file(shop: Path) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    envaccess("init", "--yes")
    assert sorted(path.name for path in shop.iterdir()) == [".env.example", ".envaccess.toml", ".git"]


@pytest.mark.usefixtures("shop")
def test_with_nothing_to_read_the_way_by_hand_is_told() -> None:
    ended = envaccess("init", "--yes")
    assert ended.code == 1
    assert 'variables = ["STRIPE_KEY"]' in ended.err


def test_a_line_that_is_no_name_stops_it_all_and_is_not_repeated(shop: Path) -> None:
    (shop / ".env").write_text(f"KEY={VALUE}\n{VALUE}\n")
    ended = envaccess("init", "--yes")
    assert ended.code == 1
    assert ended.err.splitlines()[0].startswith("envaccess: line 2: there is no `=`")
    assert not (shop / ".envaccess.toml").exists()


@pytest.mark.parametrize("options", [("--why", "a\x1b[2Jb"), ("--why", "x"), ("--duration", "soon")])
def test_what_the_loader_would_refuse_is_not_written(shop: Path, options: tuple[str, str]) -> None:
    (shop / ".env.example").write_text(EXAMPLE)
    ended = envaccess("init", "--yes", *options)
    assert ended.code == 2
    assert not (shop / ".envaccess.toml").exists()


def test_more_than_fifty_names_are_refused(shop: Path) -> None:
    (shop / ".env.example").write_text("".join(f"NAME_{number}=\n" for number in range(51)))
    assert envaccess("init", "--yes").code == 2


def test_the_schema_is_printed(shop: Path) -> None:
    ended = envaccess("init", "--schema")
    assert json.loads(ended.out)["title"] == "What a project needs from envaccess (.envaccess.toml)"
    assert not (shop / ".envaccess.toml").exists()


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")
@pytest.mark.parametrize("committed", [True, False])
def test_an_env_in_git_is_warned_of(shop: Path, committed: bool) -> None:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(shop)]
    (shop / ".env").write_text(f"A={VALUE}\n")
    added = [["add", ".env"], ["commit", "-qm", "x"], ["rm", "-q", "--cached", ".env"]] if committed else []
    for step in (["init", "-q"], *added):
        subprocess.run([*git, *step], check=True)  # noqa: S603 - git, in a folder of our own
    ended = envaccess("init", "--yes")
    assert ("warning: .env is in git" in ended.err) is committed


def test_trust_shows_what_is_asked_for_and_remove_takes_it_back(shop: Path) -> None:
    (shop / ".envaccess.toml").write_text('variables = ["A"]\nduration = "1h"\nwhy = "run the tests"\n')
    ended = envaccess("trust")
    assert (ended.code, ended.err.splitlines()) == (
        0,
        [
            f"{shop}/.envaccess.toml asks for",
            "  A  default/A",
            "for 1h, with the reason: run the tests",
            "Trusted, until the file changes. `envaccess trust --remove` takes it back.",
        ],
    )
    assert "is not trusted any more." in envaccess("trust", "--remove").err
    assert envaccess("trust", "--remove").err == "Nothing here was trusted.\n"


@pytest.mark.usefixtures("shop")
def test_trust_of_nothing_says_how_to_begin() -> None:
    ended = envaccess("trust")
    assert ended.code == 1
    assert "`envaccess init` writes one" in ended.err


def test_a_faulty_file_is_not_trusted(shop: Path) -> None:
    (shop / ".envaccess.toml").write_text("A=1\n")
    ended = envaccess("trust")
    assert ended.code == 2
    assert f"envaccess: {shop}/.envaccess.toml:1: this file never holds a value" in ended.err


class FakeWriter:
    """An owner's session; what it is to refuse, or to lose, is named."""

    def __init__(self, *, refuse: str = "", lose: str = "") -> None:
        self.kept: dict[str, str] = {}
        self.refuse, self.lose = refuse, lose

    def set_value(self, variable: str, value: str, op: str, *, replace: bool) -> str:
        assert op
        assert not replace
        if variable == self.refuse:
            raise RefusedError("exists", "There is a value already.")
        if variable == self.lose:
            raise UnreachableError("The server does not answer.")
        self.kept[variable] = value
        return "created"


VALUES = {Variable("staging", name): VALUE for name in ("A", "B", "C")}


def test_all_values_are_stored(capsys: pytest.CaptureFixture[str]) -> None:
    writer = FakeWriter()
    assert import_all(writer, VALUES)
    assert writer.kept == {"staging/A": VALUE, "staging/B": VALUE, "staging/C": VALUE}
    assert "7Fh2" not in capsys.readouterr().err


def test_a_refused_value_is_told_and_the_others_are_stored() -> None:
    writer = FakeWriter(refuse="staging/B")
    assert not import_all(writer, VALUES)
    assert set(writer.kept) == {"staging/A", "staging/C"}


def test_after_a_lost_answer_no_more_is_sent() -> None:
    writer = FakeWriter(lose="staging/B")
    assert not import_all(writer, VALUES)
    assert set(writer.kept) == {"staging/A"}


@pytest.mark.parametrize(
    ("answer", "changed", "gone"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_an_env_is_deleted_only_after_a_yes_and_as_it_was_imported(
    tmp_path: Path, answer: bool, changed: bool, gone: bool
) -> None:
    file = tmp_path / ".env"
    file.write_text("A=1\n")
    digest = sha256(file.read_bytes()).hexdigest()
    if changed:
        file.write_text("A=1\nB=2\n")
    delete_after(file, digest, lambda _: answer)
    assert file.exists() is not gone


def test_without_a_terminal_an_env_stays(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\n")
    delete_after(tmp_path / ".env", "", None)
    assert (tmp_path / ".env").exists()
