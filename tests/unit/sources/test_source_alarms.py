"""Each kind of fault alarms the operators once for as long as it lasts, and says what to do."""

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.variable import Variable
from envaccess.slack.alarms import Alarms
from envaccess.wiring.sources import MENDS, SourceAlarms

A = Variable("production", "A")


class _Told(Alarms):
    """Keeps what is told and what is over."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []
        self.over: list[tuple[str, str]] = []

    def tell(self, tag: str, subject: str = "", *, problem: str, mend: str) -> None:
        assert mend
        assert "production/" in problem
        self.said.append((tag, subject))

    def clear(self, tag: str, channel: str = "") -> None:
        self.over.append((tag, channel))


@pytest.mark.parametrize("fault", SourceFault)
def test_each_fault_is_an_alarm_of_its_own_with_what_to_do(fault: SourceFault) -> None:
    alarms = _Told()
    SourceAlarms(alarms).failed(A, SourceFaultError(fault, "kv"))
    whole = fault in {SourceFault.DOWN, SourceFault.SLOW}
    assert alarms.said == [(f"source_{fault}", "kv" if whole else "kv:production/A")]
    assert MENDS[fault]


def test_an_answer_ends_the_alarms_of_its_source_and_of_its_variable_alone() -> None:
    alarms = _Told()
    SourceAlarms(alarms).answered(A, "kv")
    assert ("source_down", "kv") in alarms.over
    assert ("source_denied", "kv:production/A") in alarms.over
    assert not any("production/B" in subject or "other" in subject for _, subject in alarms.over)
