"""Count what each person does in a minute: fits `ports.process.Throttle`."""

from envaccess.domain.limits import Act
from envaccess.store.client import nothing_to_check
from envaccess.store.keys import COUNTED, NAMES, TTLS
from envaccess.store.runner import Runner


class RedisThrottle:
    """Law 12's limit: fits `ports.process.Throttle`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def allow(self, op: str, person: str, act: Act = Act.COMMAND) -> bool:
        """Count an act; False above its limit. A count that may have landed is nothing to look after."""
        operation = f"{person}:{op}"
        counted = {NAMES["commands"] + kind + person: str(limit) for kind, limit in COUNTED[act].items()}
        async with nothing_to_check():
            allowed = await self._runner.run(
                "throttle",
                outcome=NAMES["outcome"] + operation,
                told=NAMES["commands"] + operation,
                idle=NAMES["dirty"],
                counted=counted,
                minute=TTLS["minute"],
                repeat=TTLS["repeat"],
            )
        return bool(allowed)
