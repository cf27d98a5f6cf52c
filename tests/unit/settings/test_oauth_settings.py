"""The settings that let many workspaces install the app, and what does not go with them."""

import pytest

from envaccess.domain.errors import SettingsError
from tests.unit.settings.test_settings import SERVING, load

OAUTH = {"SLACK_CLIENT_ID": "1234.5678", "SLACK_CLIENT_SECRET": "value-for-tests"}


def test_a_client_id_and_its_secret_let_every_workspace_install_the_app(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load(monkeypatch, **OAUTH).oauth
    assert not load(monkeypatch, SLACK_CLIENT_ID="", SLACK_CLIENT_SECRET=" ").oauth, "empty counts as unset"


@pytest.mark.parametrize("name", sorted(OAUTH))
def test_one_of_the_two_alone_names_the_other(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (other,) = OAUTH.keys() - {name}
    faults = load(monkeypatch, **{**SERVING, "SLACK_BOT_TOKEN": "", name: OAUTH[name]}).faults_for_serving()
    assert [fault.partition(" ")[0] for fault in faults] == [other, "ENVACCESS_API_URL"]


def test_a_bot_token_beside_a_client_id_is_refused_by_one_line_that_names_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = {"ENVACCESS_API_URL": "http://127.0.0.1:1"}
    (fault,) = load(monkeypatch, **SERVING, **OAUTH, **url).faults_for_serving()
    assert "SLACK_CLIENT_ID" in fault
    assert "SLACK_BOT_TOKEN" in fault


def test_a_file_of_workspaces_without_oauth_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    (fault,) = load(monkeypatch, **SERVING, ENVACCESS_WORKSPACES_FILE="/w.yml").faults_for_serving()
    assert fault.startswith("ENVACCESS_WORKSPACES_FILE ")


def test_oauth_without_channels_and_without_a_file_serves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    more = {"SLACK_BOT_TOKEN": "", "ENVACCESS_AUDIT_CHANNEL": "", **OAUTH}
    url, channels = load(monkeypatch, **{**SERVING, **more}).faults_for_serving()
    assert url.startswith("ENVACCESS_API_URL is not set")
    assert channels.startswith("ENVACCESS_WORKSPACES_FILE is not set")


@pytest.mark.parametrize("name", sorted(OAUTH))
def test_a_client_id_that_is_none_is_refused_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{name} must be the Client") as refused:
        load(monkeypatch, **{**OAUTH, name: "xoxb-tail-for-tests"})
    assert "tail-for-tests" not in str(refused.value)
