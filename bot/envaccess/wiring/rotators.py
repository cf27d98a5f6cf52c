"""Rotations of one workspace: where they are stored, and who makes new values."""

from collections.abc import Callable

from envaccess.application.ports.rotations import Asker, Rotator
from envaccess.crypto.keys import Keyring
from envaccess.crypto.sealing import Sealer
from envaccess.domain.sources.rotation_rule import RotationRule, RotatorKind
from envaccess.domain.sources.specs import Credential
from envaccess.domain.variable import Variable
from envaccess.rotators.command import CommandAsker
from envaccess.rotators.webhook import WebhookAsker
from envaccess.sources.adapter import RotatingAdapter
from envaccess.sources.credentials import LiveCredential
from envaccess.sources.router import SourceRouter
from envaccess.store.refusals import Alarm, silent
from envaccess.store.rotations import RedisRotations
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.wiring.parts import WallClock


class FileRotators:
    """Who makes new values, as `sources.yml` says now: fits `ports.rotations.Rotators`.

    Args:
        router: has the file in force and its sources.
        withhold: is told of each secret that turns up, so that the log removes it.
    """

    def __init__(self, router: SourceRouter, withhold: Callable[[str], None]) -> None:
        self._router, self._withhold = router, withhold
        self._live: dict[Credential, LiveCredential] = {}
        self._askers: dict[RotatorKind, Asker] = {
            RotatorKind.WEBHOOK: WebhookAsker(WallClock(), self._secret),
            RotatorKind.COMMAND: CommandAsker(),
        }

    def rule(self, variable: Variable) -> RotationRule | None:
        """How it is rotated; None: nothing says so."""
        return self._router.file.rotation_of(variable)

    def rotator(self, rule: RotationRule) -> Rotator | None:
        """An issuer with two slots: the source that the rule names."""
        found = self._router.adapters.get(rule.source)
        return found if isinstance(found, RotatingAdapter) else None

    def asker(self, rule: RotationRule) -> Asker | None:
        """Somebody to ask."""
        return self._askers.get(rule.by)

    def _secret(self, credential: Credential) -> str:
        if credential not in self._live:
            self._live[credential] = LiveCredential(credential, self._withhold)
        return self._live[credential].now()


def redis_rotations(
    runner: Runner,
    sealing: Sealing,
    cipher: tuple[Keyring, str],
    channel: str = "",
    token: str = "",
    alarm: Alarm = silent,
) -> RedisRotations:
    """Rotations as the store keeps them.

    Args:
        runner: the workspace's scripts.
        sealing: seals each change.
        cipher: the master keys, and the workspace.
        channel: where the owners are told.
        token: names who drives them in the lease; empty for who only looks or presses.
        alarm: tells whoever runs this process of a record that does not hold.
    """
    keyring, workspace = cipher
    return RedisRotations(runner, sealing, Sealer(keyring), workspace, token, channel, alarm)
