"""Catalogue records for values of a version that had no catalogue: the upgrade writes them once."""

from typing import Final

from envaccess.domain.audit import Actor, ActorKind
from envaccess.domain.catalogue import SEALED
from envaccess.store.catalogue import all_names, new_incarnation
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

_PAGE: Final = 500
"""Values a step: a longer script would hold up everybody else for too long."""
_OWNER: Final = str(Actor(ActorKind.BOT))
"""Who made them is told by their events alone."""


async def adopt_secrets(runner: Runner, sealing: Sealing) -> int:
    """Write the sealed catalogue record of each value that has none; it can be stopped and run again.

    A variable keeps the mark by which requests of that version name it, where it has one.

    Returns:
        How many were written.

    Raises:
        StoreError: Redis did not answer; what is left is written when it is run again.
    """
    names = [str(variable) for variable in await all_names(runner)]
    written = 0
    for start in range(0, len(names), _PAGE):
        page = names[start : start + _PAGE]
        marks = await runner.read_all([("HGET", runner.key("secret", name), "born") for name in page])
        incarnations = {name: mark or new_incarnation() for name, mark in zip(page, marks, strict=True)}
        seals = {
            name: sealing.variable(name, SEALED, _OWNER, incarnation)
            for name, incarnation in incarnations.items()
        }
        written += int(
            await runner.run(
                "adopt_secrets", incarnations=incarnations, seals=seals, source=SEALED, owner=_OWNER
            )
        )
    return written


async def holds_unadopted(runner: Runner) -> bool:
    """Whether some value that is stored has no catalogue record.

    Raises:
        StoreError: Redis did not answer.
    """
    names = [str(variable) for variable in await all_names(runner)]
    for start in range(0, len(names), _PAGE):
        page = names[start : start + _PAGE]
        values = await runner.read_all([("EXISTS", runner.key("secret", name)) for name in page])
        entries = await runner.read_all([("EXISTS", runner.key("catalogue", name)) for name in page])
        if any(value and not entry for value, entry in zip(values, entries, strict=True)):
            return True
    return False
