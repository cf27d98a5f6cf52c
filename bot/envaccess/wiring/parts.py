"""The parts that more than one entry point needs: Redis, Slack, keys, values."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

from envaccess.application import installation_checks
from envaccess.application.ports.metrics import UNMETERED, Meter
from envaccess.crypto.keyfile import load_or_create
from envaccess.crypto.keys import Keyring, MasterKey
from envaccess.crypto.sealing import Sealer
from envaccess.domain.errors import (
    DirectoryError,
    SettingsError,
    StoreError,
    StoreUnavailableError,
)
from envaccess.domain.ids import make_id
from envaccess.embedded.server import EmbeddedServer
from envaccess.settings import Settings
from envaccess.slack.client import Identity, SlackClient
from envaccess.sources.sealed import SealedSource
from envaccess.store import health
from envaccess.store.client import CONNECTIONS, CONNECTIONS_OF_MANY, Client, connect
from envaccess.store.runner import Runner
from envaccess.store.sealed import SealedStore
from envaccess.store.sealing import Sealing
from envaccess.store.upgrade import awaits_upgrade
from envaccess.wiring.ledger_key import open_ledger
from envaccess.wiring.metric_catalogue import STORE_CALLS

KEY_FILE: Final = "master.key"


class RandomIds:
    """Randomness: fits `ports.process.Ids`."""

    def request(self) -> str:
        """A new request id."""
        return make_id(secrets.token_bytes(5))

    def operation(self) -> str:
        """A new operation id, or a nonce."""
        return secrets.token_hex(12)

    def secret(self) -> str:
        """A new secret: 256 bits in 43 characters."""
        return secrets.token_urlsafe(32)


class WallClock:
    """The time of day: fits `ports.process.Clock`."""

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return time.time_ns() // 1_000_000


@contextlib.asynccontextmanager
async def open_redis(settings: Settings) -> AsyncIterator[Client]:
    """A client on REDIS_URL, or on the embedded server, which this process then shares.

    Raises:
        SettingsError: what is said to the server could be read or forged on its way.
        EmbeddedServerError: there is no server to start.
        StoreError: it cannot be reached.
    """
    for fault in installation_checks.check_transport(settings.transport, settings.unsafe_redis_transport):
        raise SettingsError(installation_checks.sentence(fault))
    server = None if settings.redis_url else EmbeddedServer(settings.home, runtime=settings.runtime_dir)
    url = settings.redis_url.get_secret_value() if settings.redis_url else ""
    try:
        client = connect(
            await asyncio.to_thread(server.start) if server else url,
            trust_network=settings.unsafe_redis_transport,
            replicas=settings.durability.replicas,
            connections=CONNECTIONS_OF_MANY if settings.oauth else CONNECTIONS,
        )
        try:
            await _reach(client, settings)
            yield client
        finally:
            await client.aclose()
    finally:
        if server:
            server.close()


async def _reach(client: Client, settings: Settings) -> None:
    try:
        await health.ping(client)
    except StoreError as error:
        where = "REDIS_URL" if settings.redis_url else "the embedded Valkey"
        raise StoreUnavailableError(
            f"{where}: {error}: {installation_checks.mend_store(str(error))}"
        ) from None


async def refuse_later(runner: Runner) -> None:
    """Keep operators' commands out of a store that a later version has changed.

    Raises:
        SettingsError: it has.
    """
    for fault in installation_checks.check_epoch(later=await health.is_later(runner)):
        raise SettingsError(installation_checks.sentence(fault))


async def refuse_earlier(runner: Runner) -> None:
    """Keep operators' commands out of a store that is to be upgraded: they would leave it half of each.

    Raises:
        SettingsError: it is.
    """
    for fault in installation_checks.check_upgrade(awaited=await awaits_upgrade(runner)):
        raise SettingsError(installation_checks.sentence(fault))


@contextlib.asynccontextmanager
async def open_slack(settings: Settings, token: str, meter: Meter = UNMETERED) -> AsyncIterator[SlackClient]:
    """The connections to Slack's Web API."""
    client = SlackClient(token, settings.slack_api_url, loopback=settings.loopback_api, meter=meter)
    try:
        yield client
    finally:
        await client.close()


async def ask_identity(slack: SlackClient) -> Identity:
    """Who we are, for a command that cannot go on without it.

    Raises:
        SettingsError: the token is wrong, or Slack did not answer.
    """
    try:
        return await slack.whoami()
    except DirectoryError as error:
        raise SettingsError(
            f"SLACK_BOT_TOKEN could not be checked. {error}. Check the network and SLACK_API_URL"
        ) from None


def key_file(settings: Settings) -> Path:
    """Where the generated master key lies, beside the embedded data."""
    return settings.home / KEY_FILE


async def open_keyring(settings: Settings, client: Client) -> Keyring:
    """The master keys: from the settings, or from the key file beside the embedded data.

    Raises:
        KeyFileError: the file is missing although values are sealed with it, or is unsafe.
    """
    if settings.master_keys:
        return Keyring(tuple(MasterKey(key.get_secret_value()) for key in settings.master_keys))
    may_create = not await health.holds_sealed_values(client)
    return Keyring((load_or_create(key_file(settings), may_create=may_create),))


def make_runner(settings: Settings, client: Client, workspace: str, meter: Meter = UNMETERED) -> Runner:
    """The scripts of one workspace, which keep what is over as long as the settings say."""
    note = partial(meter.count, STORE_CALLS)
    return Runner(client, workspace, retention=settings.retention * 1_000, note=note)


def open_values(client: Client, workspace: str, keyring: Keyring, sealing: Sealing) -> SealedSource:
    """The sealed source of one workspace."""
    runner = Runner(client, workspace)
    ledger = open_ledger(runner, keyring, workspace)
    return SealedSource(SealedStore(runner, sealing), Sealer(keyring), workspace, ledger)


def wait_gone(settings: Settings, seconds: float) -> bool:
    """Wait until the embedded server of this home and its watcher are gone; False when they are not."""
    return EmbeddedServer(settings.home, runtime=settings.runtime_dir).wait_gone(seconds)
