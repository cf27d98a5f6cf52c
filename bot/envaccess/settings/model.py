"""The settings, read once from the environment, checked and frozen; their secrets do not print.

`Settings.look()` asks for nothing: every entry point then says what it cannot do without (`for_serving`,
`for_cli`). Missing and wrong settings are one `SettingsError`: a sentence each, with the setting's name and
the mend, never with the bad value, since that may be a token in the wrong place. Values are trimmed, and an
empty one counts as unset. There is no `.env` reading; HTTP(S)_PROXY is slack-sdk's business.
"""

import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from envaccess.domain.durability import Durability
from envaccess.domain.errors import SettingsError
from envaccess.domain.health import Transport
from envaccess.domain.hosts import is_loopback
from envaccess.domain.retention import RETENTION
from envaccess.domain.sinks import SinkSpec
from envaccess.domain.workspaces import WorkspaceEntry
from envaccess.settings.archiving import ArchiveSettings, refuse_long_hot
from envaccess.settings.faults import name_of, sentences
from envaccess.settings.files import read_files
from envaccess.settings.kinds import (
    DrainSeconds,
    DurabilityOf,
    FilePath,
    ListenAddress,
    MasterKeys,
    MetricsListen,
    Networks,
    OperatorName,
    Origin,
    RedisUrl,
    Retention,
    RuntimeFolder,
)
from envaccess.settings.otlp import TraceSettings
from envaccess.settings.redis_url import passwords, transport
from envaccess.settings.serving import (
    WHERE_TO_FIND,
    Serving,
    needs,
    refuse_mixed,
    refuse_unreachable,
)
from envaccess.settings.sinks_file import find_sinks
from envaccess.settings.slack_fields import SlackFields


class Settings(ArchiveSettings, SlackFields, TraceSettings):
    """All settings, as README lists them; a field's description completes the sentence of its fault.

    Attributes:
        master_keys: 32 bytes each; the first seals, all open. Empty when unset.
        redis_url: None means the embedded server.
        listen: None means `listen_address`'s usual one.
        metrics_listen: address and port where metrics are shown; None: nowhere, and none are kept.
        trusted_proxies: peers whose connections are not limited by address, and who say for whom they ask.
        api_url: the address of our own API, without a path; None: there is none.
        home: absolute; it may not exist yet.
        runtime_dir: absolute; None when the system names none.
        sudo_user: as it stands; whoever uses it checks it.
        operator: who works at the command line, as they say; None when unset.
        retention: how long events and what is over are kept, in seconds.
        drain_seconds: for how long payloads are taken after being told to stop, while not ready any more.
        policy_file: absolute; it may not exist. None means the built-in policy.
        workspaces_file: absolute; what each workspace uses. None: all use what the settings say.
        sources_file: absolute; it may not exist. None: every value is in the sealed store.
        log_format: None means `console` on a terminal, else `json`.
    """

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        case_sensitive=True,
        hide_input_in_errors=True,
    )

    port: int = Field(
        3000,
        ge=0,
        le=65535,
        validation_alias="PORT",
        description="must be a number from 0 (any free port) to 65535",
    )
    listen: ListenAddress | None = Field(
        None,
        validation_alias="ENVACCESS_LISTEN",
        description="must be one address of this machine without a port: 127.0.0.1, 0.0.0.0 for all, or ::",
    )
    metrics_listen: MetricsListen = Field(
        None,
        validation_alias="ENVACCESS_METRICS_LISTEN",
        description="must be an address and a port: 127.0.0.1:9464, 0.0.0.0:9464 for all, or [::]:9464",
    )
    trusted_proxies: Networks = Field(
        (),
        validation_alias="ENVACCESS_TRUSTED_PROXIES",
        description="must be addresses or networks, such as 10.0.0.5 or 10.0.0.0/8, with commas between them",
    )
    api_url: Origin | None = Field(
        None,
        validation_alias="ENVACCESS_API_URL",
        description="must be an https:// URL without a path (http:// only for this machine)",
    )
    redis_url: RedisUrl | None = Field(
        None,
        validation_alias="REDIS_URL",
        description="must be a valid redis://, rediss:// or unix:/// URL",
    )
    home: FilePath = Field(
        default_factory=lambda: user_data_path("envaccess", appauthor=False),
        validation_alias="ENVACCESS_HOME",
        description="must be the path of a folder",
    )
    runtime_dir: RuntimeFolder = Field(
        None, validation_alias="XDG_RUNTIME_DIR", description="must be the path of a folder"
    )
    sudo_user: str = Field("", validation_alias="SUDO_USER", description="must be an account's name")
    operator: OperatorName | None = Field(
        None,
        validation_alias="ENVACCESS_OPERATOR",
        description="must be a name of at most 64 letters, digits and . _ @ + -",
    )
    master_keys: MasterKeys = Field(
        (),
        validation_alias="ENVACCESS_MASTER_KEYS",
        description="must be keys of 32 bytes in urlsafe base64, with commas between them",
    )
    policy_file: FilePath | None = Field(
        None, validation_alias="ENVACCESS_POLICY_FILE", description="must be the path of a file"
    )
    workspaces_file: FilePath | None = Field(
        None, validation_alias="ENVACCESS_WORKSPACES_FILE", description="must be the path of a file"
    )
    sinks_file: FilePath | None = Field(
        None, validation_alias="ENVACCESS_SINKS_FILE", description="must be the path of a file"
    )
    sources_file: FilePath | None = Field(
        None, validation_alias="ENVACCESS_SOURCES_FILE", description="must be the path of a file"
    )
    retention: Retention = Field(
        RETENTION,
        validation_alias="ENVACCESS_RETENTION",
        description="must be a time from 90d (access reviews look back a quarter) to 3650d, such as 400d",
    )
    drain_seconds: DrainSeconds = Field(
        0, validation_alias="ENVACCESS_DRAIN_SECONDS", description="must be whole seconds from 0 to 300"
    )
    delivery: Literal["reveal", "push"] = Field(
        "reveal", validation_alias="ENVACCESS_DELIVERY", description="must be reveal or push"
    )
    durability: DurabilityOf = Field(
        Durability(),
        validation_alias="ENVACCESS_DURABILITY",
        description="must be local, replicas:1 (to replicas:9), or managed",
    )
    unsafe_postgres_15: bool = Field(
        False, validation_alias="ENVACCESS_UNSAFE_POSTGRES_15", description="must be 1 or 0"
    )
    unsafe_redis: bool = Field(False, validation_alias="ENVACCESS_UNSAFE_REDIS", description="must be 1 or 0")
    unsafe_redis_transport: bool = Field(
        False, validation_alias="ENVACCESS_UNSAFE_REDIS_TRANSPORT", description="must be 1 or 0"
    )
    unsafe_public_approvers: bool = Field(
        False, validation_alias="ENVACCESS_UNSAFE_PUBLIC_APPROVERS", description="must be 1 or 0"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", validation_alias="ENVACCESS_LOG_LEVEL", description="must be debug, info, warning or error"
    )
    log_format: Literal["json", "console"] | None = Field(
        None, validation_alias="ENVACCESS_LOG_FORMAT", description="must be json or console"
    )

    _wrong: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _notes: Mapping[str, str] = PrivateAttr(default_factory=dict)
    _sinks: tuple[SinkSpec, ...] = PrivateAttr(())

    @classmethod
    def load(cls) -> "Settings":
        """Read the environment; nothing is missed yet.

        Raises:
            SettingsError: settings are wrong.
        """
        settings = cls.look()
        if settings.wrong:
            raise SettingsError(*settings.wrong.values())
        return settings

    @classmethod
    def look(cls) -> "Settings":
        """Read the environment and the files that it names; what is wrong counts as unset, and is told.

        Raises nothing: `wrong` tells what `for_serving` and `for_cli` then refuse.
        """
        environment = dict(os.environ)  # noqa: TID251 (this is the one place)
        files = read_files(environment)
        names = {str(field.validation_alias) for field in cls.model_fields.values()}
        given = {name: value for name, value in environment.items() if name in names - files.wrong.keys()}
        settings, wrong = _sound(_Explicit, {**given, **files.values})
        settings._wrong = {**files.wrong, **wrong}  # noqa: SLF001 (its own class)
        settings._notes = files.notes  # noqa: SLF001
        settings._sinks, unread = find_sinks(settings.sinks_file, environment)  # noqa: SLF001
        settings._wrong = {**settings._wrong, **unread}  # noqa: SLF001
        return settings

    @classmethod
    def explicit(cls, *, home: Path, **values: object) -> "Settings":
        """Build settings from arguments alone, by field name, as the demo and the tests do.

        The home must be named, so that none of them touches the user's own.

        Raises:
            SettingsError: a value is wrong.
        """
        settings = _checked(_Explicit, {"home": home, **values})
        settings._sinks, unread = find_sinks(settings.sinks_file, {})  # noqa: SLF001 (its own class)
        _refuse(tuple(unread.values()))
        return settings

    @model_validator(mode="before")
    @classmethod
    def _trim(cls, values: dict[str, object]) -> dict[str, object]:
        trimmed = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        return {name: value for name, value in trimmed.items() if value != ""}

    @property
    def wrong(self) -> Mapping[str, str]:
        """One sentence for each setting that was wrong, and therefore counts as unset, by its name."""
        return self._wrong

    @property
    def notes(self) -> Mapping[str, str]:
        """What is not wrong, but should be known, by a setting's name."""
        return self._notes

    @property
    def sinks(self) -> tuple[SinkSpec, ...]:
        """Other people's systems that are sent every event."""
        return self._sinks

    @property
    def transport(self) -> Transport | None:
        """How what is said to Redis travels; None for the embedded server."""
        return transport(self.redis_url.get_secret_value()) if self.redis_url else None

    @property
    def listen_address(self) -> str:
        """Where to listen: in HTTP mode Slack must reach us, in Socket Mode nobody else need."""
        return self.listen or ("127.0.0.1" if self.slack_app_token else "::")

    @property
    def pushes(self) -> bool:
        """Whether the built-in policy, and rules that name no delivery, show values at once."""
        return self.delivery == "push"

    @property
    def loopback_api(self) -> bool:
        """Whether Slack's Web API is on this machine: its clients must then set their proxy to None."""
        return is_loopback(urlsplit(self.slack_api_url).hostname)

    def of_workspace(self, token: str, entry: WorkspaceEntry | None) -> "Settings":
        """The same for one workspace that installed the app, as if it were served alone.

        Args:
            token: its bot token.
            entry: what the file of workspaces says of it; None for what the settings say.
        """
        own = {"slack_bot_token": SecretStr(token), "slack_client_id": None, "slack_client_secret": None}
        return self.model_copy(
            update={**own, "workspaces_file": None, "api_url": None, **(_as_settings(entry) if entry else {})}
        )

    def for_serving(self) -> Serving:
        """Return what serving needs.

        Raises:
            SettingsError: something that serving needs is not set, or a setting is wrong.
        """
        _refuse(self.faults_for_serving())
        assert self.slack_bot_token
        assert self.approvers_channel
        assert self.audit_channel
        return Serving(
            bot_token=self.slack_bot_token,
            app_token=self.slack_app_token,
            signing_secret=self.slack_signing_secret,
            approvers_channel=self.approvers_channel,
            audit_channel=self.audit_channel,
        )

    def faults_for_serving(self) -> tuple[str, ...]:
        """One sentence for each setting that is wrong, or that serving needs and is not set."""
        http = not (self.slack_app_token or "SLACK_APP_TOKEN" in self._wrong)
        signing = ("slack_signing_secret",) if http else ()
        where, nowhere = needs(self, self._wrong)
        missing = *self._faults(*where, *signing, *self._keys_needed()), *refuse_long_hot(self)
        local = bool(self.slack_app_token) and not (self.listen or "ENVACCESS_LISTEN" in self._wrong)
        return (*missing, *refuse_mixed(self), *nowhere, *refuse_unreachable(self.api_url, local=local))

    def for_cli(self) -> SecretStr:
        """Return the bot token, from which commands learn their workspace; empty where many are served.

        Raises:
            SettingsError: the token is not set, or the keys are not where REDIS_URL asks for them, or a
                setting is wrong.
        """
        many = self.slack_client_id or self.slack_client_secret
        own = ("slack_client_id", "slack_client_secret") if many else ("slack_bot_token",)
        _refuse((*self._faults(*own, *self._keys_needed()), *refuse_mixed(self)))
        return self.slack_bot_token or SecretStr("")

    def for_host(self, *, keys: bool = True) -> SecretStr | None:
        """Return the bot token if there is one: what works while Slack is away needs none, nor `keys` always.

        Raises:
            SettingsError: the keys are not where REDIS_URL asks for them, or a setting is wrong.
        """
        _refuse(self._faults(*(self._keys_needed() if keys else ())))
        return self.slack_bot_token

    def secret_texts(self) -> tuple[str, ...]:
        """List every secret as it might be printed, for the log to remove."""
        tokens = self.slack_bot_token, self.slack_app_token
        whole = (*tokens, self.slack_signing_secret, self.slack_client_secret, self.redis_url)
        keys = (base64.urlsafe_b64encode(key.get_secret_value()).decode() for key in self.master_keys)
        return (
            *(secret.get_secret_value() for secret in whole if secret),
            *(passwords(self.redis_url.get_secret_value()) if self.redis_url else ()),
            *(key.rstrip("=") for key in keys),
            *(sink.secret for sink in self._sinks if sink.secret),
        )

    def _keys_needed(self) -> tuple[str, ...]:
        """A key file is made for the embedded server only."""
        return ("master_keys",) if self.redis_url or "REDIS_URL" in self._wrong else ()

    def _faults(self, *fields: str) -> tuple[str, ...]:
        """What is wrong, and which of these is not set."""
        names = [name_of(type(self).model_fields, field) for field in fields if not getattr(self, field)]
        missing = [f"{name} is not set: {WHERE_TO_FIND[name]}" for name in names if name not in self._wrong]
        return (*self._wrong.values(), *missing)


class _Explicit(Settings):
    """Settings that ignore the environment.

    Only these go by field names, which might mean something else in the environment (`home`, `port`).
    """

    model_config = SettingsConfigDict(validate_by_name=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 (pydantic-settings passes all five by name)
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _as_settings(entry: WorkspaceEntry) -> dict[str, object]:
    paths = {"policy_file": entry.policy_file, "sources_file": entry.sources_file}
    return {**asdict(entry), **{name: Path(path) if path else None for name, path in paths.items()}}


def _refuse(faults: tuple[str, ...]) -> None:
    if faults:
        raise SettingsError(*faults)


def _checked(kind: Callable[..., Settings], values: dict[str, object]) -> Settings:
    try:
        return kind(**values)
    except ValidationError as error:
        raise SettingsError(*sentences(Settings.model_fields, error).values()) from None


def _sound(kind: Callable[..., Settings], values: Mapping[str, str]) -> tuple[Settings, dict[str, str]]:
    """The settings of what is right, and a sentence for each that is not, by its name."""
    try:
        return kind(**values), {}
    except ValidationError as error:
        wrong = sentences(Settings.model_fields, error)
    return kind(**{name: value for name, value in values.items() if name not in wrong}), wrong
