"""What `run` costs: the redactor beside `cat`, and a command beside `env NAME=value CMD`."""

import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.children import ROOT
from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds

_MEGABYTES = 64
_LINE = b"2026-11-26 12:00:00 INFO order=4711 took 12 ms and nothing of it is a secret at all\n"
_RUN = """
import json, sys, time
from envaccess.run.clock import BootClock
from envaccess.run.lease import RunOptions, ValueLease
from envaccess.run.lookup import find_command
from envaccess.run.supervisor import CallerCommand, Supervisor
values, command = json.loads(sys.argv[1]), sys.argv[2:]
caller = CallerCommand(find_command(command[0], None), command, {})
sys.exit(Supervisor(print).run(caller, ValueLease(values, BootClock.now() + 3600)))
"""


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:  # noqa: ARG001 - as every benchmark
    """Throughput with few and with many values, then the overhead of a start."""
    text = folder / "text"
    text.write_bytes(_LINE * (_MEGABYTES * 1_000_000 // len(_LINE)))
    few, many = [_throughput(text, count, scale.rounds) for count in (3, 50)]
    limit = middle(_seconds(text, ["cat"]) for _ in range(scale.rounds))
    beside = f"`cat` through a pipe {_MEGABYTES / limit:.0f} MB/s"
    return [
        Row(
            "`cat` under `run`, 3 values, without its start",
            f"{few:.0f} MB/s",
            beside,
            None,
            Goal(200, most=False, unit=" MB/s"),
            few,
        ),
        Row(
            "`cat` under `run`, 50 values, without its start",
            f"{many:.0f} MB/s",
            beside,
            None,
            Goal(20, most=False, unit=" MB/s"),
            many,
        ),
        _overhead(scale.starts),
    ]


def _throughput(text: Path, count: int, rounds: int) -> float:
    """Megabytes a second, of a file that the command writes."""
    values = {f"V{number}": secrets.token_urlsafe(24) for number in range(count)}
    words = [sys.executable, "-c", _RUN, json.dumps(values), "cat"]
    return _MEGABYTES / middle(_seconds(text, words) for _ in range(rounds))


def _seconds(text: Path, words: list[str]) -> float:
    """From the first bytes that a program writes into a pipe to the last, of a text that it copies."""
    with subprocess.Popen([*words, str(text)], cwd=ROOT / "bot", stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        process.stdout.read(1)
        began = time.perf_counter()  # a start is another row
        while process.stdout.read(1 << 20):
            pass
    return time.perf_counter() - began


def _overhead(starts: int) -> Row:
    """A command that does nothing, without the server: what a live grant adds is three calls to it."""
    pairs = [(_start(_ours()), _start(["env", "V=value-for-tests", "true"])) for _ in range(starts)]
    ours, limit = (middle(times) for times in zip(*pairs, strict=True))
    return Row(
        "a command under its guard, without the server",
        milliseconds(ours),
        f"`env NAME=value CMD` {milliseconds(limit)}",
        None,
        Goal(150, unit=" ms more"),
        ours - limit,
    )


def _ours() -> list[str]:
    return [sys.executable, "-c", _RUN, json.dumps({"V": "value-for-tests"}), "true"]


def _start(words: list[str]) -> float:
    """Milliseconds from start to end."""
    began = time.perf_counter()
    subprocess.run(words, cwd=ROOT / "bot", check=True, capture_output=True)  # noqa: S603
    return (time.perf_counter() - began) * 1000
