from collections.abc import AsyncIterator

import pytest

from tests.fakes.http_service import HttpService, http_service
from tests.unit.broker.brokered import Caller, broker


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    async with http_service() as started:
        yield started


@pytest.fixture
async def caller(service: HttpService) -> AsyncIterator[Caller]:
    async with broker() as started:
        started.services.add("shop", service.base)
        yield started
