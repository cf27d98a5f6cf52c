"""A signal that comes while a command is being started ends it, or the command never begins."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envaccess.run.child import CommandSpec
from envaccess.run.clock import BootClock
from envaccess.run.forms import ValueForms
from envaccess.run.guard import GuardTask
from envaccess.run.lease import watch_nothing
from envaccess.run.link import Link, LinkMessage, LinkWord
from envaccess.run.linux import LinuxProcesses
from envaccess.run.pumps import OutputPumps
from envaccess.run.signals import SignalIntake
from envaccess.run.supervision import AccessNews, Supervision
from envaccess.run.value_files import ValueFiles
from tests.unit.run.early_signals import MOMENTS
from tests.unit.run.programs import environment

STARTS = Path(__file__).with_name("early_signals.py")
SAMPLE = 70


@pytest.mark.timeout(0)
@pytest.mark.skipif(sys.platform != "linux", reason="a pidfd says that the trial is over")
@pytest.mark.parametrize("moment", MOMENTS)
def test_signal_while_the_command_is_started_is_never_lost(moment: str, pytestconfig: pytest.Config) -> None:
    """`pytest --ends-tried=1000 tests/unit/run/test_early_signals.py` tries each moment so many times."""
    times = pytestconfig.getoption("--ends-tried") or SAMPLE
    tried = subprocess.run(  # noqa: S603 - the test's own
        [sys.executable, str(STARTS), moment, str(times)],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (tried.returncode, tried.stderr) == (0, "")


def task() -> GuardTask:
    command = CommandSpec("/bin/true", ["true"], {}, session=False)
    pumps = OutputPumps(ValueForms(frozenset()), frozenset())
    return GuardTask(command, ValueFiles({}, {}, (), on_disk=False), pumps, BootClock.now() + 900, 10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_ctrl_c_that_came_before_the_command_is_passed_on_even_where_its_start_is_heard_first(
    number: signal.Signals,
) -> None:
    """Until its exec the command ignores what is typed, and we may hear of both at once."""
    ours, guard = Link.pair()
    intake = SignalIntake(frozenset({int(number)}))
    try:
        os.kill(os.getpid(), number)
        guard.send(LinkWord.STARTED, 1)
        guard.send(LinkWord.EXITED, int(number))
        supervision = Supervision(
            (0, ours), intake, AccessNews(watch_nothing), task(), terminal=True,
            table=LinuxProcesses(), clock=BootClock(), tell=lambda _: None,
        )  # fmt: skip
        assert supervision.attend() == 128 + number
        assert guard.receive() == [LinkMessage(LinkWord.SIGNAL, number)]
    finally:
        for end in (intake, ours, guard):
            end.close()
