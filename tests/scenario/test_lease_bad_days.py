"""Bad days of logins at a real PostgreSQL: it is away, its source leaves the file, a backup is put back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from envaccess.application import file_watch
from envaccess.cli import root
from envaccess.cli.operator_ports import Wired
from tests.fakes.postgres import works
from tests.scenario.fault_proxy import FaultProxy
from tests.scenario.leased import (
    GONE,
    LeasedWorkspace,
    leased,
    light_logins,
    open_session,
    patient_with_postgres,
    user_of,
)
from tests.scenario.policies import audit_says, card, later
from tests.scenario.watch import one_request, say

__all__ = ["leased", "light_logins", "patient_with_postgres"]


@pytest.fixture
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look at the file comes all the time instead of each five seconds."""
    monkeypatch.setattr(file_watch, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(file_watch, "SETTLE_SECONDS", 0.02)


async def test_a_database_that_is_away_at_the_end_while_the_bot_dies_is_asked_once_both_are_back(
    leased: LeasedWorkspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """And a restart with a file that knows the database no more says so, until it is put back."""
    harness, port = leased.harness, leased.tenant.server.port
    async with FaultProxy(f"http://127.0.0.1:{port}") as road:
        leased.write(dsn=leased.tenant.dsn().replace(f":{port}/", f":{road.port}/"))
        async with leased.bot():
            value = (await leased.granted()).replace(f":{road.port}/", f":{port}/")
            request = await one_request(harness)
            async with road.down():
                assert "is ended" in await say(harness, f"revoke {request.id}", harness.bob)
                await card(harness, "The login may still work until", "is asked again until it does.")
        whole = leased.file.read_text()
        leased.file.write_text("version: 1\nsources: {}\nnames: []\n")
        async with leased.bot():
            await harness.until(lambda: "lease_source_missing" in _logged(capsys) or None)
        assert await works(value), "nobody could end it"
        leased.file.write_text(whole)
        async with open_session(value), leased.bot():
            await card(harness, GONE)
            await leased.gone(value)


_LOGGED: list[str] = []


def _logged(capsys: pytest.CaptureFixture[str]) -> str:
    _LOGGED.append("".join(capsys.readouterr()))
    return "".join(_LOGGED)


@pytest.mark.usefixtures("watchful")
async def test_a_file_that_drops_the_source_of_a_live_login_does_not_hold_and_one_that_reads_instead_ends_it(
    leased: LeasedWorkspace,
) -> None:
    harness = leased.harness
    async with leased.bot():
        value = await leased.granted()
        whole = leased.file.read_text()
        leased.file.write_text("version: 1\nsources: {}\nnames: []\n")
        await audit_says(harness, "`sources.rejected`", "what pg made is not all ended")
        assert await works(value)
        assert whole != leased.write(rule="read: {source: sealed}").read_text()
        async with open_session(value):
            await leased.gone(value)
        await card(harness, GONE)
        leased.file.write_text("version: 1\nsources: {}\nnames: []\n")
        await audit_says(harness, "`sources.loaded`", "ended")


async def test_a_backup_that_is_put_back_ends_what_lived_in_it_and_what_it_does_not_know_is_listed_and_ended(
    leased: LeasedWorkspace, tmp_path: Path
) -> None:
    harness, file = leased.harness, tmp_path / "backup.jsonl"
    async with leased.bot():
        known = await leased.granted()
        assert (await _command(leased, "backup", file)).exit_code == 0
        await later(harness, 61)
        forgotten = [await leased.shown()]
        await later(harness, 61)
        forgotten.append(await leased.shown())
    await harness.redis.flushall()
    done = await _command(leased, "restore", file)
    assert done.exit_code == 0, done.output
    listed = (await _command(leased, "leases", "strays")).output
    assert [user_of(value) in listed for value in (known, *forgotten)] == [False, True, True]
    words = ("leases", "end", user_of(forgotten[0]), "--source", "pg")
    assert (await _command(leased, *words)).exit_code == 0
    assert [await works(value) for value in (known, *forgotten)] == [True, False, True]
    async with open_session(known), open_session(forgotten[1]), _its_time_is_over(leased, forgotten[1]):
        await leased.gone(known, *forgotten)
        await audit_says(harness, "`lease.ending`", "was past its own end and not looked after: it is ended")


@contextlib.asynccontextmanager
async def _its_time_is_over(leased: LeasedWorkspace, value: str) -> AsyncIterator[None]:
    """Time passes, also for the database, and a bot starts."""
    await later(leased.harness, 3_700)
    until = await leased.tenant.ask("SELECT (clock_timestamp() - interval '2 minutes')::text")
    await leased.tenant.run(f"ALTER ROLE \"{user_of(value)}\" VALID UNTIL '{until}'")
    async with leased.bot():
        yield


async def _command(leased: LeasedWorkspace, *args: object) -> Result:
    """Run the command on the host."""
    front = Wired()
    settings: Any = leased.harness.settings(**leased.settings())
    front.__dict__["_looked"] = settings
    words = [*map(str, args)]
    return await asyncio.to_thread(lambda: CliRunner().invoke(root, words, obj=front))
