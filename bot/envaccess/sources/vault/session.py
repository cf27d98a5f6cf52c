"""Who we are to Vault: a token that is got, renewed while it is used, and got anew when it is refused."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.kinds.vault import VaultTokenLogin
from envaccess.domain.text import whole_number
from envaccess.sources.http_client import SourceAnswer
from envaccess.sources.vault.api import Told, VaultApi
from envaccess.sources.vault.login import VaultLogin

_SETTLED: Final = 60.0
"""Seconds after which a refused token is replaced though it lives: its rights may have been widened since."""
_PAUSE: Final = 60.0
"""Seconds before credentials are tried again that were refused: Vault locks who fails five times."""


@dataclass(frozen=True, slots=True)
class _HeldToken:
    """The token that we have.

    Attributes:
        ends: by our clock; None where it has no end that we know.
        seconds: that it was given for.
    """

    token: str = field(repr=False)
    made: float
    ends: float | None
    seconds: int
    renewable: bool


class VaultSession:
    """Calls with our token.

    Args:
        api: what calls.
        clock: seconds that only go forward.
        withhold: is told of every token, so that the log removes it.
    """

    def __init__(self, api: VaultApi, clock: Callable[[], float], withhold: Callable[[str], None]) -> None:
        self.api = api
        self._login = VaultLogin(api, withhold)
        self._clock = clock
        self.withhold = withhold
        self._held: _HeldToken | None = None
        self._lock = asyncio.Lock()
        self._refused: tuple[tuple[str, ...], float] = ((), 0.0)

    async def ask(
        self, method: str, path: Sequence[str], *, body: Mapping[str, object] | None = None, query: str = ""
    ) -> SourceAnswer:
        """Call, once more with a new token where ours is refused and a new one may not be.

        Raises:
            SourceFaultError: of the call or the login. A refusal of the call itself is an answer.
        """
        held = await self._fresh()
        answer = await self.api.ask(method, path, token=held.token, body=body, query=query)
        if answer.status != 403:  # noqa: PLR2004
            return answer
        again = await self._replaced(held)
        if again is held:
            return answer
        return await self.api.ask(method, path, token=again.token, body=body, query=query)

    async def _fresh(self) -> _HeldToken:
        async with self._lock:
            held = self._held
            if held is None or self._is_another(held):
                return await self._log_in()
            if held.ends is None or held.ends - self._clock() > held.seconds / 2:
                return held
            return await self._prolonged(held)

    def _is_another(self, held: _HeldToken) -> bool:
        """Whether the file of a token holds another one now."""
        return isinstance(self.api.spec.auth, VaultTokenLogin) and self._login.presented() != (held.token,)

    async def _prolonged(self, held: _HeldToken) -> _HeldToken:
        """Half of its time is over: renew it; where that no longer helps, log in anew before it ends."""
        renewed = await self._renewed(held) if held.renewable else None
        if renewed is not None:
            self._held = renewed
            return renewed
        if isinstance(self.api.spec.auth, VaultTokenLogin):
            return held
        return await self._log_in()

    async def _renewed(self, held: _HeldToken) -> _HeldToken | None:
        answer = await self.api.ask("POST", ["auth/token/renew-self"], token=held.token, body={})
        if not answer.ok:
            return None
        renewed = self._of(self.api.part(self.api.told(answer), "auth"), held.token)
        gained = renewed.ends is None or held.ends is None or renewed.ends > held.ends + held.seconds / 8
        return renewed if gained else None

    async def _replaced(self, refused: _HeldToken) -> _HeldToken:
        """Another token than the one that was refused; the same one where no other would help."""
        async with self._lock:
            held = self._held
            if held is not None and held.token != refused.token:
                return held
            old = self._clock() - refused.made >= _SETTLED
            if isinstance(self.api.spec.auth, VaultTokenLogin):
                if not self._is_another(refused):
                    return refused
            elif not old and await self._lives(refused):
                return refused
            return await self._log_in()

    async def _lives(self, held: _HeldToken) -> bool:
        answer = await self.api.ask("GET", ["auth/token/lookup-self"], token=held.token)
        return bool(answer.ok)

    async def _log_in(self) -> _HeldToken:
        """Raises `SourceFaultError`: without asking, where these credentials were refused a moment ago."""
        presented = self._login.presented()
        told = self._refused
        if presented and presented == told[0] and self._clock() < told[1]:
            raise self.api.fault(
                SourceFault.DENIED, "refused our login a moment ago; the credentials are the same"
            )
        before = self._held
        try:
            auth = await self._login.log_in()
        except SourceFaultError as error:
            if error.fault is SourceFault.DENIED:
                self._refused = (presented, self._clock() + _PAUSE)
            raise
        token = self.api.text(auth, "client_token")
        self.withhold(token)
        self._held = self._of(auth, token)
        if before is not None and before.token != token:
            await self._give_up(before)
        return self._held

    def _of(self, auth: Told, token: str) -> _HeldToken:
        now = self._clock()
        seconds = whole_number(str(auth.get("lease_duration", ""))) or 0
        return _HeldToken(
            token, now, now + seconds if seconds else None, seconds, auth.get("renewable") is True
        )

    async def _give_up(self, held: _HeldToken) -> None:
        """End a token that we logged in with; one that was given to us stays."""
        if isinstance(self.api.spec.auth, VaultTokenLogin):
            return
        with contextlib.suppress(SourceFaultError):
            await self.api.ask("POST", ["auth/token/revoke-self"], token=held.token)

    async def close(self) -> None:
        """End our token."""
        async with self._lock:
            held, self._held = self._held, None
            if held is not None:
                await self._give_up(held)
