"""What operators' commands work with, and who the operator is."""

import contextlib
import os
import pwd
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from envaccess import log
from envaccess.application.place_variables import Placed, place_variables
from envaccess.crypto.keyfile import generate_key_text
from envaccess.crypto.keys import Keyring
from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.errors import DirectoryError, SettingsError
from envaccess.domain.sources.file import NO_FILE, SourcesFile
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.variable import Variable
from envaccess.embedded.folder import data_folder
from envaccess.settings import Settings
from envaccess.settings.redis_url import names_cluster
from envaccess.slack.client import SlackClient
from envaccess.sources.sealed import SealedSource
from envaccess.store import health
from envaccess.store.access_reviews import RedisAccessReviews
from envaccess.store.append_only_rewrite import rewrite_log
from envaccess.store.catalogue import RedisCatalogue
from envaccess.store.client import Client, use_workspace
from envaccess.store.leases import RedisLeases
from envaccess.store.ledger import RedisLedger
from envaccess.store.locks import RedisLocks
from envaccess.store.refusals import Refused
from envaccess.store.request_reader import RequestReader
from envaccess.store.rotations import RedisRotations
from envaccess.store.runner import Runner
from envaccess.store.seal_keys import RedisSealKeys
from envaccess.store.sealed import SealedStore
from envaccess.store.sealing import Sealing
from envaccess.store.trail import RedisTrail
from envaccess.wiring.installations import SealedInstallations
from envaccess.wiring.ledger_key import lost_ledger_key, open_ledger
from envaccess.wiring.parts import (
    RandomIds,
    WallClock,
    ask_identity,
    make_runner,
    open_keyring,
    open_redis,
    open_slack,
    open_values,
    refuse_earlier,
    refuse_later,
)
from envaccess.wiring.rotators import redis_rotations
from envaccess.wiring.seal_keys import OperatorSeals, reseal_keys
from envaccess.wiring.sources import KeptWhere, load_sources
from envaccess.wiring.workspaces.meant import settings_meant

_ELSEWHERE = (
    "The old ciphertext stays in the append-only file of your Redis until you run BGREWRITEAOF there, and in "
    "its backups and on its replicas for as long as you keep those."
)


Knows = Callable[[str], Awaitable[bool | None]]


async def _nobody_asked(_user: str) -> bool | None:
    """Where Slack is not asked who somebody is."""
    return None


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """What an operator's command works with.

    Attributes:
        data: the data folder of the embedded server; None where the server is another one.
        from_store: whether the workspace is the only one in the store, because Slack did not say which it is.
        knows: whether Slack knows somebody of an id; None where it does not say.
    """

    workspace: str
    team: str
    actor: Actor
    catalogue: RedisCatalogue
    values: SealedSource
    trail: RedisTrail
    locks: RedisLocks
    ledger: RedisLedger
    leases: RedisLeases
    access_reviews: RedisAccessReviews
    ids: RandomIds
    client: Client
    keyring: Keyring
    data: Path | None
    rotations: RedisRotations
    kept: KeptWhere
    sealed: SealedStore
    sources: SourcesFile = NO_FILE
    from_store: bool = False
    knows: Knows = _nobody_asked

    async def place(self, file: SourcesFile, variables: Collection[Variable]) -> Placed:
        """Let the catalogue follow the file of sources, and have these names of its patterns, too."""
        return await place_variables(self.catalogue, self.sealed, self.ids, self.actor, file, variables)

    def source_of(self, variable: Variable) -> str:
        """The name of the source that a value is kept in. Raises `SettingsError`: the file has a fault."""
        return self.kept.source_of(variable)

    def is_leased(self, variable: Variable) -> bool:
        """Whether `sources.yml` has its values made for each use, so that none is rotated."""
        return isinstance(self.sources.place_of(variable), LeasePlace)

    def rotation_wait(self, variable: Variable) -> int:
        """Seconds that a rotation waits for live grants, as `sources.yml` says."""
        rule = self.sources.rotation_of(variable)
        return rule.wait if rule else 0

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return WallClock().now()

    async def reseal_keys(self, op: str) -> int:
        """Wrap what seals anew under the first master key, as an operation; how many keys moved.

        What is installed, of whatever workspace, is sealed anew as well.
        """
        try:
            await SealedInstallations(self.client, self.keyring, "").reseal(op, self.actor)
        finally:  # in a cluster, that was another slot
            use_workspace(self.client, self.workspace)
        return await reseal_keys(self.client, self.workspace, self.keyring, self.actor, op)

    async def drop_seal_key(self, op: str) -> bool:
        """Drop the key that seals, because it leaked; False where somebody serves: nothing was changed."""
        runner = Runner(self.client, self.workspace)
        lost = await lost_ledger_key(runner, self.keyring, self.workspace, self.actor, op)
        return await RedisSealKeys(runner).drop(op, self.actor, lost)

    async def erase_old(self) -> str:
        """Take what was deleted, replaced or sealed anew off the disk of the embedded server.

        Returns:
            What somebody has to do where the server is another one; empty when nothing is left to do.

        Raises:
            StoreError: it could not be done.
        """
        if self.data is None:
            return _ELSEWHERE
        await rewrite_log(self.client, self.data)
        return ""


@contextlib.asynccontextmanager
async def operator_context(given: Settings, workspace: str = "") -> AsyncIterator[OperatorContext]:
    """What an operator's command works with; the workspace is `auth.test`'s.

    Args:
        given: the settings as they were looked at.
        workspace: the one that is meant; empty where none is named.

    Raises:
        SettingsError: a setting is missing or wrong, or it is not clear which workspace is meant.
    """
    given.for_cli()
    settings, granted = await settings_meant(given, workspace)
    async with open_slack(settings, settings.for_cli().get_secret_value()) as slack:
        identity = await ask_identity(slack)
    if granted:  # what is stored is for that workspace, not for its organisation
        identity = replace(identity, team=granted)
    if workspace not in {"", identity.team}:
        raise SettingsError(f"SLACK_BOT_TOKEN is of the workspace {identity.team}, not of {workspace}")
    async with open_redis(settings) as client:
        yield await _join(settings, client, identity.team, identity.team_name, identity.user)


async def _join(
    settings: Settings, client: Client, workspace: str, name: str, app: str | None
) -> OperatorContext:
    runner = make_runner(settings, client, workspace)
    await refuse_later(runner)
    if await health.is_restoring(runner):
        raise SettingsError(
            f"A restore of {workspace} is under way or did not finish: run `envaccess restore` to its end"
        )
    await refuse_earlier(runner)
    keyring = await open_keyring(settings, client)
    seals = await OperatorSeals.look(client, workspace, app, keyring)
    sealing = Sealing(seals, WallClock().now, ready=seals.ready)
    return OperatorContext(
        workspace=workspace,
        team=name,
        actor=operator_actor(settings),
        catalogue=RedisCatalogue(runner, sealing, _warn),
        values=open_values(client, workspace, keyring, sealing),
        trail=RedisTrail(runner),
        locks=RedisLocks(runner),
        ledger=open_ledger(runner, keyring, workspace),
        leases=RedisLeases(runner, RequestReader(runner, sealing, _warn), workspace, RandomIds().operation()),
        access_reviews=RedisAccessReviews(runner, sealing),
        ids=RandomIds(),
        client=client,
        keyring=keyring,
        data=None if settings.redis_url else data_folder(settings.home),
        rotations=redis_rotations(runner, sealing, (keyring, workspace)),
        sources=_sources(settings),
        kept=KeptWhere(settings.sources_file),
        sealed=SealedStore(runner, sealing),
    )


def _sources(settings: Settings) -> SourcesFile:
    """What `sources.yml` says, where it can be read here: its credentials may be the bot's alone."""
    if settings.sources_file is None:
        return NO_FILE
    found = load_sources(settings.sources_file, missing_ok=True)
    return found if isinstance(found, SourcesFile) else NO_FILE


@contextlib.asynccontextmanager
async def host_context(settings: Settings, workspace: str = "") -> AsyncIterator[OperatorContext]:
    """The same where Slack need not answer: in the workspace that is named, `auth.test`'s, or the only one.

    A workspace that the store does not know is refused: the change would affect nobody.

    Raises:
        SettingsError: a setting is missing or wrong, or it is not clear which workspace is meant.
    """
    async with open_host(settings, workspace) as (client, told, knows):
        found = choose_workspace(told, await health.workspaces(client))
        operator = await _join(settings, client, found, found, None)
        yield replace(operator, from_store=not told, knows=knows)


@contextlib.asynccontextmanager
async def open_host(
    settings: Settings, workspace: str, *, keys: bool = True
) -> AsyncIterator[tuple[Client, str, Knows]]:
    """The server, and the workspace that is meant; empty where neither the operator nor Slack says.

    Args:
        settings: as they were looked at.
        workspace: what the operator says; empty for Slack's.
        keys: whether a master key is needed.

    Raises:
        SettingsError: a setting is missing or wrong.
    """
    token = settings.for_host(keys=keys)
    async with contextlib.AsyncExitStack() as stack:
        told: str = workspace
        knows: Knows = _nobody_asked
        if token and not workspace:
            slack = await stack.enter_async_context(open_slack(settings, token.get_secret_value()))
            told, knows = await _ask_workspace(slack), slack.knows
        if names_cluster(settings.redis_url) and not told:
            raise SettingsError("No node of a cluster knows all workspaces: name yours with --workspace")
        client = await stack.enter_async_context(open_redis(settings))
        use_workspace(client, told)
        yield client, told, knows


async def _ask_workspace(slack: SlackClient) -> str:
    """The workspace's id; empty when Slack does not say."""
    try:
        return (await slack.whoami()).team
    except DirectoryError:
        return ""


def choose_workspace(wanted: str, stored: frozenset[str]) -> str:
    """The workspace that is meant: the one that is named, or the only one.

    Raises:
        SettingsError: the store does not know it, or it is not clear which is meant.
    """
    if wanted in stored or (not wanted and len(stored) == 1):
        return wanted or min(stored)
    if not stored:
        raise SettingsError("The store holds no workspace: look at REDIS_URL or ENVACCESS_HOME")
    there = f"there {'is' if len(stored) == 1 else 'are'} {', '.join(sorted(stored))}"
    if wanted:
        raise SettingsError(f"The store knows no workspace {wanted}: {there}; look at REDIS_URL")
    raise SettingsError(f"Slack does not say which workspace this is: name it with --workspace ({there})")


def new_master_key() -> str:
    """A new master key as `ENVACCESS_MASTER_KEYS` takes it."""
    return generate_key_text()


def _warn(refused: Refused) -> None:
    """Tell whoever is at the terminal what does not hold, and what they can do."""
    log.fault("variable.refused", refused)


NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,63}"
"""How accounts are called, those of a directory service (`DOMAIN\\alice`, `alice@example.com`) included."""
_ROOT: Final = 0


def operator_actor(settings: Settings) -> Actor:
    """Who works here, for the audit stream."""
    return Actor(ActorKind.CLI, operator_name(settings.sudo_user, settings.operator or ""))


def operator_name(sudo_user: str, said: str) -> str:
    """The name for the audit stream.

    Args:
        sudo_user: what SUDO_USER says; empty when unset.
        said: what ENVACCESS_OPERATOR says, checked by the settings; empty when unset.
    """
    user = os.getuid()
    account = _account(user)
    by_sudo = sudo_user if re.fullmatch(NAME, sudo_user) else ""
    if by_sudo and user == _ROOT:
        return by_sudo
    claimed = by_sudo or said
    return f"{claimed} (said by {account})" if claimed and claimed != account else account


def _account(user: int) -> str:
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
    return name if re.fullmatch(NAME, name) else str(user)
