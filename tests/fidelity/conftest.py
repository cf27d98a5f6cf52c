from tests.playground.conftest import clock, house
from tests.scenario.conftest import town

__all__ = ["clock", "house", "town"]
