"""Other people's systems, as `projections.sinks.ports.Sink`: a file a kind of system."""

from envaccess.sinks.opening import open_sink

__all__ = ["open_sink"]
