"""Whoever alerts, and who replays an exported stream, find the same alerts."""

from envaccess.domain.audit import Actor, ActorKind, Event, Tag
from envaccess.domain.signals.alerts import SILENT, AlertWindow
from envaccess.domain.signals.following import Following
from envaccess.domain.signals.replay import SignalReplay
from envaccess.domain.signals.thresholds import USUAL
from envaccess.projections.signals import FollowedPage

BEGIN = 1_800_000_000_000
MINUTE = 60_000
EVE = Actor(ActorKind.PERSON, "U0EVE")


def event(place: int, tag: Tag, minute: int, **more: str) -> Event:
    at = BEGIN + minute * MINUTE
    detail = {name: text for name, text in more.items() if name != "request"}
    return Event(
        f"{at}-{place}", tag, at, EVE, more.get("request", ""),
        variables=("default/STRIPE_KEY",), requester="U0EVE", detail=detail,
    )  # fmt: skip


def test_refusals_and_what_is_asked_for_are_one_alert_in_both() -> None:
    old = SILENT // MINUTE
    events = [
        event(0, Tag.BOT_STARTED, 0),
        *(
            event(place, Tag.ACCESS_REFUSED, old + place, tried="approve", why="not_approver")
            for place in (1, 2, 3)
        ),
        event(
            4,
            Tag.REQUEST_CREATED,
            old + 5,
            duration="1h",
            hour="3",
            facts="new_or_silent",
            request="0000000a",
        ),
        event(5, Tag.GRANT_NEW_HOST, old + 6, host="laptop", request="0000000a"),
        event(6, Tag.GRANT_NEW_HOST, old + 7, host="another", request="0000000a"),
    ]
    replay = SignalReplay()
    replay.read(events)
    assert replay.differences == []
    page = FollowedPage({"U0EVE": AlertWindow()}, {"U0EVE": Following()}, BEGIN, USUAL)
    raised = next(one for one in events if page.look(one))
    assert replay.alerts == [(raised, tuple(fact.fact for fact in page.found))]
    assert replay.alerts[0][1] == ("refusals", "new_or_silent")
