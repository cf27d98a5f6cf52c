"""Which hosts are reached without a proxy: NO_PROXY, as curl reads it."""

from ipaddress import ip_address, ip_network


def goes_direct(host: str, port: int, no_proxy: str) -> bool:
    """Whether a host is among those that NO_PROXY names.

    Entries are parted by commas or blanks: `*` for all, a domain with all below it (a dot before it changes
    nothing), either with `:PORT`, an address, or a network such as `10.0.0.0/8`.
    """
    entries = no_proxy.replace(",", " ").split()
    return any(entry == "*" or _covers(entry.lower(), host.lower(), port) for entry in entries)


def _covers(entry: str, host: str, port: int) -> bool:
    name, colon, wanted = entry.rpartition(":")
    if colon and wanted.isascii() and wanted.isdigit() and not name.count(":"):
        if int(wanted) != port:
            return False
        entry = name
    domain = entry.lstrip(".")
    return host == domain or (bool(domain) and host.endswith(f".{domain}")) or _in_network(entry, host)


def _in_network(entry: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return False
