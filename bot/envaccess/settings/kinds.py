"""Kinds of settings: what each is read as, and how it is checked."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretBytes, SecretStr
from pydantic_settings import NoDecode

from envaccess.domain.archive_address import ArchiveAddress, read_archive_address
from envaccess.domain.durability import Durability, read_durability
from envaccess.domain.retention import read_retention
from envaccess.domain.text import whole_number
from envaccess.settings.redis_url import check_redis_url
from envaccess.settings.shapes import (
    APP_TOKEN,
    BOT_TOKEN,
    CLIENT_SECRET,
    SIGNING_SECRET,
    check_api_url,
    check_key,
    check_listen,
    check_origin,
    ignore_relative,
    make_absolute,
    read_by,
    shaped,
    split_keys,
    split_listen,
    split_networks,
)

BotToken = Annotated[SecretStr, AfterValidator(shaped(BOT_TOKEN))]
AppToken = Annotated[SecretStr, AfterValidator(shaped(APP_TOKEN))]
SigningSecret = Annotated[SecretStr, AfterValidator(shaped(SIGNING_SECRET))]
ClientId = Annotated[str, Field(pattern=r"^[0-9]{1,32}\.[0-9]{1,32}$")]
ClientSecret = Annotated[SecretStr, AfterValidator(shaped(CLIENT_SECRET))]
SlackUrl = Annotated[str, AfterValidator(check_api_url)]
ListenAddress = Annotated[str, AfterValidator(check_listen)]
MetricsListen = Annotated[tuple[str, int] | None, NoDecode, BeforeValidator(split_listen)]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(split_networks)]
Origin = Annotated[str, AfterValidator(check_origin)]
RedisUrl = Annotated[SecretStr, AfterValidator(check_redis_url)]
FilePath = Annotated[Path, AfterValidator(make_absolute)]
RuntimeFolder = Annotated[Path | None, AfterValidator(ignore_relative)]
ChannelId = Annotated[str, Field(pattern=r"^[CG][A-Z0-9]{2,31}$")]
OperatorName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,63}$")]
_MasterKey = Annotated[SecretBytes, AfterValidator(check_key)]
MasterKeys = Annotated[tuple[_MasterKey, ...], NoDecode, BeforeValidator(split_keys)]
DurabilityOf = Annotated[Durability, BeforeValidator(read_by(read_durability))]
Retention = Annotated[int, BeforeValidator(read_by(read_retention))]
DrainSeconds = Annotated[int, Field(ge=0, le=300)]
ArchiveAt = Annotated[ArchiveAddress | None, NoDecode, BeforeValidator(read_by(read_archive_address))]
HotDays = Annotated[int, BeforeValidator(read_by(whole_number)), Field(ge=1, le=3_649)]
