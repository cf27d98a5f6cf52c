"""Sinks in memory, as the commands see them."""

from dataclasses import dataclass, field

from envaccess.domain.sinks import SinkLag, SinkSpec


@dataclass
class FakeSinks:
    """Fits `cli.sinks.SinkTools`."""

    declared: list[SinkSpec] = field(default_factory=list)
    known: list[SinkLag] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    async def lags(self) -> list[SinkLag]:
        return self.known

    async def drop(self, name: str) -> bool:
        self.dropped.append(name)
        return name in {lag.name for lag in self.known}
