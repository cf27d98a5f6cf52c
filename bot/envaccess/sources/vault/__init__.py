"""Vault and OpenBao: KV v2 and the database secrets engine, by their documented HTTP API."""
