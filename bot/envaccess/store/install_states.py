"""States of installations that were begun, and leases over their tokens: what is over in minutes."""

from hashlib import sha256

from envaccess.domain.installation import StateTaken
from envaccess.store.client import nothing_to_check
from envaccess.store.runner import Runner


class RedisInstallStates:
    """States by their digests: who reads Redis can finish nobody's installation.

    Args:
        runner: of the slot of installations.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def issue(self, state: str, browser: str) -> bool:
        """Remember one for ten minutes; False where this minute had too many."""
        async with nothing_to_check():
            return bool(
                await self._runner.run("issue_install_state", id=_digest(state), browser=_digest(browser))
            )

    async def take(self, state: str, browser: str) -> StateTaken:
        """Take one back, which it is once; in another browser it stays."""
        found = await self._runner.run("take_install_state", id=_digest(state), browser=_digest(browser))
        return StateTaken(str(found))


class RedisInstallLeases:
    """Which process looks after an installation's token.

    Args:
        runner: of the slot of installations.
        token: names this process.
    """

    def __init__(self, runner: Runner, token: str) -> None:
        self._runner, self._token = runner, token

    async def take(self, place: str) -> bool:
        """Take or keep it for half a minute; False where another process has it."""
        async with nothing_to_check():
            return bool(await self._runner.run("lease_installation", id=place, token=self._token))

    async def free(self, place: str) -> None:
        """Give it back."""
        async with nothing_to_check():
            await self._runner.run("free_installation", id=place, token=self._token)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
