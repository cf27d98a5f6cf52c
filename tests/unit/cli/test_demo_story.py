"""`envaccess demo` in the terminal, as README says: the parts of the story, from start to end."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.scenario.readme import commands, make_installed
from tests.unit.cli.demo_web import HOSTILE, Demo

SKIPPED = "7. A login that is destroyed with its access: skipped"
TOOK = re.compile(r"The whole story took ([0-9.]+) s")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What README's first command prints in a shell in which every setting is wrong; it leaves nothing."""
    checkout = make_installed(tmp_path_factory.mktemp("home") / "checkout")
    there = sorted(checkout.iterdir())
    command, _ = commands("Try it: one command, no Slack, no Redis")
    with tempfile.TemporaryDirectory(prefix="ea-") as folder:
        with subprocess.Popen(  # noqa: S603 - our own command
            ["bash", "-c", f"exec {command}"],  # noqa: S607 - whichever is there
            cwd=checkout,
            env={"TMPDIR": folder, "HOME": folder, "PATH": os.defpath, **HOSTILE},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            printed, complaints = process.communicate(timeout=300)
        assert (process.returncode, complaints) == (0, b"")
        Demo(process, Path(folder)).assert_nothing_left()
        assert sorted(checkout.iterdir()) == there
        return printed.decode()


def parts(told: str) -> list[str]:
    return re.split(r"\n\d\. .*\n=+\n", told)


def assert_in_order(text: str, *lines: str) -> None:
    places = [text.index(line) for line in lines]
    assert places == sorted(places)


def test_the_whole_story_is_told_and_says_how_long_that_took(told: str) -> None:
    assert TOOK.search(told)
    assert len(parts(told)) == (7 if SKIPPED in told else 8)


def test_a_login_works_until_its_access_ends_where_there_is_a_database_and_else_a_line_says_why(
    told: str,
) -> None:
    if SKIPPED in told:
        assert re.search(
            r"^7\. .*: skipped, (no PostgreSQL is|asyncpg is not|there is no)", told, re.MULTILINE
        )
        return
    works = ("Alice opens psql", "shop=> SELECT count(*) FROM orders;\n    3", "ends her access")
    over = ("is gone: it was looked for", "terminating connection", "the same login once more", "psql: error")
    assert_in_order(parts(told)[7], *works, *over)


def test_each_value_is_shown_to_one_person_only(told: str) -> None:
    values = re.findall(r"demo-[0-9a-f]{16}", told)
    assert len(values) == len(set(values)) == 2


def test_a_step_that_nobody_decides_escalates_and_the_escalated_person_completes_the_chain(told: str) -> None:
    steps = ("Step 1 of 2: waits for", "Reminder", "nobody counts twice", "Nobody decided in time")
    done = ("Waits for you (1)", "Step 2 of 2: @dana agreed", "`request.escalated`", "`grant.revealed`")
    assert_in_order(parts(told)[2], *steps, *done)


def test_an_emergency_is_announced_reminded_of_and_reviewed_by_somebody_else(told: str) -> None:
    told_all = ("Emergency access: request", "*Emergency*: @alice took", "Nobody reviews their own")
    done = ("is not reviewed yet", "*Reviewed* by @bob", "`emergency.used`", "`emergency.reviewed`")
    assert_in_order(parts(told)[3], *told_all, *done)


def test_a_terminal_is_signed_in_and_what_runs_there_ends_with_its_access(told: str) -> None:
    signed_in = ("/envaccess login", "Which number does", "Signed in to")
    ran = (
        "from the terminal on",
        "I have a STRIPE_KEY of 21 characters",
        "paid out refund 1",
        "I end",
        "124",
    )
    assert_in_order(parts(told)[4], *signed_in, *ran)


def test_a_pipeline_asks_with_a_signed_token_and_its_log_has_no_value(told: str) -> None:
    asked = ("--identity auto release/DEPLOY_KEY", "`deploy` (pipeline) started by @alice asks for")
    decided = ("Repository `acme/shop`", "· the run\n", "You cannot decide on your own request")
    assert_in_order(parts(told)[5], *asked, *decided, "and print it: ***", "exit code 0")


def test_an_agent_asks_through_its_person_and_whatever_it_tries_sees_no_value(told: str) -> None:
    started = ("envaccess broker triage --for 10m", "*Start agent* `triage`", "broker.sock")
    asked = ("403 no_access", "200 proposed", "[ Let it ask ]", "@alice agreed that it may ask")
    tried = ("200 {", "404 address", "No call returns a value", "403 not_allowed", "502 echo")
    ended = "because a service answered with the value itself"
    assert_in_order(parts(told)[6], *started, *asked, *tried, ended)
