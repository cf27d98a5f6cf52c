"""The end of access reaches every process that a command started, whatever it does to live on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.run.programs import environment
from tests.unit.run.trials import WAYS

TRIALS = Path(__file__).with_name("trials.py")
SAMPLE = 2


@pytest.mark.timeout(0)
@pytest.mark.parametrize("way", WAYS)
def test_nobody_outlives_the_access_nor_a_killed_or_stopped_supervisor(
    way: str, pytestconfig: pytest.Config
) -> None:
    """`pytest --ends-tried=200 tests/unit/run/test_ends.py` tries each way and each deed so many times."""
    times = pytestconfig.getoption("--ends-tried") or SAMPLE
    command = [sys.executable, str(TRIALS), way, str(times)]
    tried = subprocess.run(  # noqa: S603 - the test's own
        command, env=environment(), capture_output=True, text=True, check=False
    )
    assert (tried.returncode, tried.stderr) == (0, "")
