"""Faults that only a person mends, as long as they last."""

from typing import Final

import structlog

_TOLD_MOST: Final = 1_000

_log = structlog.get_logger()


class Alarms:
    """What is wrong now; while an alarm of `sound` lasts, the process is not ready."""

    def __init__(self) -> None:
        self._faults: dict[str, None] = {}
        self._told: dict[str, None] = {}

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, in the order it came: short tags with ids, fit for `/readyz`."""
        return tuple(self._faults)

    def sound(self, tag: str, channel: str = "", *, problem: str = "", mend: str = "") -> None:
        """Note a fault and log it, each once for as long as it lasts.

        Args:
            tag: what is wrong, a constant word.
            channel: the id of the channel that it is about.
            problem: what is wrong, for the operator's log.
            mend: what to do about it.
        """
        fault = _name(tag, channel)
        if fault not in self._faults:
            self._faults[fault] = None
            _log.error("alarm", tag=tag, channel=channel, problem=problem, mend=mend)

    def tell(self, tag: str, subject: str = "", *, problem: str, mend: str) -> None:
        """Log a fault that every process would meet, once while it lasts; this process stays ready.

        Args:
            tag: what is wrong, a constant word.
            subject: the id of the request or channel that it is about.
            problem: what is wrong, for the operator's log.
            mend: what to do about it.
        """
        fault = _name(tag, subject)
        if fault in self._told:
            return
        if len(self._told) >= _TOLD_MOST:
            del self._told[next(iter(self._told))]
        self._told[fault] = None
        _log.error("alarm", tag=tag, subject=subject, problem=problem, mend=mend)

    def clear(self, tag: str, channel: str = "") -> None:
        """The fault is over."""
        fault = _name(tag, channel)
        if fault in self._told:
            del self._told[fault]
            _log.info("alarm_over", tag=tag, subject=channel)
        if fault in self._faults:
            del self._faults[fault]
            _log.info("alarm_over", tag=tag, channel=channel)


def _name(tag: str, channel: str) -> str:
    return f"{tag}:{channel}" if channel else tag
