"""The ways in which a method of Slack fails, by name."""

from tests.scenario.town import Town


def switch_on(town: Town, method: str, fault: str, times: int | None = None) -> None:
    """Let a method fail in one of the ways that Slack has, so often or until cleared."""
    faults = town.slack.faults
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
