"""Where the process listens, and whose connections are not capped: as people write it in the environment."""

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("0.0.0.0", "0.0.0.0"),  # noqa: S104 (what is tested)
        (" 127.0.0.1 ", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("::", "::"),
        ("[::]", "::"),
        ("[::1]", "::1"),
    ],
)
def test_an_address_to_listen_on_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, typed: str, address: str
) -> None:
    for token in ("", "xapp-test"):
        settings = load(monkeypatch, ENVACCESS_LISTEN=typed, SLACK_APP_TOKEN=token)
        assert settings.listen_address == address


def test_only_http_mode_listens_to_the_network_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, SLACK_APP_TOKEN="xapp-test").listen_address == "127.0.0.1"
    assert load(monkeypatch, SLACK_APP_TOKEN="").listen_address == "::"


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, ENVACCESS_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.7,,2001:db8::/32")
    assert list(map(str, settings.trusted_proxies)) == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]
    assert load(monkeypatch, ENVACCESS_TRUSTED_PROXIES=" ").trusted_proxies == ()


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("https://Access.Example.com/", "https://access.example.com"),
        ("https://access.example.com:443", "https://access.example.com"),
        ("https://access.example.com:8443/", "https://access.example.com:8443"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000/", "http://[::1]:3000"),
    ],
)
def test_the_address_of_the_api_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, typed: str, address: str
) -> None:
    assert load(monkeypatch, ENVACCESS_API_URL=typed).api_url == address


@pytest.mark.parametrize(
    "typed",
    [
        "http://access.example.com",
        "access.example.com",
        "https://access.example.com?x=value-for-tests",
        "https://access.example.com?",
        "https://access.example.com#",
        "https://someone:value-for-tests@access.example.com",
        "https://access.example.com:value-for-tests",
        "https://access.example.com:0",
        "https://",
        "https://access example.com",
        "https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example",
        "ftp://127.0.0.1",
        "http://127.0.0.1.evil.example",
    ],
)
def test_any_other_address_of_the_api_is_refused_in_one_line_without_it(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, ENVACCESS_API_URL=typed)
    (sentence,) = refused.value.sentences
    assert sentence.startswith("ENVACCESS_API_URL ")
    assert "value-for-tests" not in sentence


def test_a_path_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="must have no path: give the API a host of its own"):
        load(monkeypatch, ENVACCESS_API_URL="https://example.com/envaccess/")


def test_an_api_for_others_must_say_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """In Socket Mode the process listens on this machine only, where others would never reach it."""

    def faults(**environment: str) -> list[str]:
        found = load(monkeypatch, **environment).faults_for_serving()
        return [fault for fault in found if "ENVACCESS_LISTEN" in fault]

    public = "https://access.example.com"
    assert len(faults(SLACK_APP_TOKEN="xapp-test", ENVACCESS_API_URL=public)) == 1
    assert faults(ENVACCESS_LISTEN="127.0.0.1", ENVACCESS_API_URL=public) == []
    assert faults(ENVACCESS_LISTEN="", ENVACCESS_API_URL="http://127.0.0.1:3000") == []
    assert faults(ENVACCESS_LISTEN="", SLACK_APP_TOKEN="", ENVACCESS_API_URL=public) == []


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("127.0.0.1:9464", ("127.0.0.1", 9464)),
        (" localhost:1 ", ("127.0.0.1", 1)),
        ("0.0.0.0:65535", ("0.0.0.0", 65_535)),  # noqa: S104 (what is tested)
        ("[::]:9464", ("::", 9464)),
        ("[::1]:9464", ("::1", 9464)),
        ("", None),
    ],
)
def test_where_metrics_are_shown_is_read_as_people_write_it_and_off_by_itself(
    monkeypatch: pytest.MonkeyPatch, typed: str, address: tuple[str, int] | None
) -> None:
    assert load(monkeypatch, ENVACCESS_METRICS_LISTEN=typed).metrics_listen == address


@pytest.mark.parametrize(
    "typed",
    [
        *("9464", ":9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:9e3"),
        *("::1:9464", "[::1:9464", "example.com:9464", "http://127.0.0.1:9464", "224.0.0.1:9464", "on", "1"),
        *("127.0.0.1:" + "9" * 5_000, "127.0.0.1:٣", "[127.0.0.1]:9464", "127.0.0.1:9464,0.0.0.0:9464"),
    ],
)
def test_any_other_place_for_metrics_stops_the_start_in_one_line_without_it(
    monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, ENVACCESS_METRICS_LISTEN=typed)
    assert str(refused.value) == (
        "ENVACCESS_METRICS_LISTEN must be an address and a port: 127.0.0.1:9464, 0.0.0.0:9464 for all, or "
        "[::]:9464"
    )
