"""Ask a command to rotate: an argument vector, no shell. It is told names, never a value.

It inherits nothing: no secret of ours is in its environment, it reads nothing and what it prints is thrown
away.
"""

import asyncio
import contextlib
import os
import signal
from typing import Final

from envaccess.domain.rotation import RotationError, RotationUncertainError
from envaccess.domain.sources.rotation_rule import RotationRule
from envaccess.domain.variable import Variable

SECONDS_MOST: Final = 300.0
"""Seconds that it may take, and no longer than the source is waited for."""
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOTHING: Final = asyncio.subprocess.DEVNULL


class CommandAsker:
    """Fits `ports.rotations.Asker`."""

    async def ask(self, op: str, variable: Variable, rule: RotationRule) -> None:
        """Run it once.

        Raises:
            RotationError: it could not be started, or ended with another status than 0.
            RotationUncertainError: it took too long and was ended.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *rule.run,
                stdin=_NOTHING,
                stdout=_NOTHING,
                stderr=_NOTHING,
                env=environment(op, variable),
                cwd="/",
                start_new_session=True,
                close_fds=True,
            )
        except (OSError, ValueError) as error:
            raise RotationError(f"The command could not be started ({type(error).__name__}).") from None
        try:
            async with asyncio.timeout(min(rule.timeout or SECONDS_MOST, SECONDS_MOST)):
                status = await process.wait()
        except TimeoutError:
            raise RotationUncertainError("The command took too long and was ended.") from None
        finally:
            if process.returncode is None:
                await _end(process)
        if status:
            raise RotationError(f"The command ended with status {status}.")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End it with whatever it started and did not put apart."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def environment(op: str, variable: Variable) -> dict[str, str]:
    """All of its environment."""
    return {
        "PATH": _PATH,
        "ENVACCESS_OPERATION": op,
        "ENVACCESS_VARIABLE": str(variable),
        "ENVACCESS_VARIABLE_NAME": variable.name,
        "ENVACCESS_VARIABLE_ENVIRONMENT": variable.environment,
    }
