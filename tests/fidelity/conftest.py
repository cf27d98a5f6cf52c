from tests.scenario.conftest import town
from tests.slack_emulator.conftest import clock, house

__all__ = ["clock", "house", "town"]
