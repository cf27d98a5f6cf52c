"""The embedded Valkey: a process supervisor, no Redis client."""
