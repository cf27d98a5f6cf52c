"""The file of sinks: YAML whose every fault is one sentence with its line. Secrets are never in it.

`secret_file` names a file, `secret_env` a variable of the environment: both are read here, at the start; the
file also later, when it has changed (`sinks/secret.py`).
"""

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import yaml

from envaccess.domain.hosts import is_loopback
from envaccess.domain.sinks import SinkKind, SinkSpec, is_sound_secret

SETTING: Final = "ENVACCESS_SINKS_FILE"
_LONGEST: Final = 65_536
"""Bytes of the file, and of one with a secret."""
_SINKS_MOST: Final = 20
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS: Final = re.compile(r"[A-Za-z0-9._:,/-]{0,200}")
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
_LOGS: Final = "/api/v2/logs"
_PORT_MOST: Final = 65_535
_FORMATS: Final = ("jsonl", "ocsf", "cef", "csv")
_SECRET: Final = "secret"  # noqa: S105 - a field's name
_COMMON: Final = frozenset({"name", "type", "format", "archive"})


class SinksFileError(Exception):
    """What is wrong with the file: a sentence with its line, which holds no secret."""

    def __init__(self, line: int, problem: str) -> None:
        where = f"is wrong in line {line}" if line else "cannot be used"
        super().__init__(f"{SETTING} names a file that {where}: {problem}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One sink as it stands in the file: texts with their lines."""

    line: int
    texts: Mapping[str, tuple[str, int]]

    def text(self, name: str, otherwise: str = "") -> str:
        return self.texts[name][0] if name in self.texts else otherwise

    def line_of(self, name: str) -> int:
        return self.texts[name][1] if name in self.texts else self.line

    def needed(self, name: str) -> str:
        if not self.text(name):
            raise SinksFileError(self.line_of(name), f"this sink has no {name}")
        return self.text(name)


def read_sinks(path: Path, environment: Mapping[str, str]) -> tuple[SinkSpec, ...]:
    """The sinks of a file.

    Raises:
        SinksFileError: the first thing that is wrong.
    """
    found: dict[str, SinkSpec] = {}
    for entry in _entries(_read(path, "the file")):
        spec = _spec(entry, environment)
        if spec.name in found:
            raise SinksFileError(entry.line_of("name"), f"there is another sink named {spec.name}")
        found[spec.name] = spec
    if len(found) > _SINKS_MOST:
        raise SinksFileError(0, f"there are over {_SINKS_MOST} sinks")
    return tuple(found.values())


def find_sinks(
    path: Path | None, environment: Mapping[str, str]
) -> tuple[tuple[SinkSpec, ...], dict[str, str]]:
    """The sinks of the file that is named, or a sentence by the setting's name."""
    try:
        return read_sinks(path, environment) if path else (), {}
    except SinksFileError as error:
        return (), {SETTING: str(error)}


def _read(path: Path, what: str, line: int = 0) -> str:
    try:
        if not path.is_file():  # a pipe would be waited for
            raise SinksFileError(line, f"{what} is not there, or is no file")
        with path.open("rb") as file:
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise SinksFileError(line, f"{what} is over {_LONGEST // 1024} KiB long")
        return content.decode()
    except OSError as error:
        raise SinksFileError(line, f"{what} cannot be read ({error.strerror or 'no reason'})") from None
    except UnicodeDecodeError:
        raise SinksFileError(line, f"{what} is not text in UTF-8") from None


def _entries(text: str) -> Iterator[_Entry]:
    """The entries under `sinks`; everything is taken as the text that stands there."""
    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SinksFileError(mark.line + 1 if mark else 0, "this is no YAML") from None
    if top is None:
        return
    for name, value in _pairs(top):
        if name.value != "sinks":
            raise SinksFileError(_line(name), "only `sinks` is known here")
        if not isinstance(value, yaml.SequenceNode):
            raise SinksFileError(_line(value), "`sinks` must be a list")
        for entry in value.value:
            yield _Entry(_line(entry), _texts(entry))


def _pairs(node: yaml.Node) -> list[tuple[yaml.Node, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise SinksFileError(_line(node), "here must be fields, as `name: value`")
    return list(node.value)


def _texts(node: yaml.Node) -> dict[str, tuple[str, int]]:
    found: dict[str, tuple[str, int]] = {}
    for name, value in _pairs(node):
        if not isinstance(name, yaml.ScalarNode) or not isinstance(value, yaml.ScalarNode):
            raise SinksFileError(_line(name), "a field must be one text")
        if name.value in found:
            raise SinksFileError(_line(name), f"{_shown(name.value)} is given twice")
        found[name.value] = (value.value.strip(), _line(name))
    return found


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _shown(text: str) -> str:
    return text[:40] if re.fullmatch(r"[\w-]+", text[:40], re.ASCII) else "a field"


def _spec(entry: _Entry, environment: Mapping[str, str]) -> SinkSpec:
    name, kind = entry.needed("name"), entry.needed("type")
    if not _NAME.fullmatch(name):
        raise SinksFileError(entry.line_of("name"), "a name has small letters, digits, - and _, at most 32")
    if kind not in set(SinkKind):
        raise SinksFileError(entry.line_of("type"), f"type must be one of {', '.join(sorted(SinkKind))}")
    form = entry.text("format", "jsonl")
    reader, forms, fields = _KINDS[SinkKind(kind)]
    if form not in forms:
        raise SinksFileError(entry.line_of("format"), f"format must be one of {', '.join(forms)}")
    for field, (_, line) in entry.texts.items():
        if field not in _COMMON | fields:
            raise SinksFileError(line, f"a sink of type {kind} has no field {_shown(field)}")
    return replace(reader(entry, name, form, environment), archive=_folder_in(entry, "archive"))


def _folder(entry: _Entry, name: str, form: str, _environment: Mapping[str, str]) -> SinkSpec:
    entry.needed("path")
    return SinkSpec(name, SinkKind.FOLDER, _folder_in(entry, "path"), form)


def _folder_in(entry: _Entry, name: str) -> str:
    """A folder that is named; empty where none is."""
    text = entry.text(name)
    if text and not (Path(text).is_absolute() and Path(text).is_dir()):
        raise SinksFileError(entry.line_of(name), f"{name} must be a folder that exists, from / on")
    return text


def _webhook(entry: _Entry, name: str, form: str, environment: Mapping[str, str]) -> SinkSpec:
    private = _flag(entry, "private")
    secret = _secret(entry, _SECRET, environment)
    if not is_sound_secret(SinkKind.WEBHOOK, secret):
        problem = "the secret of a webhook is `whsec_` and base64"
        raise SinksFileError(_secret_line(entry, _SECRET), problem)
    url = _url(entry, "url", private=private)
    file = entry.text("secret_file")
    return SinkSpec(name, SinkKind.WEBHOOK, url, form, private, secret, file, _authority(entry))


def _flag(entry: _Entry, name: str) -> bool:
    text = entry.text(name, "false")
    if text not in {"true", "false"}:
        raise SinksFileError(entry.line_of(name), f"{name} must be true or false")
    return text == "true"


def _url(entry: _Entry, name: str, *, private: bool) -> str:
    """A URL of https; of http on this machine only, where it is declared as private."""
    text = entry.needed(name)
    try:
        parts = urlsplit(text)
        plain = parts.scheme == "http" and private and is_loopback(parts.hostname)
        sound = bool(parts.hostname) and (parts.scheme == "https" or plain) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.password or parts.fragment:
        problem = f"{name} must begin with https:// (http:// only for this machine, with `private: true`)"
        raise SinksFileError(entry.line_of(name), f"{problem}, and hold no password")
    return text


def _secret_line(entry: _Entry, name: str) -> int:
    return entry.line_of(f"{name}_file" if f"{name}_file" in entry.texts else f"{name}_env")


def _secret(entry: _Entry, name: str, environment: Mapping[str, str]) -> str:
    """A secret from where the file says that it is."""
    file, variable = entry.text(f"{name}_file"), entry.text(f"{name}_env")
    if bool(file) == bool(variable):
        raise SinksFileError(entry.line, f"this sink needs {name}_file or {name}_env, one of them")
    line = _secret_line(entry, name)
    if file:
        secret = _read(Path(file), f"what {name}_file names", line).strip()
    elif _VARIABLE.fullmatch(variable):
        secret = environment.get(variable, "").strip()
    else:
        raise SinksFileError(line, f"{name}_env must be a variable's name, not the secret itself")
    if not secret or not secret.isprintable() or not secret.isascii():
        raise SinksFileError(line, f"what {name}_{'file' if file else 'env'} names is empty, or no one line")
    return secret


def _authority(entry: _Entry) -> str:
    """Certificates of a file, where one is named."""
    if not entry.text("ca_file"):
        return ""
    line = entry.line_of("ca_file")
    text = _read(Path(entry.text("ca_file")), "what ca_file names", line)
    try:
        ssl.create_default_context(cadata=text)
    except (ssl.SSLError, ValueError):
        raise SinksFileError(line, "what ca_file names holds no certificates (PEM)") from None
    return text


def _further(entry: _Entry, *names: str) -> dict[str, str]:
    """Words that are sent with every event."""
    for name in names:
        if not _WORDS.fullmatch(entry.text(name)):
            raise SinksFileError(entry.line_of(name), f"{name} may have letters, digits and . _ : , - /")
    return {name: entry.text(name) for name in names if entry.text(name)}


def _splunk(entry: _Entry, name: str, form: str, environment: Mapping[str, str]) -> SinkSpec:
    private = _flag(entry, "private")
    url = _url(entry, "url", private=private)
    token = _secret(entry, "token", environment)
    further = _further(entry, "index", "source", "sourcetype", "host")
    if _flag(entry, "acknowledge"):
        further["acknowledge"] = "true"
    file = entry.text("token_file")
    return SinkSpec(name, SinkKind.SPLUNK, url, form, private, token, file, _authority(entry), further)


def _datadog(entry: _Entry, name: str, form: str, environment: Mapping[str, str]) -> SinkSpec:
    private = _flag(entry, "private")
    site = entry.text("site", "datadoghq.com")
    if not _HOST.fullmatch(site):
        raise SinksFileError(entry.line_of("site"), "site must be as datadoghq.eu")
    url = (
        _url(entry, "url", private=private)
        if entry.text("url")
        else f"https://http-intake.logs.{site}{_LOGS}"
    )
    key = _secret(entry, "api_key", environment)
    file, further = entry.text("api_key_file"), _further(entry, "service", "tags")
    return SinkSpec(name, SinkKind.DATADOG, url, form, private, key, file, further=further)


def _syslog(entry: _Entry, name: str, form: str, _environment: Mapping[str, str]) -> SinkSpec:
    host, port = entry.needed("host"), entry.text("port", "6514")
    if not _HOST.fullmatch(host):
        raise SinksFileError(entry.line_of("host"), "host must be a name or an address")
    if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= _PORT_MOST):
        raise SinksFileError(entry.line_of("port"), "port must be a number from 1 to 65535")
    private, further = _flag(entry, "private"), _further(entry, "hostname")
    authority = _authority(entry)
    return SinkSpec(
        name, SinkKind.SYSLOG, f"{host}:{port}", form, private, authority=authority, further=further
    )


_Reader = Callable[[_Entry, str, str, Mapping[str, str]], SinkSpec]
_JSON: Final = ("jsonl", "ocsf")
_HTTP: Final = frozenset({"url", "private"})
_KINDS: Final[Mapping[SinkKind, tuple[_Reader, tuple[str, ...], frozenset[str]]]] = {
    SinkKind.FOLDER: (_folder, _FORMATS, frozenset({"path"})),
    SinkKind.WEBHOOK: (_webhook, _JSON, _HTTP | {"secret_file", "secret_env", "ca_file"}),
    SinkKind.SPLUNK: (
        _splunk,
        ("jsonl", "ocsf", "cef"),
        _HTTP
        | {"token_file", "token_env", "ca_file", "index", "source", "sourcetype", "host", "acknowledge"},
    ),
    SinkKind.DATADOG: (_datadog, _JSON, _HTTP | {"api_key_file", "api_key_env", "site", "service", "tags"}),
    SinkKind.SYSLOG: (
        _syslog,
        ("jsonl", "ocsf", "cef"),
        frozenset({"host", "port", "private", "ca_file", "hostname"}),
    ),
}
"""How a kind is read, the formats that it takes, and its own fields."""
