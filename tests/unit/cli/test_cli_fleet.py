"""`status --fleet`: which processes serve, and what an operator should look at."""

import json

from envaccess.domain.fleet import Fleet, Layout, Replica
from envaccess.domain.sinks import SinkLag
from tests.unit.cli.cli_front import NOON, FakeFront, run
from tests.unit.cli.sink_tools import FakeSinks

SECOND = 1_000


def replica(
    id_: str, *, silent: int = 2, version: str = "0.1.0", mode: str = "http", leads: bool = False
) -> Replica:
    seen = NOON - silent * SECOND
    return Replica(id_, version, Layout(1, 2), f"pod-{id_}", 7, mode, NOON - 3_600 * SECOND, seen, leads)


def test_each_process_is_a_line_and_what_waits_is_said() -> None:
    serving = (replica("a", leads=True), replica("b", silent=50))
    fleet = Fleet(NOON, serving, pending=2, oldest=NOON - 90 * SECOND, undrawn=3, overdue=NOON - 5 * SECOND)
    front = FakeFront(serving=fleet, fed=FakeSinks([], [SinkLag("splunk", True, "1-1", 61)]))
    ended = run(front, "status", "--fleet", "--workspace", "T0ACME")
    assert (ended.code, front.named) == (0, "T0ACME")
    first, second = (line.split("\t") for line in ended.out.splitlines())
    assert (first[0], first[1], first[4], first[5]) == ("pod-a/7", "0.1.0", "2 seconds ago", "leads")
    assert second[5] == "is not heard of: it was killed, or does not reach Redis"
    assert ended.err.splitlines() == [
        "2 requests to be decided, the oldest for 1 minute 30 seconds; 3 to be drawn.",
        "What time brings about is late by 5 seconds.",
        "Sink splunk is 1 minute 1 second behind.",
    ]


def test_none_that_serves_is_an_exit_code_of_its_own() -> None:
    ended = run(FakeFront(), "status", "--fleet")
    assert ended.code == 1
    assert ended.err.startswith("No process serves this workspace")
    assert run(FakeFront(serving=Fleet(NOON, [replica("a", silent=60)])), "status", "--fleet").code == 1


def test_an_upgrade_that_is_not_done_is_told() -> None:
    fleet = Fleet(NOON, [replica("a", leads=True), replica("b", version="0.2.0")])
    assert "2 versions serve side by side" in run(FakeFront(serving=fleet), "status", "--fleet").err


def test_more_processes_than_slack_has_connections_for_are_told() -> None:
    fleet = Fleet(NOON, [replica(str(number), mode="socket") for number in range(6)])
    told = run(FakeFront(serving=fleet), "status", "--fleet").err
    assert "6 processes use Socket Mode" in told
    assert "Nobody leads for the moment" in told


def test_programs_get_json() -> None:
    ended = run(FakeFront(serving=Fleet(NOON, [replica("a", leads=True)])), "status", "--fleet", "--json")
    told = json.loads(ended.out)
    assert (told["now"], told["replicas"][0]["layout"], told["sinks"]) == (
        NOON,
        {"epoch": 1, "schema": 2},
        {},
    )
    assert ended.err == ""


def test_what_a_process_says_of_itself_moves_no_terminal() -> None:
    odd = replica("a", version="\x1b[2J0.1\n")
    assert "\x1b" not in run(FakeFront(serving=Fleet(NOON, [odd])), "status", "--fleet").out


def test_it_is_about_no_request_and_nobody() -> None:
    for more in (("q2w3e4r5",), ("--identity", "auto")):
        ended = run(FakeFront(), "status", "--fleet", *more)
        assert (ended.code, ended.out) == (78, "")
    assert run(FakeFront(), "status", "--workspace", "T0ACME").code == 78
    assert run(FakeFront(), "status", "--fleet", "--workspace", "acme").code == 78
