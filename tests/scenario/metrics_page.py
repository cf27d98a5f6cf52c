"""The metrics as a scraper reads them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
_PATIENCE = 60.0


@dataclass(frozen=True)
class MetricsPage:
    """One process's metrics port."""

    address: tuple[str, int]

    async def ask(
        self, path: str = "/metrics", method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], str]:
        """Status, headers and body of one answer."""
        host, port = self.address
        url = f"http://{host}:{port}{path}"
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers) as answer,
        ):
            return answer.status, dict(answer.headers), await answer.text()

    async def samples(self) -> Mapping[tuple[str, Labels], float]:
        """Every series by its name and labels, read as Prometheus' own client reads them."""
        status, _, text = await self.ask()
        assert status == 200
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    async def value(self, name: str, **labels: str) -> float:
        """One series; 0 where it is not there."""
        return (await self.samples()).get((f"envaccess_{name}", frozenset(labels.items())), 0.0)

    async def reaches(self, least: float, name: str, **labels: str) -> float:
        """Scrape until a series has come so far; returns what it says then."""
        async with asyncio.timeout(_PATIENCE):
            found = await self.value(name, **labels)
            while found < least:
                await asyncio.sleep(0.05)
                found = await self.value(name, **labels)
        return found
