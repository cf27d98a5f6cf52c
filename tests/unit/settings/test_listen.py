"""Where the process listens, and whose connections are not capped: as people write it in the environment."""

import pytest

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
