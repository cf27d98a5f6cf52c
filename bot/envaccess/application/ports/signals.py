"""Alerts, as the store keeps them."""

from collections.abc import Sequence
from typing import Protocol

from envaccess.domain.refusal import Refusal
from envaccess.domain.signals.alerts import Alert, Disposition


class Alerts(Protocol):
    """Alerts about what is unusual; what does not hold is no alert, and is told of."""

    async def open(self, limit: int) -> Sequence[Alert]:
        """Those that nobody has closed, the newest first."""
        ...

    async def get(self, alert: str) -> Alert | None:
        """One alert; None where there is none."""
        ...

    async def judge(
        self, op: str, alert: Alert, by: str, disposition: Disposition, note: str, message: str
    ) -> Alert | Refusal:
        """Judge it as it was shown: refused as `ALERT_JUDGED` where somebody else was faster.

        `message` is the one that was pressed: one that is not the remembered one is deleted.
        """
        ...
