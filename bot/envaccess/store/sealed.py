"""Sealed values. The store never sees a value: it keeps and returns ciphertext.

A variable's catalogue record is made with its first value, and deleted with it.
"""

import base64
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from envaccess.domain.audit import Actor
from envaccess.domain.call import IN_SLACK, Origin
from envaccess.domain.catalogue import SEALED
from envaccess.domain.errors import SealError, ValueMissingError
from envaccess.domain.lock import Target, locked_out
from envaccess.domain.outcome import Written
from envaccess.domain.refusal import Refusal
from envaccess.domain.sealed_value import SealedValue
from envaccess.domain.variable import Variable
from envaccess.store.catalogue import all_names, new_incarnation
from envaccess.store.client import ours
from envaccess.store.records import read_locks
from envaccess.store.requests import read_refusal
from envaccess.store.reveals import said_of
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

if TYPE_CHECKING:
    from envaccess.store.script_arguments import Argument

_PAGE: Final = 500


class SealedStore:
    """One workspace's sealed values.

    Args:
        runner: the workspace's scripts.
        sealing: seals the catalogue record that is made with a variable's first value.
    """

    def __init__(self, runner: Runner, sealing: Sealing) -> None:
        self._runner = runner
        self._sealing = sealing

    async def last_version(self, variable: Variable) -> int:
        """The last version ever given to this name, deleted ones included; 0 for none."""
        async with ours():
            return int(await self._runner.client.hget(self._runner.key("versions"), str(variable)) or 0)

    async def get(self, variable: Variable) -> SealedValue:
        """The sealed value. Raises `ValueMissingError`; `SealError` for what no version of this wrote."""
        async with ours():
            fields = await self._runner.client.hgetall(self._runner.key("secret", str(variable)))
        if not fields:
            raise ValueMissingError(f"{variable.label} has no value any more")
        try:
            blob = base64.b64decode(fields["sealed"], validate=True)
            return SealedValue(int(fields["version"]), blob, fields.get("key", ""))
        except (KeyError, ValueError):
            raise SealError(f"The value of {variable.label} is stored as nothing writes it") from None

    async def put(
        self,
        op: str,
        variable: Variable,
        value: SealedValue,
        actor: Actor,
        *,
        replace: bool,
        origin: Origin = IN_SLACK,
        marked: tuple[str, str] | None = None,
        exists: bool = False,
    ) -> Written | Refusal:
        """Store a value under exactly the version after the last, else `Written.BEHIND`.

        The ledger knows then that it is current: by `marked`, its mark and whose key made it. With `exists`,
        it is `BEHIND` too where there is no such variable.

        Refused for a person where they, or the variable, are locked.
        """
        incarnation = new_incarnation()
        await self._sealing.ready()
        seal = self._sealing.variable(str(variable), SEALED, str(actor), incarnation)
        record: dict[str, Argument] = {
            "source": SEALED, "incarnation": incarnation, "seal": seal, **said_of(origin),
        }  # fmt: skip
        if marked:
            record |= {"mark": marked[0], "mark_key": marked[1]}
        given: dict[str, Argument] = {"replace": int(replace), "must": int(exists), **record}
        return await self._write("put_secret", op, variable, value, actor, **given)

    async def sealed_here(self, variables: Sequence[Variable]) -> Collection[Variable]:
        """Those of these that have a value in the sealed store, wherever it is kept now."""
        commands = [("EXISTS", self._runner.key("secret", str(variable))) for variable in variables]
        found = await self._runner.read_all(commands) if commands else ()
        return {variable for variable, there in zip(variables, found, strict=True) if there}

    async def reseal(self, op: str, variable: Variable, value: SealedValue, actor: Actor) -> Written:
        """Store the same value under another key; `Written.BEHIND` when it is not that version any more."""
        written = await self._write("reseal_secret", op, variable, value, actor)
        assert isinstance(written, Written)
        return written

    async def _write(
        self,
        script: str,
        op: str,
        variable: Variable,
        value: SealedValue,
        actor: Actor,
        **more: "Argument",
    ) -> Written | Refusal:
        outcome = await self._runner.outcome(
            script,
            op=op,
            name=str(variable),
            version=value.version,
            sealed=base64.b64encode(value.sealed).decode(),
            key=value.key,
            actor=str(actor),
            **more,
        )
        return read_refusal(outcome) or Written(outcome["written"])

    async def delete(self, op: str, variable: Variable, actor: Actor) -> int | None:
        """Delete a variable and end its grants; how many ended, or None when there was no such variable."""
        outcome = await self._runner.outcome("delete_secret", op=op, name=str(variable), actor=str(actor))
        return None if "missing" in outcome else int(outcome["ended"])

    async def note_read(self, op: str, variable: Variable, actor: Actor, why: str) -> Refusal | None:
        """Write down that somebody on the host reads a value; refused where it is locked.

        Raises:
            ValueMissingError: there is no such value.
        """
        outcome = await self._runner.outcome(
            "read_secret", op=op, name=str(variable), actor=str(actor), why=why
        )
        if "missing" in outcome:
            raise ValueMissingError(f"There is no variable {variable.label}")
        return read_refusal(outcome)

    async def locked(self, variable: Variable) -> Refusal | None:
        """The refusal where a variable is locked."""
        target = Target(variable=variable)
        async with ours():
            found = await self._runner.client.hget(self._runner.key("locks"), str(target))
        lock = read_locks({str(target): found}).get(target) if found else None
        return locked_out(lock) if lock else None


async def value_keys(runner: Runner) -> frozenset[str]:
    """The ids of the master keys that some stored value needs."""
    names = await all_names(runner)
    found: set[str] = set()
    for start in range(0, len(names), _PAGE):
        pipe = runner.client.pipeline(transaction=False)
        for variable in names[start : start + _PAGE]:
            pipe.hget(runner.key("secret", str(variable)), "key")
        async with ours():
            found.update(key for key in await pipe.execute() if key)
    return frozenset(found)
