"""What the demo's prompt runs, and above all what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess_demo.terminal.typed import COMMANDS, TypedError, completer, known_words, read

SERVER = "http://127.0.0.1:40123"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("   ", []),
        ("envaccess", ["--help"]),
        ("envaccess --help", ["--help"]),
        ("envaccess login", ["login"]),
        (f"envaccess login {SERVER}/", ["login", f"{SERVER}/"]),
        ("envaccess logout --all", ["logout", "--all"]),
        ("envaccess end k3x9m2aq", ["end", "k3x9m2aq"]),
        ("envaccess run --help", ["run", "--help"]),
        ("envaccess broker triage --for 1h", ["broker", "triage", "--for", "1h"]),
        ("envaccess agent list", ["agent", "list"]),
        ("envaccess agent end ag_k3x9m2aq", ["agent", "end", "ag_k3x9m2aq"]),
        (
            'envaccess run STRIPE_KEY 1m "a failed refund" -- ./worker',
            ["run", "STRIPE_KEY", "1m", "a failed refund", "--", "./worker"],
        ),
        (
            "envaccess run --as STRIPE_KEY=KEY --grace=2s A 1m why -- printenv KEY",
            ["run", "--as", "STRIPE_KEY=KEY", "--grace=2s", "A", "1m", "why", "--", "printenv", "KEY"],
        ),
    ],
)
def test_what_speaks_to_the_demo_s_own_bot_is_run_as_typed(line: str, words: list[str]) -> None:
    assert read(line, SERVER) == words


@pytest.mark.parametrize(
    "line",
    [
        "ls",
        "sh",
        "./worker",
        "/usr/bin/envaccess list",
        "X=1 envaccess list",
        "envaccess serve",
        "envaccess demo --web",
        "envaccess backup /tmp/x",
        "envaccess secrets import /etc/passwd",
        "envaccess init",
        "envaccess login http://evil.example",
        "envaccess login http://127.0.0.1:1",
        f"envaccess login {SERVER}@evil.example",
        f"envaccess login --help {SERVER}.evil.example",
        "envaccess run --file STRIPE_KEY=/tmp/x A 1m why -- ./worker",
        "envaccess run --file=STRIPE_KEY=/tmp/x A 1m why -- ./worker",
        "envaccess run --identity file:/etc/passwd A 1m why -- ./worker",
        "envaccess run -f x -- ./worker",
        "envaccess --debug list",
        "envaccess broker triage --listen unix:/tmp/x",
        "envaccess broker triage -- ./worker",
        "envaccess agent",
        "envaccess agent start triage",
        "envaccess agent --json start",
        "envaccess mcp --broker http://127.0.0.1:1/x",
        "envaccess run A 1m why -- sh -c id",
        "envaccess run A 1m why -- /bin/sh",
        "envaccess run A 1m why -- ./worker ../../x",
        "envaccess run A 1m why -- ./../worker",
        "envaccess run A 1m why -- printenv",
        "envaccess run A 1m why -- printenv --help",
        "envaccess run A 1m why -- printenv A B",
        "envaccess run A 1m why -- sleep 99999",
        "envaccess run A 1m why -- sleep inf",
        "envaccess run A 1m why --",
        "envaccess run -- -- sh",
        "envaccess status -- ./worker",
        "envaccess -- ./worker",
        "envaccess run A 1m why -- 'printenv' 'A\n'",
        "envaccess run 'unfinished",
    ],
)
def test_nothing_that_reaches_a_file_another_host_or_another_program_is_run(line: str) -> None:
    with pytest.raises(TypedError):
        read(line, SERVER)


WORDS = ("envaccess", "run", "--", "sh", "-c", "id", "A", "./worker", "=", "'", ";")


@given(st.lists(st.sampled_from(WORDS)))
def test_whatever_is_put_together_only_listed_commands_stand_behind_the_dashes(words: list[str]) -> None:
    try:
        found = read(" ".join(words), SERVER)
    except TypedError:
        return
    if "--" in found:
        assert found[0] == "run"
        assert found[found.index("--") + 1 :] in [["./worker"], ["./deploy"]]


def test_words_are_completed() -> None:
    complete = completer(known_words())
    assert complete("env", 0) == "envaccess "
    assert complete("env", 1) is None
    assert {complete("./", number) for number in range(2)} == {"./deploy ", "./worker "}
    assert set(COMMANDS) <= set(known_words())
