"""Claims on grants: fits `ports.grants.Reveals`."""

from collections.abc import Callable, Collection

from envaccess.domain.outcome import Claim
from envaccess.domain.refusal import Refusal
from envaccess.domain.text import printable
from envaccess.domain.variable import Variable
from envaccess.store.records import read_variables
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner


class RedisReveals:
    """One workspace's reveals.

    Args:
        runner: the workspace's scripts.
        nonce: makes a random text; a claim is handed over only where its nonce was made (law 10).
    """

    def __init__(self, runner: Runner, nonce: Callable[[], str]) -> None:
        self._runner = runner
        self._nonce = nonce

    async def claim(
        self, op: str, request: str, actor: str, message: str = "", how: str = ""
    ) -> Claim | Refusal:
        """Claim one use of exactly this grant; `how` is written into the event."""
        return await self._claim(op, request, actor, id=request, ts=message, how=how, printable="")

    async def claim_named(
        self, op: str, variable: Variable, actor: str, barred: Collection[str] = ()
    ) -> Claim | Refusal:
        """Claim the grant that serves this name best."""
        name = str(variable)
        return await self._claim(
            op, "", actor, name=name, printable=printable(name), barred=",".join(sorted(barred)), how=""
        )

    async def _claim(self, op: str, request: str, actor: str, **which: str) -> Claim | Refusal:
        nonce = self._nonce()
        outcome = await self._runner.outcome("claim", op=op, actor=actor, nonce=nonce, **which)
        return read_refusal(outcome, request) or Claim(
            op=op,
            id=outcome["id"],
            requester=outcome["requester"],
            variables=read_variables(outcome["variables"]),
            once=outcome["once"] == "1",
            expires_at=int(outcome["expires_at"]),
            fresh=outcome["nonce"] == nonce,
        )

    async def still(self, claim: Claim) -> bool:
        """Whether what was claimed may be shown now: nobody and nothing has ended it since."""
        once = "1" if claim.once else "0"
        return await self._runner.run("still", id=claim.id, actor=claim.requester, once=once) == 1

    async def give_back(self, claim: Claim, why: str) -> None:
        """Return the use: nothing left this process."""
        await self._runner.run("give_back", op=f"{claim.op}:back", id=claim.id, why=why)
