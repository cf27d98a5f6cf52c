"""What every attack on records has: a clock that the test moves."""

import pytest

from tests.attack.clock import MovedClock


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> MovedClock:
    """The time of the product; a login code is not stretched, which takes a tenth of a second."""
    found = MovedClock()
    found.install(monkeypatch)
    monkeypatch.setattr("envaccess.crypto.login_codes._STRETCHED", 1)
    return found
