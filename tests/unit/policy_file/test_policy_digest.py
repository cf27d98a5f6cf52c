"""`signals: digest:` and from when on approvers are told: what can be said, and what cannot."""

import pytest

from envaccess.domain.file_fault import FileFault
from envaccess.domain.policy.book import Policy
from envaccess.domain.signals.thresholds import USUAL, Thresholds
from envaccess.domain.signals.weeks import MONDAY, WeeklyTime
from envaccess.policy_file.reading import read_policy


def read(signals: str) -> Thresholds | tuple[FileFault, ...]:
    """What a file with these signals says."""
    found = read_policy(
        f"version: 1\nsignals: {signals}\nrules:\n  - match: '*/*'\n    approvers: [approvers]\n", "C0A"
    )
    return found.signals if isinstance(found, Policy) else found


@pytest.mark.parametrize(
    ("signals", "told"),
    [
        ("{}", MONDAY),
        ("{digest: mon 09:00}", MONDAY),
        ("{digest: fri 17:30 Europe/Berlin}", WeeklyTime(4, 1_050, "Europe/Berlin")),
        ("{digest: none}", None),
    ],
)
def test_the_digest_has_its_time_or_is_off(signals: str, told: WeeklyTime | None) -> None:
    found = read(signals)
    assert isinstance(found, Thresholds), found
    assert found.digest == told


@pytest.mark.parametrize(
    "word", ["sunday 09:00", "mon", "09:00", "mon 9:00", "mon 09:00 Mars/Base", "[mon]", "off"]
)
def test_a_time_that_is_none_is_a_fault_in_its_line_and_no_silent_never(word: str) -> None:
    """abhijeetps/weekly-digest#74: `sun` and `sunday` were not the same, and nothing ran for weeks."""
    found = read(f"{{digest: {word}}}")
    assert not isinstance(found, Thresholds)
    (fault,) = found
    assert fault.line == 2
    assert "mon 09:00 Europe/Berlin" in str(fault)


def test_the_limits_of_approvers_are_settings() -> None:
    found = read("{fast_approver: 10s, always_yes: 90, always_yes_after: 30, mutual_approval: 4}")
    assert isinstance(found, Thresholds), found
    assert (found.fast_approver, found.always_yes, found.always_yes_after, found.mutual_approval) == (
        10,
        90,
        30,
        4,
    )
    assert found.burst == USUAL.burst


@pytest.mark.parametrize(
    "said", ["always_yes: 0", "always_yes: 101", "mutual_approval: 0", "fast_approver: 0s"]
)
def test_limits_that_tell_of_everybody_or_of_nobody_are_faults(said: str) -> None:
    assert not isinstance(read(f"{{{said}}}"), Thresholds)
