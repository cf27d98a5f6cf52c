"""The formats that are read, and how a file's own is recognized."""

from collections.abc import Callable
from enum import StrEnum

from envaccess.cli.importing.entries import FileReading
from envaccess.cli.output import Complaint

_VERCEL_HEAD = "# Created by Vercel CLI"
_BLANK = "\ufeff \t\r\n"
_TABLE = (
    "This is a table of `heroku config`, which is made for reading: "
    "`heroku config -s` prints what can be imported. Nothing was stored."
)
_SOPS = (
    "The file is encrypted by sops: `sops decrypt FILE | envaccess secrets import -` imports what is in it. "
    "Nothing was stored."
)


class FileForm(StrEnum):
    """A format of files with values."""

    ENV = "env"
    JSON = "json"
    YAML = "yaml"
    COMPOSE = "compose"
    HEROKU = "heroku"
    VERCEL = "vercel"
    DOPPLER = "doppler"


def read_file(text: str, form: FileForm | None = None) -> FileReading:
    """Read a whole file in a format, or in the one that it looks like.

    Raises:
        Complaint: it is not of that format, or of none that can be imported.
    """
    found = _recognized(text) if form in {None, FileForm.DOPPLER} else form
    assert found is not None
    if found in {FileForm.JSON, FileForm.YAML} and _is_of_sops(text):
        raise Complaint(_SOPS)
    return _READERS[found]()(text)


def _recognized(text: str) -> FileForm:
    if text.startswith(_VERCEL_HEAD):
        return FileForm.VERCEL
    if text.lstrip(_BLANK).startswith(("{", "[")):
        return FileForm.JSON
    lines = (line.rstrip() for line in text.splitlines())
    first = next((line for line in lines if line and not line.lstrip().startswith("#")), "")
    if first.startswith("=== ") and first.endswith("Config Vars"):
        raise Complaint(_TABLE)
    if not _is_key(first):
        return FileForm.ENV
    below = any(line.startswith("services:") for line in text.splitlines())
    return FileForm.COMPOSE if below else FileForm.YAML


def _is_key(line: str) -> bool:
    """Whether a line is `key:` or `key: value`, or begins a document of YAML."""
    if line == "---":
        return True
    key, colon, rest = line.partition(":")
    word = key.strip("\"'").replace("_", "").replace("-", "").replace(".", "")
    return bool(colon) and word.isalnum() and (not rest or rest[0].isspace())


def _is_of_sops(text: str) -> bool:
    return "ENC[AES256_GCM" in text and any(
        line.lstrip().startswith(("sops:", '"sops":')) for line in text.splitlines()
    )


def _env() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.env_form import read_env_form  # noqa: PLC0415 - each format loads its own

    return read_env_form


def _json() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.json_form import read_json  # noqa: PLC0415 - the same

    return read_json


def _yaml() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.yaml_form import read_yaml  # noqa: PLC0415 - the same

    return read_yaml


def _compose() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.compose_form import read_compose  # noqa: PLC0415 - the same

    return read_compose


def _heroku() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.line_forms import read_heroku  # noqa: PLC0415 - the same

    return read_heroku


def _vercel() -> Callable[[str], FileReading]:
    from envaccess.cli.importing.line_forms import read_vercel  # noqa: PLC0415 - the same

    return read_vercel


_READERS = {
    FileForm.ENV: _env,
    FileForm.JSON: _json,
    FileForm.YAML: _yaml,
    FileForm.COMPOSE: _compose,
    FileForm.HEROKU: _heroku,
    FileForm.VERCEL: _vercel,
}
