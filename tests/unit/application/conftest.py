import pytest

from tests.unit.services.showing import Screen


@pytest.fixture
def screen() -> Screen:
    return Screen()
