from tests.playground.conftest import clock, house

__all__ = ["clock", "house"]
