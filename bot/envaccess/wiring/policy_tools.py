"""The policy file: read at the start, watched while serving, checked and tried by operators' commands."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from envaccess.domain.errors import SettingsError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy, built_in
from envaccess.domain.policy.trial import Case
from envaccess.domain.signals.rule_suggestions import RuleSuggestion
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.policy_file.cases import read_cases
from envaccess.policy_file.models import policy_schema
from envaccess.policy_file.reading import read_policy
from envaccess.policy_file.rule_patch import rule_patch
from envaccess.settings import Settings
from envaccess.slack import installation
from envaccess.slack.channel_info import ChannelInfo
from envaccess.slack.directory import SlackDirectory
from envaccess.wiring.parts import WallClock, ask_identity, open_slack
from envaccess.yaml_file.file import digest_of, read_file

SETTING = "ENVACCESS_POLICY_FILE"
STAND_IN = "C0APPROVERS"
"""An approvers channel where none is set."""


def policy_at_start(settings: Settings, channel: str) -> Policy:
    """The policy to serve with: the file's, or the built-in one where none is named.

    Raises:
        SettingsError: the file cannot be read, or has faults; names the first, and how many more there are.
    """
    if settings.policy_file is None:
        return built_in(channel, push=settings.pushes)
    found = load_policy(settings.policy_file, channel, push=settings.pushes)
    if isinstance(found, Policy):
        return found
    first, others = found[0], len(found) - 1
    more = f" (and {others} more: envaccess policy check)" if others else ""
    raise SettingsError(f"{first.of(SETTING)}{more}")


def load_policy(
    path: Path, channel: str, *, push: bool, guarded: bool = True
) -> Policy | tuple[FileFault, ...]:
    """A file's policy, or all that is wrong with it; guarded: also who else may change the file."""
    text = read_file(path, guarded=guarded)
    return (text,) if isinstance(text, FileFault) else read_policy(text, channel, push=push)


def patch_for(path: Path | None, channel: str, suggested: Sequence[RuleSuggestion]) -> str:
    """What to add to the policy file; empty where there is nothing to add, or the file cannot be read.

    Args:
        path: the file; None for the built-in policy.
        channel: the approvers channel.
        suggested: what people always approve.
    """
    if not suggested:
        return ""
    if path is None:
        return rule_patch(None, built_in(channel), suggested)
    text = read_file(path, guarded=True)
    policy = read_policy(text, channel) if isinstance(text, str) else ()
    return rule_patch(text, policy, suggested) if isinstance(text, str) and isinstance(policy, Policy) else ""


class PolicyFile:
    """The file that is watched; fits `policy.reload.PolicySource`."""

    def __init__(self, path: Path, channel: str, *, push: bool) -> None:
        self._path = path
        self._channel = channel
        self._push = push

    async def digest(self) -> str:
        """SHA-256 of the file as it is now; empty when it cannot be read."""
        return await asyncio.to_thread(self._digest)

    async def read(self) -> tuple[str, Policy | tuple[FileFault, ...]]:
        """The same, and what stands there."""
        return await asyncio.to_thread(self._read)

    def _digest(self) -> str:
        text = read_file(self._path, guarded=True)
        return "" if isinstance(text, FileFault) else digest_of(text)

    def _read(self) -> tuple[str, Policy | tuple[FileFault, ...]]:
        text = read_file(self._path, guarded=True)
        if isinstance(text, FileFault):
            return "", (text,)
        return digest_of(text), read_policy(text, self._channel, push=self._push)


class NoCache:
    """No shared cache: a command asks once and ends. Fits `slack.ttl_cache.SharedCache`."""

    async def get(self, key: str) -> str | None:  # noqa: ARG002
        """Nothing is kept."""
        return None

    async def put(self, key: str, text: str, milliseconds: int) -> None:
        """Nothing is kept."""

    async def drop(self, key: str) -> None:
        """Nothing is kept."""


class PolicyContext:
    """What `envaccess policy` works with.

    Attributes:
        file: the file that the settings name.
        channel: the approvers channel; empty when it is not set.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.file = settings.policy_file
        self.channel = settings.approvers_channel or ""

    @property
    def can_ask(self) -> bool:
        """Whether Slack can be asked: its token is set."""
        settings = self._settings
        return settings.slack_bot_token is not None and "SLACK_API_URL" not in settings.wrong

    def read(self, path: Path, *, guarded: bool = True) -> Policy | tuple[FileFault, ...]:
        """A file's policy, or all that is wrong with it; guarded: also who else may change the file.

        Where no approvers channel is set, a made-up one stands in its place: what it says is not asked then.
        """
        channel = self.channel or STAND_IN
        return load_policy(path, channel, push=self._settings.pushes, guarded=guarded)

    def cases(self, path: Path) -> tuple[Case, ...] | tuple[FileFault, ...]:
        """The cases of a test file, or all that is wrong with it."""
        text = read_file(path)
        return (text,) if isinstance(text, FileFault) else read_cases(text)

    def signals(self) -> Thresholds:
        """From when on something is told, as the settings' policy file says; as usual without one."""
        found = self.read(self.file) if self.file else ()
        return found.signals if isinstance(found, Policy) else USUAL

    def patch(self, suggested: Sequence[RuleSuggestion]) -> str:
        """What to add to the settings' policy file for what people always approve; empty for nothing."""
        return patch_for(self.file, self.channel or STAND_IN, suggested)

    def schema(self) -> str:
        """The file's JSON Schema."""
        return json.dumps(policy_schema(), indent=2, ensure_ascii=False)

    def now(self) -> int:
        """Milliseconds since the epoch."""
        return WallClock().now()

    @contextlib.asynccontextmanager
    async def directory(self) -> AsyncIterator[SlackDirectory]:
        """People, groups and channels as Slack knows them.

        Raises:
            SettingsError: the token is missing or wrong, or Slack did not answer.
        """
        token = self._settings.slack_bot_token
        if token is None:
            raise SettingsError("SLACK_BOT_TOKEN is not set: Slack cannot be asked who is who")
        async with open_slack(self._settings, token.get_secret_value()) as slack:
            identity = await ask_identity(slack)
            directory = SlackDirectory(slack, identity, NoCache(), time.monotonic, admits=self._admits)
            try:
                yield directory
            finally:
                await directory.close()

    def _admits(self, _: str, info: ChannelInfo | None) -> bool:
        """As while serving: members of a channel that is not safe count for nothing."""
        allowed = self._settings.unsafe_public_approvers
        return not any(fault.grave for fault in installation.check_approvers(info, public_allowed=allowed))
