"""The workspace of the scenarios, where a real PostgreSQL makes `production/DB_URL` for each use."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fakes.postgres import Tenant, login, server_of, tenant_of, works
from tests.postgres.conftest import light_logins, patient_with_postgres, run_folder
from tests.scenario.harness import ScenarioHarness
from tests.scenario.policies import audit_says, card, granted, revealed
from tests.scenario.watch import comes_true

__all__ = ["leased", "light_logins", "patient_with_postgres"]
WANTED = "production/DB_URL 1h debugging a failed refund"
GONE = "The login that was made for it is gone: it was looked for and not found."
_URL = re.compile(r"postgresql://[^\s`<>|\"]+")
_ROLES = """
SELECT count(*) FROM pg_auth_members JOIN pg_roles r ON r.oid = member
WHERE pg_get_userbyid(roleid) = $1 AND starts_with(rolname, 'ev_')
"""
_LEFT = "SELECT extract(epoch FROM rolvaliduntil - clock_timestamp())::int FROM pg_roles WHERE rolname = $1"


@dataclass
class LeasedWorkspace:
    """People in Slack, and the database that their logins are made in."""

    harness: ScenarioHarness
    tenant: Tenant

    @property
    def file(self) -> Path:
        return self.harness.home / "sources.yml"

    def write(self, *, rule: str = "", dsn: str = "", more: str = "") -> Path:
        """A file that says so; `rule` is where the variable is instead, `more` follows it."""
        self.harness.home.mkdir(parents=True, exist_ok=True)
        (self.harness.home / "dsn").write_text(dsn or self.tenant.dsn())
        options = f"source: pg, group: {self.tenant.group}, database: {self.tenant.database}"
        self.file.write_text(
            f"version: 1\nsources:\n  pg: {{kind: postgres, dsn: 'file:{self.harness.home}/dsn'}}\nnames:\n"
            f"  - {{match: production/DB_URL, {rule or f'lease: {{{options}}}'}}}\n{more}"
        )
        return self.file

    @contextlib.asynccontextmanager
    async def bot(self, **more: Any) -> AsyncIterator[None]:
        """The bot, once it goes by the file."""
        async with self.harness.bot(**self.settings(), **more):
            await audit_says(self.harness, "`sources.loaded`")
            yield

    def settings(self) -> dict[str, Any]:
        return {"sources_file": self.file if self.file.exists() else self.write()}

    async def shown(self) -> str:
        """The login that Alice sees once she pressed Reveal."""
        return login_in(await revealed(self.harness, await card(self.harness, "[ Reveal ]")))

    async def granted(self, wanted: str = WANTED) -> str:
        """The first login of an access that Alice asked for and Bob approved."""
        await granted(self.harness, wanted)
        return await self.shown()

    async def left(self, value: str) -> int:
        """Seconds until nobody logs in with it by the database's own clock."""
        return int(await self.tenant.ask(_LEFT, user_of(value)))

    async def roles(self) -> int:
        """How many logins are there."""
        return int(await self.tenant.ask(_ROLES, self.tenant.group))

    async def gone(self, *values: str) -> None:
        """Each is confirmed gone, once, and is: these are all that were made."""
        ended = await self.events("lease.revoked", len(values))
        assert sorted(ended) == sorted(map(user_of, values))
        assert [value for value in values if await works(value)] == []
        assert await self.roles() == 0

    async def events(self, tag: str, most: int) -> list[str]:
        """The logins that so many events with this tag are about, once there are so many."""

        async def there() -> bool:
            return (await self.harness.tags()).count(tag) >= most

        await comes_true(there)
        return [event.detail["lease"] for event in await self.harness.events() if event.event == tag]


@pytest.fixture
async def leased(harness: ScenarioHarness, tmp_path_factory: pytest.TempPathFactory) -> LeasedWorkspace:
    return LeasedWorkspace(harness, await tenant_of(server_of("18", run_folder(tmp_path_factory))))


@contextlib.asynccontextmanager
async def open_session(value: str) -> AsyncIterator[Any]:
    """Somebody is logged in with it, and is not any more when this is left."""
    async with login(value) as session:
        assert await session.fetchval("SELECT current_user") == user_of(value)
        yield session
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await session.fetchval("SELECT 1")


def login_in(text: str) -> str:
    """The login in whatever somebody was shown or a command printed."""
    found = _URL.search(text)
    assert found, text
    return found[0]


def user_of(value: str) -> str:
    return value.removeprefix("postgresql://").partition(":")[0]
