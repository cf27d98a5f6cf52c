"""Secrets from files, as containers mount them: what cannot be used is said, and never shown."""

import base64
import os
from pathlib import Path

import pytest

from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings, files

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
VALUES = {
    "SLACK_BOT_TOKEN": "xoxb-test",
    "SLACK_APP_TOKEN": "xapp-test",
    "SLACK_SIGNING_SECRET": "signing-test",
    "REDIS_URL": "redis://:word-for-tests@localhost",
    "ENVACCESS_MASTER_KEYS": KEY,
}


def mount(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, content: bytes) -> Path:
    file = folder / name.lower()
    file.write_bytes(content)
    file.chmod(0o600)
    monkeypatch.setenv(f"{name}_FILE", str(file))
    return file


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_every_secret_can_stand_in_a_file_and_one_newline_is_dropped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    for name, value in VALUES.items():
        mount(monkeypatch, tmp_path, name, f"{value}{end}".encode())
    settings = Settings.load()
    assert settings.slack_bot_token
    assert settings.slack_app_token
    assert settings.slack_signing_secret
    assert settings.redis_url
    assert settings.slack_bot_token.get_secret_value() == "xoxb-test"
    assert settings.slack_app_token.get_secret_value() == "xapp-test"
    assert settings.slack_signing_secret.get_secret_value() == "signing-test"
    assert settings.redis_url.get_secret_value() == VALUES["REDIS_URL"]
    assert [key.get_secret_value() for key in settings.master_keys] == [bytes(range(32))]
    assert settings.notes == {}
    assert {"xoxb-test", "word-for-tests"} <= set(settings.secret_texts())
    assert "xoxb-test" not in f"{settings!r}"


@pytest.mark.parametrize("name", VALUES)
def test_a_setting_that_is_given_twice_is_refused_naming_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """Which of two tokens is meant, nobody can guess."""
    mount(monkeypatch, tmp_path, name, VALUES[name].encode())
    monkeypatch.setenv(name, VALUES[name])
    with pytest.raises(SettingsError, match=f"^{name} and {name}_FILE are both set: "):
        Settings.load()


def test_an_empty_setting_beside_its_file_is_unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mount(monkeypatch, tmp_path, "SLACK_BOT_TOKEN", b"xoxb-test")
    monkeypatch.setenv("SLACK_BOT_TOKEN", " ")
    assert Settings.load().slack_bot_token


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"xoxb-test\0", "NUL"),
        (b"xoxb-\xff", "UTF-8"),
        (b"x" * (files.LONGEST + 1), "too large"),
    ],
)
def test_a_file_that_cannot_hold_a_secret_is_one_sentence_without_its_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes, words: str
) -> None:
    mount(monkeypatch, tmp_path, "SLACK_BOT_TOKEN", content)
    with pytest.raises(SettingsError) as refused:
        Settings.load()
    (sentence,) = refused.value.sentences
    assert sentence.startswith("SLACK_BOT_TOKEN_FILE names a file that ")
    assert words in sentence
    assert "xoxb" not in sentence


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "tilde"])
def test_a_place_that_holds_no_file_is_said_and_nothing_hangs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    place = tmp_path / kind
    if kind == "folder":
        place.mkdir()
    if kind == "pipe":
        os.mkfifo(place)
    named = "~no-such-person-for-tests/token" if kind == "tilde" else str(place)
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", named)
    with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN_FILE names a file that "):
        Settings.load()


def test_a_file_that_others_can_read_is_used_with_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Kubernetes mounts secrets so, by default; refusing would stop what worked."""
    mount(monkeypatch, tmp_path, "SLACK_BOT_TOKEN", b"xoxb-test").chmod(0o644)
    settings = Settings.load()
    assert settings.slack_bot_token
    assert "chmod 600" in settings.notes["SLACK_BOT_TOKEN_FILE"]


def test_a_link_is_followed_as_kubernetes_mounts_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = mount(monkeypatch, tmp_path, "SLACK_BOT_TOKEN", b"xoxb-test\n")
    link = tmp_path / "link"
    link.symlink_to(file)
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(link))
    assert Settings.load().slack_bot_token


def test_the_file_of_a_bad_value_is_told_by_the_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mount(monkeypatch, tmp_path, "SLACK_BOT_TOKEN", b"xapp-pasted-into-the-wrong-place\n")
    with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN must be a bot token"):
        Settings.load()


def test_everything_that_is_wrong_or_missing_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One fault a start would take an evening of starts."""
    monkeypatch.setenv("SLACK_BOT_TOKEN_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("SLACK_APP_TOKEN", "xoxb-wrong-kind")
    monkeypatch.setenv("PORT", "http")
    monkeypatch.setenv("REDIS_URL", "http://127.0.0.1")
    monkeypatch.setenv("SLACK_CLIENT_ID", "1")
    settings = Settings.look()
    faults = settings.faults_for_serving()
    named = [fault.partition(" ")[0] for fault in faults]
    assert sorted(named) == [
        "ENVACCESS_APPROVERS_CHANNEL",
        "ENVACCESS_AUDIT_CHANNEL",
        "ENVACCESS_MASTER_KEYS",
        "PORT",
        "REDIS_URL",
        "SLACK_APP_TOKEN",
        "SLACK_BOT_TOKEN_FILE",
        "SLACK_CLIENT_ID",
    ]
    with pytest.raises(SettingsError) as refused:
        settings.for_cli()
    assert len(refused.value.sentences) == 6
    assert settings.port == 3000, "what is wrong counts as unset"
