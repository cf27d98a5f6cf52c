"""The stand-in of an issuer with two slots keeps what the port promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from envaccess.application.ports.rotations import Rotator
from tests.fakes.rotator_contract import RotatorContract
from tests.fakes.two_slots import Issuer, TwoSlots


@dataclass
class _Issued:
    issuer: Issuer
    first: str = "app_a:value-for-tests"
    options: Mapping[str, str] = field(default_factory=dict)

    async def works(self, text: str) -> bool:
        return self.issuer.works(text)


class TestTwoSlots(RotatorContract):
    """The promises, of the stand-in."""

    @pytest.fixture
    def issuer(self) -> Issuer:
        return Issuer()

    @pytest.fixture
    def rotator(self, issuer: Issuer) -> Rotator:
        return TwoSlots(issuer)

    @pytest.fixture
    def issued(self, issuer: Issuer) -> _Issued:
        return _Issued(issuer)
