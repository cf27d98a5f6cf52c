"""Where traces are sent, as OpenTelemetry's variables say it; a wrong one is told without its text."""

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.settings.otlp import headers_of
from tests.unit.settings.test_listen import load

URL, HEADERS = "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"


def test_they_are_read_as_opentelemetry_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {HEADERS: " api-key=a%20b%3Dc%2C , x-tenant=acme,,", "ENVACCESS_TRACES_PERCENT": "5"}
    settings = load(monkeypatch, **{URL: "https://collector.example:4318/base/"}, **more)
    assert settings.traces_endpoint == "https://collector.example:4318/base"
    assert headers_of(settings.traces_headers) == {"api-key": "a b=c,", "x-tenant": "acme"}
    assert settings.traces_percent == 5
    assert "a%20b" not in repr(settings)


def test_unset_or_empty_none_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch).traces_endpoint is None
    assert load(monkeypatch, **{URL: ""}).traces_endpoint is None


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        (URL, "collector:4318"),
        (URL, "grpc://collector:4317"),
        (URL, "http://user:hidden-word@collector:4318"),
        (URL, "http://collector:4318/?key=hidden-word"),
        (URL, "http://collector:0"),
        (URL, "http://"),
        (HEADERS, "hidden-word"),
        (HEADERS, "a b=hidden-word"),
        (HEADERS, "key=hidden-word%0d%0aX-Other: 1"),
        (HEADERS, "key=%ff"),
        ("ENVACCESS_TRACES_PERCENT", "0"),
        ("ENVACCESS_TRACES_PERCENT", "101"),
    ],
)
def test_a_wrong_one_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, typed: str
) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} must be ") as refused:
        load(monkeypatch, **{name: typed})
    assert "hidden-word" not in str(refused.value)
