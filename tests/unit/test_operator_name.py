"""Who worked at the command line: a name that is only said is never taken for one that the system knows."""

import os
import pwd
from types import SimpleNamespace

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event, export_line, read_actor
from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings
from envaccess.wiring.operator import operator_name


def works(monkeypatch: pytest.MonkeyPatch, user: int, name: str | None) -> None:
    def find(number: int) -> SimpleNamespace:
        assert number == user
        if name is None:
            raise KeyError(number)
        return SimpleNamespace(pw_name=name)

    monkeypatch.setattr(os, "getuid", lambda: user)
    monkeypatch.setattr(pwd, "getpwuid", find)


@pytest.mark.parametrize(
    ("user", "account", "sudo_user", "said", "name"),
    [
        (0, "root", "alice", "", "alice"),
        (0, "root", "alice", "bob", "alice"),
        (0, "root", "", "", "root"),
        (0, "root", "", "alice", "alice (said by root)"),
        (0, None, "", "alice", "alice (said by 0)"),
        (1000, "alice", "", "", "alice"),
        (1000, "alice", "bob", "", "bob (said by alice)"),
        (1000, "alice", "", "bob", "bob (said by alice)"),
        (1000, "alice", "", "alice", "alice"),
        (10001, None, "", "", "10001"),
        (10001, None, "", "alice", "alice (said by 10001)"),
        (1001, "DOMAIN\\bob", "", "", "DOMAIN\\bob"),
        (1001, "bob (said by root)", "", "", "1001"),
        (1001, "two words", "", "", "1001"),
    ],
)
def test_the_name_is_the_system_s_or_says_that_it_is_only_said(
    monkeypatch: pytest.MonkeyPatch, user: int, account: str | None, sudo_user: str, said: str, name: str
) -> None:
    works(monkeypatch, user, account)
    assert operator_name(sudo_user, said) == name


@pytest.mark.parametrize(
    "forged",
    [
        "alice (said by root)",
        "a" * 65,
        "two words",
        "line\nbreak",
        "<!channel>",
        "`x`",
        "-x",
        "person:U0BOB",
        "ü",
    ],
)
def test_a_forged_sudo_user_is_passed_over(monkeypatch: pytest.MonkeyPatch, forged: str) -> None:
    works(monkeypatch, 0, "root")
    assert operator_name(forged, "") == "root"


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "USERNAME", "LNAME"])
def test_what_the_shell_says_of_the_user_is_never_believed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    works(monkeypatch, 0, "root")
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.delenv("ENVACCESS_OPERATOR", raising=False)
    monkeypatch.setenv(name, "mallory")
    settings = Settings.load()
    assert operator_name(settings.sudo_user, settings.operator or "") == "root"


@pytest.mark.parametrize("bad", ["alice (said by root)", "a" * 65, "two words", "cli:root", "<!channel>"])
def test_a_name_that_no_account_has_cannot_be_said(monkeypatch: pytest.MonkeyPatch, bad: str) -> None:
    monkeypatch.setenv("ENVACCESS_OPERATOR", bad)
    with pytest.raises(SettingsError, match=r"^ENVACCESS_OPERATOR must be a name") as refused:
        Settings.load()
    assert bad not in str(refused.value)


def test_both_names_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    monkeypatch.setenv("ENVACCESS_OPERATOR", "bob")
    settings = Settings.load()
    assert (settings.sudo_user, settings.operator) == ("alice", "bob")


def test_an_export_shows_that_a_name_was_only_said() -> None:
    actor = Actor(ActorKind.CLI, "alice (said by root)")
    assert read_actor(str(actor)) == actor
    event = Event("1-0", "secret.changed", 0, actor)
    assert '"actor_kind":"cli","actor":"alice (said by root)"' in export_line(event)
