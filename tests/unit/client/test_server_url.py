"""A session goes to https alone, or to this machine, and a server has one URL."""

import pytest

from envaccess.client.errors import ServerUrlError
from envaccess.client.proxies import goes_direct
from envaccess.client.server_url import read_server_url


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("https://access.example.com", "https://access.example.com"),
        ("https://Access.Example.com/", "https://access.example.com"),
        ("https://access.example.com:443", "https://access.example.com"),
        ("https://access.example.com:8443/envaccess/", "https://access.example.com:8443/envaccess"),
        (" access.example.com ", "https://access.example.com"),
        ("access.example.com:8443", "https://access.example.com:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:80/", "http://localhost"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_a_url_has_one_writing(typed: str, written: str) -> None:
    assert read_server_url(typed) == written
    assert read_server_url(written) == written


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://access.example.com",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://128.0.0.1",
        "ftp://access.example.com",
        "file:///etc/passwd",
        "https://",
        "https://alice:secret@access.example.com",
        "https://access.example.com?x=1",
        "https://access.example.com#x",
        "https://access.example.com:0",
        "https://access.example.com:99999",
        "https://access example.com",
        "https://acc\N{CYRILLIC SMALL LETTER ES}ess.example.com",
        "https://access.example.com\r\nX: y",
        "https://[::1",
    ],
)
def test_other_urls_are_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(ServerUrlError) as caught:
        read_server_url(typed)
    assert "example" not in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("", False),
        ("*", True),
        ("example.com", True),
        (".example.com", True),
        ("other.com, access.example.com", True),
        ("other.com access.example.com:443", True),
        ("access.example.com:8443", False),
        ("ample.com", False),
        ("10.0.0.0/8", False),
        (",", False),
        (".", False),
    ],
)
def test_no_proxy_is_read_as_curl_reads_it(no_proxy: str, direct: bool) -> None:
    assert goes_direct("Access.example.com", 443, no_proxy) is direct


def test_a_network_covers_its_addresses() -> None:
    assert goes_direct("10.1.2.3", 443, "10.0.0.0/8")
    assert not goes_direct("11.1.2.3", 443, "10.0.0.0/8")
