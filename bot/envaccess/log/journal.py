"""The log as services see it: fits `ports.process.Journal`."""

import structlog


class LogJournal:
    """Writes to structlog; what it is given are tags and ids."""

    def fault(self, what: str, **facts: str) -> None:
        """An expected fault, one line without a traceback."""
        structlog.get_logger().warning(what, **facts)

    def crash(self, what: str, error: BaseException) -> None:
        """A fault nobody expected, with its scrubbed traceback."""
        structlog.get_logger().error(what, error=error, exc_info=error)
