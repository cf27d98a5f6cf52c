"""Alerts in memory: the port's second implementation, with the rules of the store's script."""

from collections.abc import Sequence
from dataclasses import replace

from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.signals.alerts import Alert, Disposition, Judgement
from tests.fakes.books import Books


class FakeAlerts:
    """Fits `ports.signals.Alerts`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self.kept: dict[str, Alert] = {}

    async def open(self, limit: int) -> Sequence[Alert]:
        self._books.check()
        found = sorted(self.kept.values(), key=lambda alert: -alert.at)
        return [alert for alert in found if alert.is_open][:limit]

    async def get(self, alert: str) -> Alert | None:
        self._books.check()
        return self.kept.get(alert)

    async def judge(
        self, op: str, alert: Alert, by: str, disposition: Disposition, note: str, message: str
    ) -> Alert | Refusal:
        del message
        self._books.check()
        if refusal := self._books.locked("judge", by, [by]):
            return refusal
        return self._books.once(op, lambda: self._judge(alert, by, disposition, note))

    def _judge(self, shown: Alert, by: str, disposition: Disposition, note: str) -> Alert | Refusal:
        alert = self.kept[shown.id]
        if alert.judgements != shown.judgements:
            last = alert.judgements[-1]
            state = last.disposition
            return Refusal(Reason.ALERT_JUDGED, request=alert.id, state=state, by=last.by, at=last.at)
        said = Judgement(disposition, by, self._books.now, note)
        self.kept[alert.id] = replace(alert, judgements=(*alert.judgements, said))
        return self.kept[alert.id]
