"""`envaccess agent start`, `list` and `end` as processes of their own."""

import asyncio
import json
import os
import re
import select
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from envaccess.cli.agent import find_agent
from envaccess.cli.output import Misuse
from envaccess.client.session_file import SessionFile
from tests.fakes.agent_routes import AGENT
from tests.fakes.api_server import FakeApi, serving
from tests.unit.cli.cli_front import start

_SCRIPT = "import sys; from envaccess.cli import main; main(sys.argv[1:])"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short enough for the path of a socket."""
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _run(api: FakeApi, folder: Path, *args: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the command, by somebody who is signed in."""
    SessionFile(folder / "state").save(api.session())
    environment = {"ENVACCESS_STATE_DIR": str(folder / "state"), "XDG_RUNTIME_DIR": str(folder)}
    out, errors = folder / "out", folder / "errors"
    with out.open("wb") as told, errors.open("wb") as said:
        process = start(
            _SCRIPT, "agent", *args, environment=environment, stdout=told.fileno(), stderr=said.fileno()
        )
        code = process.wait(60)
    return code, out.read_text(), errors.read_text()


async def _status(socket: str) -> bytes:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(b"GET /_envaccess/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    try:
        return await reader.read()
    finally:
        writer.close()


def _processes_at(folder: Path) -> list[int]:
    """Processes whose environment names this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder).encode() in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def _streams_of(process: int) -> list[Path]:
    """Where its stdin, stdout and stderr lead."""
    return [Path(f"/proc/{process}/fd/{stream}").readlink() for stream in (0, 1, 2)]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc says which process it is")
async def test_an_agent_goes_on_without_the_terminal_and_a_stop_ends_its_session(folder: Path) -> None:
    with serving(FakeApi()) as api:
        code, out, errors = await asyncio.to_thread(_run, api, folder, "start", "review")
        assert code == 0, errors
        assert f"`envaccess agent end {AGENT}` ends it" in errors
        socket = out.strip().removeprefix("unix:")
        assert b" 200 " in await _status(socket)
        (broker,) = _processes_at(folder)
        assert os.getsid(broker) == broker
        assert _streams_of(broker) == [Path(os.devnull)] * 3
        ended = os.pidfd_open(broker)
        os.kill(broker, signal.SIGTERM)
        assert (await asyncio.to_thread(select.select, [ended], [], [], 60))[0] == [ended]
        os.close(ended)
        assert ("DELETE", "/v1/session") in api.calls


def test_agents_are_listed_and_the_only_one_is_ended(folder: Path) -> None:
    with serving(FakeApi()) as api:
        code, out, errors = _run(api, folder, "list")
        assert (code, AGENT in out, "review" in out, "lenovo-7" in out) == (0, True, True, True), errors
        assert json.loads(_run(api, folder, "list", "--json")[1])["agents"][0]["id"] == AGENT
        code, _, errors = _run(api, folder, "end")
        assert (code, "Its session is over" in errors) == (0, True)
        assert ("POST", f"/v1/agents/{AGENT}/end") in api.calls


LISTED = [
    {"id": "ag_1", "name": "review", "host": "lenovo-7", "ends_in": 60},
    {"id": "ag_2", "name": "triage", "host": "lenovo-7", "ends_in": 60},
    {"id": "ag_3", "name": "triage", "host": "desk", "ends_in": 60},
    {"id": "ag_4", "name": "review", "host": "desk", "ends_in": 0},
]
"""Two that run under one name, and one that nobody has started yet."""


@pytest.mark.parametrize(
    ("agents", "which", "meant"),
    [
        (LISTED, "review", "ag_1"),
        (LISTED, "ag_3", "ag_3"),
        (LISTED, "ag_of_yesterday", "ag_of_yesterday"),  # the server says what has become of it
        (LISTED[3:], "", "ag_4"),
        (LISTED[:1], "", "ag_1"),
    ],
)
def test_an_agent_is_meant_by_its_name_its_id_or_as_the_only_one(
    agents: list[dict[str, object]], which: str, meant: str
) -> None:
    assert find_agent(agents, which) == meant


@pytest.mark.parametrize(
    ("which", "said"), [("triage", "ag_2 (triage on lenovo-7), ag_3"), ("", "Give the ID"), ("x", "no agent")]
)
def test_no_agent_ends_where_it_is_not_clear_which(which: str, said: str) -> None:
    with pytest.raises(Misuse, match=re.escape(said)):
        find_agent(LISTED, which)


@pytest.mark.parametrize(
    "words", [("start", "--for", "9h"), ("start", "a b"), ("end", "a", "b"), ("list", "x")]
)
def test_what_is_mistyped_is_a_usage_error_that_repeats_nothing(folder: Path, words: tuple[str, ...]) -> None:
    with serving(FakeApi()) as api:
        code, out, errors = _run(api, folder, *words)
        assert (code, out) == (78, "")
        assert "a b" not in errors
