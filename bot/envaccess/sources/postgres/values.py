"""Puts a login into the text that people and programs use: a URL, or whatever the file's template makes."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from envaccess.sources.postgres.address import Address

USER: Final = "{user}"


def default_template(address: Address, database: str) -> str:
    """A URL of the server that the minting role itself uses."""
    login, named = "postgresql://{user}:{password}@", encoded(database)
    if address.host.startswith("/"):
        return f"{login}/{named}?host={encoded(address.host)}&port={address.port}"
    query = f"?sslmode={address.sslmode}" if address.sslmode else ""
    return f"{login}{_hosts(address)}/{named}{query}"


def encoded(text: str) -> str:
    """It as a part of a URL: whatever is no letter, digit or `-._~` as %XX."""
    return quote(text, safe="")


def user_in(value: str, template: str, users: Sequence[str]) -> str | None:
    """Which of these users a value is the login of; None where that is not certain."""
    before, _, behind = template.partition(USER)
    behind = behind.partition("{")[0]
    if "{" in before or not behind or USER not in template:
        return None
    found = [user for user in users if user and value.startswith(before + encoded(user) + behind)]
    return found[0] if len(found) == 1 else None


def _hosts(address: Address) -> str:
    ports = address.port.split(",")
    hosts = address.host.split(",")
    paired = zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False)
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in paired)
