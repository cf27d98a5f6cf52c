"""What waits for somebody: alerts, reviews of emergencies, access reviews; how far the stream is sealed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from envaccess.domain.audit import Event, Tag, read_person
from envaccess.domain.signals.alerts import Alert, Disposition
from envaccess.domain.text import whole_number

OPEN_MOST: Final = 1_000
"""Things of one kind that are remembered at once."""
LOOKED_AT: Final = str(Disposition.LOOK_INTO_IT)
"""The disposition of an alert that somebody looks into: it is open until it has another one."""
UNJUDGED: Final = "open"


_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One of them.

    Attributes:
        id: what it is called.
        about: a Slack user id, or how an event names whoever it is about; empty for nobody.
        at: since when, in milliseconds.
    """

    id: str
    about: str
    at: int


@dataclass(frozen=True, slots=True)
class OpenItems:
    """What waits.

    Attributes:
        alerts: those that nobody has judged.
        looked_into: those that somebody looks into.
        dispositions: how many alerts were judged how, by disposition; `open` for those that were not.
        emergencies: those whose review is open, by their request.
        reviews: access reviews that are open.
        size: how many events are sealed; 0 where no head was seen.
        sealed_at: when, in milliseconds.
        unsealed_at: when the first event came that no head was signed after; 0 for none.
    """

    alerts: Sequence[OpenItem] = ()
    looked_into: Sequence[OpenItem] = ()
    dispositions: Mapping[str, int] | None = None
    emergencies: Sequence[OpenItem] = ()
    reviews: Sequence[OpenItem] = ()
    size: int = 0
    sealed_at: int = 0
    unsealed_at: int = 0


class OpenItemSums:
    """Follows what opens and what closes it; of events up to now, those after the week included."""

    def __init__(self) -> None:
        self._alerts: dict[str, tuple[OpenItem, str]] = {}
        self._emergencies: dict[str, OpenItem] = {}
        self._reviews: dict[str, OpenItem] = {}
        self._known: Sequence[Alert] | None = None
        self._size = self._sealed_at = self._unsealed_at = 0

    def know(self, alerts: Sequence[Alert]) -> None:
        """Say which alerts are open by their seals, however old they are; no event closes one of these.

        One that was raised, and judged by no event, is open without a record, too: somebody deleted it.
        """
        self._known = alerts

    def take(self, event: Event) -> None:
        """The next event."""
        self._unsealed_at = 0 if event.event == Tag.AUDIT_CHECKPOINT else self._unsealed_at or event.at
        match event.event:
            case Tag.SIGNAL_RAISED:
                _keep(self._alerts, _id_of(event), (_item(event, _id_of(event)), UNJUDGED))
            case Tag.SIGNAL_JUDGED:
                self._judge(event)
            case Tag.EMERGENCY_USED:
                _keep(self._emergencies, event.request, _item(event, event.request))
            case Tag.EMERGENCY_REMINDED if event.request not in self._emergencies:
                _keep(self._emergencies, event.request, _item(event, event.request))
            case Tag.EMERGENCY_REVIEWED:
                self._emergencies.pop(event.request, None)
            case "review.opened" | "review.reminded":
                if _id_of(event) not in self._reviews:
                    _keep(self._reviews, _id_of(event), _item(event, _id_of(event)))
            case "review.closed":
                self._reviews.pop(_id_of(event), None)
            case Tag.AUDIT_CHECKPOINT:
                size = whole_number(event.detail.get("size", ""))
                self._size = self._size if size is None else size
                self._sealed_at = event.at

    def items(self, since: int, until: int) -> OpenItems:
        """What is open; dispositions are those of alerts that were raised in this time."""
        raised = [one for one in self._alerts.values() if since <= one[0].at < until]
        alerts, looked_into = self._open_alerts()
        return OpenItems(
            alerts=alerts,
            looked_into=looked_into,
            dispositions=dict(Counter(judged for _, judged in raised)),
            emergencies=tuple(self._emergencies.values()),
            reviews=tuple(self._reviews.values()),
            size=self._size,
            sealed_at=self._sealed_at,
            unsealed_at=self._unsealed_at,
        )

    def _open_alerts(self) -> tuple[Sequence[OpenItem], Sequence[OpenItem]]:
        """Those that nobody has judged, and those that somebody looks into."""
        known = {
            one.id: (OpenItem(one.id, one.about, one.at), LOOKED_AT if one.judged else UNJUDGED)
            for one in self._known or ()
        }
        found = [*({**self._alerts, **known}).values()]
        unjudged, looked = (
            [item for item, how in found if how == wanted] for wanted in (UNJUDGED, LOOKED_AT)
        )
        return unjudged, looked

    def _judge(self, event: Event) -> None:
        found = self._alerts.get(_id_of(event))
        if found:
            self._alerts[found[0].id] = found[0], event.detail.get("disposition", "")


def _id_of(event: Event) -> str:
    return next(
        (event.detail[name] for name in ("alert", "review", "id") if event.detail.get(name)), event.id
    )


def _item(event: Event, name: str) -> OpenItem:
    return OpenItem(name, read_person(event.requester) or event.requester or event.behind, event.at)


def _keep(kept: dict[str, _T], name: str, fact: _T) -> None:
    kept[name] = fact
    if len(kept) > OPEN_MOST:
        del kept[next(iter(kept))]
