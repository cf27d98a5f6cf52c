import pytest

from tests.unit.application.showing import Screen


@pytest.fixture
def screen() -> Screen:
    return Screen()
