"""`serve`, `doctor`, `keys` and the command itself: exit codes, one line a fault, light to start."""

import errno

import click
import pytest

from envaccess.application.installation_checks import Finding
from envaccess.cli import root
from envaccess.cli.lazy import LazyGroup
from envaccess.domain.errors import (
    EmbeddedServerError,
    EnvaccessError,
    KeyFileError,
    SettingsError,
    StoreUnavailableError,
)
from envaccess.domain.health import SetupFault
from tests.unit.cli.cli_front import FakeFront, run, start

FAULT = Finding("Redis", fault=SetupFault("REDIS_URL", "Redis 6.2 is too old", "Use Redis 7"))


def test_serve_runs_until_it_is_told_to_stop_and_exits_with_0() -> None:
    front = FakeFront()
    ended = run(front, "serve")
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert front.served


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (SettingsError("SLACK_BOT_TOKEN is not set: copy it"), 2),
        (KeyFileError("The key file is missing."), 2),
        (EmbeddedServerError("There is no valkey-server."), 2),
        (StoreUnavailableError("Redis cannot be reached"), 1),
    ],
)
def test_a_fault_of_serving_is_one_line_and_a_definite_one_exits_with_2(
    fault: EnvaccessError, code: int
) -> None:
    ended = run(FakeFront(fault=fault), "serve")
    assert (ended.code, ended.out, ended.err) == (code, "", f"envaccess: {fault}\n")


def test_a_full_disk_is_one_line() -> None:
    ended = run(FakeFront(fault=OSError(errno.ENOSPC, "No space left on device", "/secret/path")), "serve")
    assert (ended.code, ended.err) == (1, "envaccess: No space left on device\n")


def test_the_doctor_goes_on_after_a_fault_and_exits_with_1() -> None:
    front = FakeFront(findings=[Finding("token", "works in Acme"), FAULT, Finding("keys", "all held")])
    ended = run(front, "doctor")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.splitlines() == [
        "ok token: works in Acme",
        "FAULT REDIS_URL: Redis 6.2 is too old -> Use Redis 7",
        "ok keys: all held",
    ]


def test_a_warning_of_the_doctor_is_told_apart_and_does_not_fail() -> None:
    lonely = Finding(
        "channel", fault=SetupFault("channel", "has one person in it", "Invite two", grave=False)
    )
    ended = run(FakeFront(findings=[lonely, Finding("keys", "all held")]), "doctor")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        "warning channel: has one person in it -> Invite two",
        "ok keys: all held",
    ]


def test_every_fault_of_the_settings_is_a_line_of_its_own() -> None:
    fault = SettingsError("PORT must be a number", "REDIS_URL must be a URL")
    ended = run(FakeFront(fault=fault), "serve")
    assert (ended.code, ended.err.splitlines()) == (
        2,
        ["envaccess: PORT must be a number", "envaccess: REDIS_URL must be a URL"],
    )
    ended = run(FakeFront(fault=fault), "doctor")
    assert ended.out.splitlines() == [
        "FAULT settings: PORT must be a number",
        "FAULT settings: REDIS_URL must be a URL",
    ]


def test_the_doctor_exits_with_0_when_all_is_right() -> None:
    assert run(FakeFront(findings=[Finding("token", "works")]), "doctor").code == 0


@pytest.mark.parametrize(
    "fault", [SettingsError("PORT must be a number"), StoreUnavailableError("Redis cannot be reached")]
)
def test_a_fault_of_the_diagnosis_itself_is_a_line_of_it(fault: EnvaccessError) -> None:
    ended = run(FakeFront(fault=fault), "doctor")
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.startswith("FAULT ")
    assert str(fault) in ended.out
    ended = run(FakeFront(findings=[Finding("token", "works")], after=fault), "doctor")
    assert ended.code == 1
    assert ended.out.startswith("ok token: works\nFAULT ")


def test_a_new_key_is_all_that_stdout_gets() -> None:
    ended = run(FakeFront(), "keys", "generate")
    assert (ended.code, ended.out, ended.err) == (0, "a-new-key-for-tests\n", "")


def test_the_version_is_printed() -> None:
    ended = run(FakeFront(), "--version")
    assert ended.code == 0
    assert ended.out.startswith("envaccess ")


@pytest.mark.parametrize("arguments", [[], ["secrets"], ["audit"], ["keys"]])
def test_a_group_alone_shows_its_help_and_exits_with_2(arguments: list[str]) -> None:
    ended = run(FakeFront(), *arguments)
    assert ended.code == 2
    assert "Commands:" in ended.err


@pytest.mark.parametrize(
    ("typed", "words"), [("secret", "did you mean `secrets`?"), ("qqqq", "there are login, logout, whoami")]
)
def test_an_unknown_command_is_answered_with_the_nearest_or_with_all(typed: str, words: str) -> None:
    ended = run(FakeFront(), typed)
    assert ended.code == 2
    assert words in ended.err


def test_the_group_s_line_for_a_command_is_the_command_s_own_first_sentence() -> None:
    context = click.Context(root)
    for group in (
        root,
        *(root.get_command(context, name) for name in ("secrets", "audit", "sinks", "keys", "sources")),
    ):
        assert isinstance(group, LazyGroup)
        for name, entry in group.entries.items():
            command = group.get_command(context, name)
            assert command is not None
            assert name == "demo" or (command.help or "").partition("\n")[0] == entry.help


@pytest.mark.parametrize("arguments", [["--help"], ["secrets", "--help"], ["audit", "--help"], ["frob"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = (
        "import atexit, sys\n"
        "heavy = 'pydantic redis slack_bolt slack_sdk aiohttp cryptography structlog asyncio'.split()\n"
        "atexit.register(lambda: print([name for name in heavy if name in sys.modules]))\n"
        "from envaccess.cli import main; main(sys.argv[1:])"
    )
    process = start(script, *arguments, stdout=-1, stderr=-1)
    out, _ = process.communicate(timeout=60)
    assert out.splitlines()[-1] == b"[]"


@pytest.mark.parametrize(
    "command", [["serve"], ["secrets", "list"], ["audit", "export"], ["secrets", "set", "A"]]
)
def test_without_a_token_the_real_command_names_the_setting_and_exits_with_2(command: list[str]) -> None:
    process = start(
        "import sys; from envaccess.cli import main; main(sys.argv[1:])",
        *command,
        stdin=-3,
        stdout=-1,
        stderr=-1,
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, b"")
    assert err.startswith(b"envaccess: SLACK_BOT_TOKEN is not set: ")
    lines = err.splitlines()
    assert all(line.startswith(b"envaccess: ") and b" is not set: " in line for line in lines)
    assert len(lines) == (4 if command == ["serve"] else 1)
