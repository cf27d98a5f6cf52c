"""Puts a login into the text that people and programs use: a URL, or whatever the file's template makes."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from envaccess.sources.postgres.address import Address

USER: Final = "{user}"


def default_template(address: Address) -> str:
    """A URL of the server that the minting role itself uses."""
    if address.host.startswith("/"):
        return f"postgresql://{{user}}:{{password}}@/{{database}}?host={quote(address.host)}&port={{port}}"
    query = f"?sslmode={address.sslmode}" if address.sslmode else ""
    return f"postgresql://{{user}}:{{password}}@{_hosts(address)}/{{database}}{query}"


def filled(template: str, parts: Mapping[str, str]) -> str:
    """The template with these in it, percent-encoded as parts of a URL are: no brace is left in one."""
    for name, value in parts.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def renewed(value: str, user: str, password: str) -> str:
    """A URL with another login in it, and nothing else changed."""
    whole = urlsplit(value)
    host = whole.netloc.rpartition("@")[2]
    before, _, after = value.partition(whole.netloc)
    return f"{before}{quote(user, safe='')}:{quote(password, safe='')}@{host}{after}"


def user_in(value: str, template: str, users: Sequence[str]) -> str | None:
    """Which of these users a value is the login of; None where that is not certain."""
    if not template:
        return _user_of_url(value, users)
    before, _, behind = template.partition(USER)
    behind = behind.partition("{")[0]
    if "{" in before or not behind or USER not in template:
        return None
    found = [user for user in users if value.startswith(before + quote(user, safe="") + behind)]
    return found[0] if len(found) == 1 else None


def _user_of_url(value: str, users: Sequence[str]) -> str | None:
    try:
        login = urlsplit(value).netloc.rpartition("@")[0]
    except ValueError:
        return None
    user, colon, _ = login.partition(":")
    return unquote(user) if colon and unquote(user) in users else None


def _hosts(address: Address) -> str:
    ports = address.port.split(",")
    hosts = address.host.split(",")
    paired = zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=False)
    return ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in paired)
