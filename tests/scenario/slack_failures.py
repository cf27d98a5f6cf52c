"""The ways in which a method of Slack fails, by name."""

from tests.scenario.harness import ScenarioHarness


def switch_on(harness: ScenarioHarness, method: str, fault: str, times: int | None = None) -> None:
    """Let a method fail in one of the ways that Slack has, so often or until cleared."""
    faults = harness.slack.faults
    if fault == "429":
        faults.rate_limit(method, retry_after=0 if times else 30, times=times)
    elif fault == "ok:false":
        faults.answer(method, "internal_error", times=times)
    elif fault == "dropped":
        faults.refuse(method, times=times)
    elif fault == "hanging":
        faults.hang(method, times=times)
    else:
        faults.break_down(method, status=int(fault), times=times)
