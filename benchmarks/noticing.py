"""How often something is unusual in a company that never was, and whether ten attacks are alerts."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.company import BEGIN, DAYS, Wish, attacks, company, victim_of
from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row
from envaccess.domain.signals.facts import Fact, distinct
from envaccess.domain.signals.replay import SignalReplay

SEEDS = range(1, 6)
_WEEKS = (DAYS - 14) / 7
"""Without the two weeks in which nothing is an alert."""


@dataclass(frozen=True, slots=True)
class NoticedCompany:
    """What came of one simulated company.

    Attributes:
        requests: of the company alone.
        facts: how often each was found.
        together: requests with two facts or more.
        weekly: alerts a week without any attack.
        found: whether each attack was an alert.
    """

    requests: int
    facts: Mapping[Fact, int]
    together: int
    weekly: float
    found: Mapping[str, bool]


def notice_company(seed: int) -> NoticedCompany:
    """One company, and each attack by itself in it."""
    wishes = company(seed)
    events = [wish.event(number) for number, wish in enumerate(wishes)]
    replayed = SignalReplay()
    replayed.read(events)
    together = sum(distinct(one.found) > 1 for one in replayed.differences)
    planted = attacks(victim_of(seed), BEGIN + timedelta(days=175))
    found = {name: _is_found(wishes, attack) for name, attack in planted.items()}
    return NoticedCompany(replayed.requests, replayed.counts, together, len(replayed.alerts) / _WEEKS, found)


def _is_found(wishes: list[Wish], attack: list[Wish]) -> bool:
    """Whether an alert is raised at one of the attack's requests.

    Whoever wakes a forgotten account has been away before.
    """
    first = attack[0].at
    silent = first - timedelta(days=50) if first > BEGIN + timedelta(days=200) else first
    own = {attack[0].who, attack[0].behind} - {""}
    events = [
        wish.event(number)
        for number, wish in enumerate(wishes)
        if wish.at < silent and own & {wish.who, wish.behind}
    ]
    planted = [wish.event(10_000_000 + number) for number, wish in enumerate(attack)]
    replayed = SignalReplay(since=int(BEGIN.timestamp() * 1000))
    replayed.read([*events, *planted])
    marked = {event.request for event in planted}
    return any(event.request in marked for event, _ in replayed.alerts)


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Rows of shares, alerts a week, and attacks found."""
    del scale, cores, folder
    companies = [notice_company(seed) for seed in SEEDS]
    requests = sum(one.requests for one in companies)
    facts = sum((Counter(one.facts) for one in companies), Counter[Fact]())
    rows = [
        Row(f"requests with the fact {fact}", f"{100 * times / requests:.1f} %")
        for fact, times in facts.most_common()
    ]
    together = sum(one.together for one in companies)
    weekly = sum(one.weekly for one in companies) / len(companies)
    found = sum(sum(one.found.values()) for one in companies) / len(companies)
    return [
        *rows,
        Row("requests with two facts or more", f"{100 * together / requests:.1f} %"),
        Row("alerts a week, 60 people", f"{weekly:.1f}", goal=Goal(2), number=weekly),
        Row(
            "planted attacks that are alerts, of 10", f"{found:.1f}", goal=Goal(10, most=False), number=found
        ),
    ]
