"""The audit channel: what is told one by one, and what is folded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.domain.audit import Event, Tag, person
from bot.domain.request import Request
from bot.services.audit_lines import LINES_MAX, AuditLines
from bot.services.pace import Pace

ALICE = person("U0ALICE")


def events(*tags: Tag) -> list[Event]:
    return [Event(f"1-{number}", tag, number, ALICE) for number, tag in enumerate(tags, 1)]


@dataclass
class Desk:
    """As much of the ports as the lines touch, in memory."""

    waiting: list[Event]
    told: list[str] = field(default_factory=list)
    at: str = "0-0"

    async def lead(self) -> bool:
        return True

    async def cursor(self) -> str:
        return self.at

    async def move_cursor(self, event: str) -> None:
        self.at = event

    async def get(self, request: str) -> Request | None:
        del request
        return None

    async def after(self, cursor: str, count: int) -> Sequence[Event]:
        del count
        start = next((n for n, event in enumerate(self.waiting, 1) if event.id == cursor), 0)
        return self.waiting[start:]

    async def post_line(self, event: Event, thread: str) -> str:
        del thread
        self.told.append(event.event)
        return "1.000001"

    async def post_digest(self, first: str, last: str, counts: Mapping[str, int]) -> None:
        self.told.append(f"{sum(counts.values())} from {first} to {last}")


async def told(*tags: Tag) -> list[str]:
    desk: Any = Desk(events(*tags))
    pace = Pace(lambda: 0.0, lambda _channel, _code: None)
    lines = AuditLines(desk, desk, desk, desk, pace, "C0AUDIT")
    await lines._tell(desk.waiting)
    assert desk.at == desk.waiting[-1].id
    lines_told: list[str] = desk.told
    return lines_told


async def test_a_flood_of_presses_hides_nobodys_decision() -> None:
    """Whoever reveals fifty times would otherwise push a colleague's approval into a number."""
    flood = [Tag.GRANT_REVEALED] * 25
    lines = await told(*flood, Tag.REQUEST_APPROVED, *flood)
    assert lines == ["25 from 1-1 to 1-25", Tag.REQUEST_APPROVED, "25 from 1-27 to 1-51"]


async def test_few_waiting_lines_are_told_one_by_one() -> None:
    assert await told(*[Tag.GRANT_REVEALED] * LINES_MAX) == [Tag.GRANT_REVEALED] * LINES_MAX


async def test_after_an_outage_with_hundreds_of_decisions_one_digest_stands_for_all() -> None:
    """One line a second is what Slack takes: the security team must not wait for an hour."""
    assert await told(*[Tag.REQUEST_APPROVED, Tag.GRANT_ACTIVATED] * 100) == ["200 from 1-1 to 1-200"]


async def test_a_run_of_one_is_a_line_and_no_digest() -> None:
    lines = await told(Tag.REQUEST_DENIED, Tag.GRANT_REVEALED, *[Tag.REQUEST_DENIED] * 29)
    assert lines == [Tag.REQUEST_DENIED, Tag.GRANT_REVEALED, *[Tag.REQUEST_DENIED] * 29]
