"""What operators' commands work with."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.crypto.keyfile import generate_key_text
from bot.domain.audit import Actor, ActorKind
from bot.domain.errors import DirectoryError, SettingsError
from bot.settings import Settings
from bot.sources.sealed import SealedSource
from bot.store.runner import Runner
from bot.store.trail import RedisTrail
from bot.wiring.operator_name import operator_name
from bot.wiring.parts import RandomIds, open_keyring, open_redis, open_slack, open_values


@dataclass(frozen=True, slots=True)
class Desk:
    """What an operator's command works with."""

    workspace: str
    team: str
    actor: Actor
    values: SealedSource
    trail: RedisTrail
    ids: RandomIds


@contextlib.asynccontextmanager
async def operator_desk(settings: Settings) -> AsyncIterator[Desk]:
    """What an operator's command works with; the workspace is `auth.test`'s.

    Raises:
        SettingsError: a setting is missing or wrong, or Slack did not say which workspace this is.
    """
    token = settings.for_cli().get_secret_value()
    async with open_slack(settings, token) as slack:
        try:
            identity = await slack.whoami()
        except DirectoryError as error:
            raise SettingsError(
                f"SLACK_BOT_TOKEN could not be checked. {error}. Check the network and SLACK_API_URL"
            ) from None
    async with open_redis(settings) as client:
        keyring = await open_keyring(settings, client)
        yield Desk(
            workspace=identity.team,
            team=identity.team_name,
            actor=Actor(ActorKind.CLI, operator_name(settings.sudo_user, settings.operator or "")),
            values=open_values(client, identity.team, keyring),
            trail=RedisTrail(Runner(client, identity.team)),
            ids=RandomIds(),
        )


def new_master_key() -> str:
    """A new master key as `ENVACCESS_MASTER_KEYS` takes it."""
    return generate_key_text()
