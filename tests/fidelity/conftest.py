from tests.scenario.conftest import harness
from tests.slack_emulator.conftest import clock, emulator

__all__ = ["clock", "emulator", "harness"]
