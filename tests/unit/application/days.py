"""The threads of days, in memory: fits `projections.ports.DayThreads`."""


class FakeDays:
    """The thread of the last day that was told."""

    def __init__(self) -> None:
        self.kept = ("", "")
        self.waited = 0

    async def replicated(self) -> bool:
        self.waited += 1
        return False

    async def thread_of(self, day: str) -> str:
        return self.kept[1] if self.kept[0] == day else ""

    async def keep_thread(self, day: str, ts: str) -> None:
        self.kept = (day, ts)
