"""What remains to whoever writes to Redis, one predicate for each; SECURITY.md says the same in words."""

from collections.abc import Callable, Mapping
from typing import Final

from envaccess.domain.policy.rules import Starts
from tests.attack.enumeration import Beyond, Report


def undoes_an_end(found: Beyond) -> bool:
    """An early end, a denial or a use is undone, within the time that was approved."""
    return found.asked.ended


def puts_off_a_first_use(found: Beyond) -> bool:
    """A clock that starts with the first use is set back, within the time in which it had to be used."""
    return found.asked.ruling.starts is Starts.FIRST_USE


def was_agreed_to_again(found: Beyond) -> bool:
    """What was over waits again, and people to whom it is shown as it was filed agree to it anew."""
    return found.agreed


REMAINS: Final[Mapping[str, Callable[[Beyond], bool]]] = {
    "an end undone": undoes_an_end,
    "a first use put off": puts_off_a_first_use,
    "agreed to again": was_agreed_to_again,
}


def unexplained(report: Report) -> list[str]:
    """What was had only because of a change, and is none of what remains."""
    return [
        f"{found.change[:300]} -> {found.seen}"
        for found in report.beyond
        if not any(remains(found) for remains in REMAINS.values())
    ]
