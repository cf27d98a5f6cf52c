"""A clock that can be moved on: a script that no product carries, since it rewrites every stored time."""

from importlib import resources

from envaccess.store.client import Client
from envaccess.store.runner import Runner

_SCRIPT = "move_clock"


def runner_with_clock(client: Client, workspace: str) -> Runner:
    """The product's scripts, and the one that moves the clock of this workspace."""
    text = (resources.files("envaccess_demo") / f"{_SCRIPT}.lua").read_text("utf-8")
    return Runner(client, workspace, {_SCRIPT: text})


async def move_clock(runner: Runner, milliseconds: int) -> None:
    """Shorten every TTL and every stored time by this much, in one step.

    Raises:
        StoreError: Redis did not answer.
    """
    await runner.run(_SCRIPT, milliseconds=milliseconds)
