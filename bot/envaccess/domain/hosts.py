"""Hosts of URLs."""

from ipaddress import ip_address


def is_loopback(host: str | None) -> bool:
    """Whether a URL's host is this machine, by its name or its address."""
    if host == "localhost":
        return True
    try:  # a zone is a part of the text that ip_address takes as it stands: `::1%.example.com` is a name
        return "%" not in (host or "") and ip_address(host or "").is_loopback
    except ValueError:
        return False
