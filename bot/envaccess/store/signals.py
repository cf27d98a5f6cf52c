"""What is remembered in order to alert: fits `projections.signals.SignalMemory`."""

from collections.abc import Collection, Iterable, Mapping

from envaccess.domain.audit import BEHIND
from envaccess.domain.seals.alerts import AlertSeal
from envaccess.domain.signals.alerts import Alert, AlertWindow, read_window, window_text
from envaccess.domain.signals.following import Following
from envaccess.domain.text import whole_number
from envaccess.store.client import nothing_to_check
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing


class RedisSignals:
    """One workspace's, as one process sees it.

    Args:
        runner: the workspace's scripts.
        sealing: seals alerts.
        token: names this process in the lease.
    """

    def __init__(self, runner: Runner, sealing: Sealing, token: str) -> None:
        self._runner = runner
        self._sealing = sealing
        self._token = token

    async def load(
        self, subjects: Collection[str]
    ) -> tuple[int, dict[str, AlertWindow], dict[str, Following]]:
        """Since when the workspace is watched, 0 where it is not yet; what is remembered of each of these."""
        async with nothing_to_check():
            found = await self._runner.outcome("read_signals", people=dict.fromkeys(subjects, ""))
        windows, counts = found.get("windows", {}), found.get("counts", {})
        since = str(found["since"])
        return (
            whole_number(since) or 0,
            {who: read_window(windows.get(who)) for who in subjects},
            {who: Following.decode(counts.get(who)) for who in subjects},
        )

    async def store(
        self,
        before: str,
        event: str,
        windows: Mapping[str, AlertWindow],
        counts: Mapping[str, Following],
        alert: Alert | None = None,
    ) -> bool:
        """Keep it, raise the alert and move the cursor, in one step; False where another process did."""
        written = await self._runner.run(
            "follow_signals",
            token=self._token,
            before=before,
            event=event,
            windows={who: window_text(window) for who, window in windows.items()},
            counts={who: known.encode() for who, known in counts.items()},
            **self._raised(alert),
        )
        return int(written) == 1

    def _raised(self, alert: Alert | None) -> dict[str, dict[str, str] | int]:
        """The alert as the script takes it."""
        if alert is None:
            return {}
        at = self._sealing.clock()
        seal = AlertSeal(alert.id, alert.about, alert.people, alert.facts, at).sealed(self._sealing.seals)
        names = dict.fromkeys(name for fact in alert.facts for name in fact.variables)
        said = {
            "id": alert.id,
            "seal": seal,
            "about": alert.about,
            "people": ",".join(alert.people),
            BEHIND: "" if alert.about in alert.people else ",".join(alert.people[-1:]),
            "variables": ",".join(names),
            "facts": _joined(fact.fact for fact in alert.facts),
            "events": _joined(fact.event for fact in alert.facts),
            "requests": _joined(fact.request for fact in alert.facts),
        }
        return {"alert": said, "clock": at}


def _joined(words: Iterable[str]) -> str:
    return ",".join(dict.fromkeys(filter(None, words)))
