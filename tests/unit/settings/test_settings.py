"""Settings: a wrong one is one sentence that names it and never repeats the bad value."""

import base64
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.errors import SettingsError
from envaccess.settings import Settings, hide_slack_from_environment

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
OTHER_KEY = base64.urlsafe_b64encode(bytes(range(32, 64))).decode()
SERVING = {
    "SLACK_BOT_TOKEN": "xoxb-test",
    "SLACK_APP_TOKEN": "xapp-test",
    "ENVACCESS_APPROVERS_CHANNEL": "C0APPROVERS",
    "ENVACCESS_AUDIT_CHANNEL": "G0AUDIT",
}


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load()


def explicit(**values: object) -> Settings:
    return Settings.explicit(home=Path("/nowhere"), **values)


def test_nothing_set_loads_with_the_documented_defaults() -> None:
    settings = Settings.load()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.port == 3000
    assert settings.redis_url is None
    assert settings.home.is_absolute()
    assert settings.home.name == "envaccess"
    assert settings.master_keys == ()
    assert settings.retention == 400 * 86_400
    assert settings.delivery == "reveal"
    assert not settings.unsafe_redis
    assert not settings.unsafe_public_approvers
    assert not settings.loopback_api


def test_everything_set_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        **SERVING,
        SLACK_SIGNING_SECRET="signing-test",
        SLACK_API_URL="http://127.0.0.1:8080/api",
        PORT="8443",
        REDIS_URL="rediss://:password-for-tests@redis.example:6380/2",
        ENVACCESS_HOME="/srv/envaccess",
        ENVACCESS_MASTER_KEYS=f"{KEY}, {OTHER_KEY.rstrip('=')}",
        ENVACCESS_RETENTION="180d",
        ENVACCESS_DELIVERY="push",
        ENVACCESS_UNSAFE_REDIS="1",
        ENVACCESS_UNSAFE_PUBLIC_APPROVERS="1",
        ENVACCESS_UNSAFE_REDIS_TRANSPORT="1",
        ENVACCESS_LOG_LEVEL="debug",
        ENVACCESS_LOG_FORMAT="json",
        XDG_RUNTIME_DIR="/run/user/1000",
    )
    serving = settings.for_serving()
    assert serving.bot_token.get_secret_value() == "xoxb-test"
    assert serving.app_token is not None
    assert serving.approvers_channel == "C0APPROVERS"
    assert serving.audit_channel == "G0AUDIT"
    assert settings.slack_api_url == "http://127.0.0.1:8080/api/"
    assert settings.loopback_api
    assert settings.port == 8443
    assert settings.home == Path("/srv/envaccess")
    assert settings.runtime_dir == Path("/run/user/1000")
    assert [key.get_secret_value() for key in settings.master_keys] == [
        bytes(range(32)),
        bytes(range(32, 64)),
    ]
    assert settings.retention == 180 * 86_400
    assert settings.delivery == "push"
    assert settings.unsafe_redis
    assert settings.unsafe_public_approvers
    assert (settings.log_level, settings.log_format) == ("debug", "json")


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("SLACK_BOT_TOKEN", "xapp-pasted-into-the-wrong-place"),
        ("SLACK_BOT_TOKEN", "xoxb-two words"),
        ("SLACK_BOT_TOKEN", '"xoxb-quoted"'),
        ("SLACK_APP_TOKEN", "xoxb-pasted-into-the-wrong-place"),
        ("SLACK_SIGNING_SECRET", "xoxb-pasted-into-the-wrong-place"),
        ("SLACK_SIGNING_SECRET", "inner\nnewline"),
        ("SLACK_API_URL", "http://slack.example/api/"),
        ("SLACK_API_URL", "https://user:password-for-tests@slack.example/api/"),
        ("SLACK_API_URL", "https://slack.example/api/?token=value-for-tests"),
        ("SLACK_API_URL", "https://slack.example:port-for-tests/api/"),
        ("SLACK_API_URL", "http://127.0.0.1.evil.example/api/"),
        ("SLACK_API_URL", "http://[::1/api/"),
        ("SLACK_API_URL", "ftp://127.0.0.1/"),
        ("SLACK_API_URL", "https:///api/"),
        ("PORT", "http"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        *(
            ("ENVACCESS_LISTEN", bad)
            for bad in (
                "*",
                "bot.example",
                "0.0.0.0:8080",
                "[::1]:80",
                "::1]",
                "[127.0.0.1]",
                "127.1",
                "224.0.0.9",
                "10.0.0.0/8",
                "127.0.0.1,10.0.0.1",
                "-1",
            )
        ),
        *(
            ("ENVACCESS_TRUSTED_PROXIES", bad)
            for bad in (
                "proxy.example",
                "10.0.0.1/9",
                "10.0.0.0/33",
                "10.0.0.9;10.0.0.8",
                "10.0.0.7 10.0.0.8",
                "all",
            )
        ),
        ("REDIS_URL", "redis.example:6379"),
        ("REDIS_URL", "http://:password-for-tests@redis.example/"),
        ("REDIS_URL", "redis://:pass/word-for-tests@redis.example:6379"),
        ("REDIS_URL", "redis://redis.example:65536"),
        ("REDIS_URL", "redis+sentinel://:password-for-tests@one,two/0"),
        ("REDIS_URL", "unix://relative.sock"),
        ("REDIS_URL", "redis://user:12#word-for-tests@redis.example:6379/0"),
        ("REDIS_URL", "redis://:57#word-for-tests@127.0.0.1:6379/0"),
        ("REDIS_URL", "redis://:word[for-tests@redis.example"),
        ("REDIS_URL", "redis://:word for-tests@redis.example"),
        ("REDIS_URL", "redis://:w\u00f6rd-for-tests@redis.example"),
        ("REDIS_URL", "redis://user:12/word-for-tests@redis.example"),
        ("REDIS_URL", "redis://user:12?word-for-tests@redis.example"),
        ("REDIS_URL", "redis://user:12?db=0&word-for-tests@redis.example"),
        ("REDIS_URL", "redis://redis.example/first"),
        ("REDIS_URL", "redis://redis.example/0/1"),
        ("REDIS_URL", "redis://127.0.0.1?host=redis.example"),
        ("REDIS_URL", "redis://?host=redis.example"),
        ("REDIS_URL", "redis://redis.example?db=one"),
        ("REDIS_URL", "redis://redis.example?db=1&db=2"),
        ("REDIS_URL", "redis://redis.example?decode_responses=0"),
        ("REDIS_URL", "redis://redis.example?ssl_cert_reqs=none"),
        ("REDIS_URL", "rediss://redis.example?ssl_cert_reqs=NONE"),
        ("REDIS_URL", "rediss://redis.example?ssl_cert_reqs="),
        ("ENVACCESS_UNSAFE_REDIS_TRANSPORT", "maybe-for-tests"),
        ("ENVACCESS_HOME", "~no-such-person-for-tests/home"),
        ("ENVACCESS_APPROVERS_CHANNEL", "#approvers"),
        ("ENVACCESS_APPROVERS_CHANNEL", "D0DIRECT"),
        ("ENVACCESS_AUDIT_CHANNEL", "audit-log"),
        ("ENVACCESS_MASTER_KEYS", "short-key-for-tests"),
        ("ENVACCESS_MASTER_KEYS", f"{KEY},not-a-key-for-tests"),
        ("ENVACCESS_MASTER_KEYS", base64.b64encode(b"\xff" * 32).decode()),
        ("ENVACCESS_MASTER_KEYS", f"{KEY};{OTHER_KEY}"),
        ("ENVACCESS_POLICY_FILE", "~no-such-person-for-tests/policy.yml"),
        ("ENVACCESS_DELIVERY", "e-mail-for-tests"),
        *(("ENVACCESS_RETENTION", bad) for bad in ("89d", "3651d", "for-tests", "500", "once", "-500d")),
        *(("ENVACCESS_HOT_DAYS", bad) for bad in ("0", "-1", "3650", "7.5", "a-week")),
        *(("ENVACCESS_ARCHIVE", bad) for bad in ("archive", "s3://bucket", "./archive", "OFF")),
        ("ENVACCESS_UNSAFE_REDIS", "maybe-for-tests"),
        ("ENVACCESS_UNSAFE_PUBLIC_APPROVERS", "perhaps"),
        ("ENVACCESS_LOG_LEVEL", "loud"),
        ("ENVACCESS_LOG_FORMAT", "xml"),
    ],
)
def test_wrong_setting_is_one_sentence_that_names_it_and_hides_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, bad: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        load(monkeypatch, **{name: bad})
    sentence = str(refused.value)
    assert sentence.startswith(f"{name} ")
    assert "\n" not in sentence
    assert len(sentence) < 160
    assert bad not in sentence
    assert "for-tests" not in sentence
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "pydantic's own error holds the bad value"


@given(
    bad=st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=4).map(str.strip).filter(len)
)
def test_no_pasted_token_is_ever_repeated(bad: str) -> None:
    for field in (
        "slack_bot_token",
        "slack_app_token",
        "redis_url",
        "slack_api_url",
        "master_keys",
        "delivery",
    ):
        with pytest.raises(SettingsError) as refused:
            explicit(**{field: f"!{bad}~tail-for-tests"})
        assert "tail-for-tests" not in str(refused.value)


def test_stray_whitespace_is_trimmed_and_an_empty_value_is_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        SLACK_BOT_TOKEN=" xoxb-test\n",
        SLACK_APP_TOKEN="",
        REDIS_URL="  \n",
        PORT=" 8080 ",
        ENVACCESS_HOME="",
        ENVACCESS_POLICY_FILE=" ",
        ENVACCESS_MASTER_KEYS=f" {KEY} ,\n{OTHER_KEY},",
    )
    assert settings.slack_bot_token is not None
    assert settings.slack_bot_token.get_secret_value() == "xoxb-test"
    assert settings.slack_app_token is None
    assert settings.redis_url is None
    assert settings.port == 8080
    assert settings.home.name == "envaccess"
    assert settings.policy_file is None
    assert len(settings.master_keys) == 2


def test_names_in_another_case_are_not_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, redis_url="redis://elsewhere", home="/elsewhere").redis_url is None


def test_dotenv_file_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SLACK_BOT_TOKEN=xoxb-from-file\nPORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert Settings.load().slack_bot_token is None


@pytest.mark.parametrize(
    "missing", ["SLACK_BOT_TOKEN", "ENVACCESS_APPROVERS_CHANNEL", "ENVACCESS_AUDIT_CHANNEL"]
)
def test_serving_names_what_is_missing(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    settings = load(monkeypatch, **{name: value for name, value in SERVING.items() if name != missing})
    with pytest.raises(SettingsError, match=f"^{missing} is not set: [^\n]+$"):
        settings.for_serving()


def test_serving_names_all_that_is_missing_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.load().for_serving()
    assert str(refused.value).startswith("SLACK_BOT_TOKEN is not set")
    for name in ("SLACK_SIGNING_SECRET", "ENVACCESS_APPROVERS_CHANNEL", "ENVACCESS_AUDIT_CHANNEL"):
        assert name in str(refused.value)


def test_http_mode_needs_the_signing_secret_and_socket_mode_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, **SERVING).for_serving().signing_secret is None
    monkeypatch.delenv("SLACK_APP_TOKEN")
    with pytest.raises(SettingsError, match=r"^SLACK_SIGNING_SECRET is not set: .*SLACK_APP_TOKEN"):
        Settings.load().for_serving()
    assert load(monkeypatch, SLACK_SIGNING_SECRET="signing-test").for_serving().signing_secret is not None


def test_own_redis_without_master_keys_is_refused_by_every_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(monkeypatch, **SERVING, REDIS_URL="redis://redis.example")
    for entry in (settings.for_serving, settings.for_cli):
        with pytest.raises(
            SettingsError, match=r"^ENVACCESS_MASTER_KEYS is not set: .*envaccess keys generate"
        ):
            entry()


def test_commands_need_only_the_bot_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN is not set: "):
        Settings.load().for_cli()
    assert load(monkeypatch, SLACK_BOT_TOKEN="xoxb-test").for_cli().get_secret_value() == "xoxb-test"


def test_explicit_settings_ignore_the_whole_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo must not touch a real workspace or a real Redis, whatever its shell has set."""
    for name, value in {
        **SERVING,
        "PORT": "not-a-port",
        "REDIS_URL": "redis://production",
        "ENVACCESS_POLICY_FILE": "/etc/policy",
        "SLACK_CLIENT_ID": "1234.5678",
        "ENVACCESS_DELIVERY": "push",
        "XDG_RUNTIME_DIR": "/run/user/1000",
    }.items():
        monkeypatch.setenv(name, value)
    settings = explicit(slack_bot_token="xoxb-demo", port=0)
    assert settings.home == Path("/nowhere")
    assert settings.for_cli().get_secret_value() == "xoxb-demo"
    assert (settings.redis_url, settings.approvers_channel, settings.runtime_dir) == (None, None, None)
    assert settings.policy_file is None
    assert settings.delivery == "reveal"


def test_explicit_settings_are_checked_like_the_environment() -> None:
    with pytest.raises(SettingsError, match=r"^SLACK_BOT_TOKEN must "):
        explicit(slack_bot_token="not-a-token")
    with pytest.raises(SettingsError, match=r"^misspelt is no setting"):
        explicit(misspelt="value-for-tests")
    with pytest.raises(SettingsError, match=r"^ENVACCESS_MASTER_KEYS must "):
        explicit(master_keys=(b"short",))
    assert len(explicit(master_keys=(bytes(32),)).master_keys) == 1


def test_demo_can_hide_slack_from_libraries_that_read_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_BOT_TOKEN", "OTHER_NAME"):
        monkeypatch.setenv(name, "value-for-tests")
    hide_slack_from_environment()
    assert not [name for name in os.environ if name.startswith("SLACK_")]  # noqa: TID251
    assert os.environ["OTHER_NAME"] == "value-for-tests"  # noqa: TID251


def test_secrets_do_not_print(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(
        monkeypatch,
        **SERVING,
        SLACK_SIGNING_SECRET="signing-test",
        REDIS_URL="redis://:password-for%2Dtests@redis.example",
        ENVACCESS_MASTER_KEYS=KEY,
    )
    dumps = (settings.model_dump(), settings.model_dump_json())
    printed = f"{settings} {settings!r} {dumps} {settings.for_serving()}"
    for secret in (
        "xoxb-test",
        "xapp-test",
        "signing-test",
        "password-for",
        KEY.rstrip("="),
        "\\x01\\x02",
    ):
        assert secret not in printed
    passwords = {"password-for%2Dtests", "password-for-tests"}
    assert {"xoxb-test", "xapp-test", "signing-test", KEY.rstrip("=")} | passwords <= set(
        settings.secret_texts()
    )


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match=r"frozen"):
        Settings.load().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:1/api/", True),
        ("https://127.9.9.9/", True),
        ("http://[::1]:80/api", True),
        ("https://slack.com/api/", False),
        ("https://localhost.example/", False),
    ],
)
def test_loopback_api_is_told_from_the_network(url: str, loopback: bool) -> None:
    settings = explicit(slack_api_url=url)
    assert settings.loopback_api is loopback
    assert settings.slack_api_url.endswith("/")


def test_policy_file_is_made_absolute_and_need_not_be_there_yet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(monkeypatch, ENVACCESS_POLICY_FILE="policy.yml").policy_file == tmp_path / "policy.yml"


def test_home_is_made_absolute_and_knows_the_tilde(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert load(monkeypatch, ENVACCESS_HOME="~/data").home == tmp_path / "data"
    assert load(monkeypatch, ENVACCESS_HOME="data").home == tmp_path / "data"


def test_relative_runtime_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(monkeypatch, XDG_RUNTIME_DIR="run/user").runtime_dir is None
