"""Values that are none: where another tool would look them up. They become mappings, or are left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:@+=")
"""What a path is made of, so that it can be shown; anything else may be a secret in the wrong place."""
_LONGEST = 512
_SECRET_ARN, _PARAMETER_ARN = "arn:aws:secretsmanager:", "arn:aws:ssm:"
_ARN_PARTS = 7
"""Up to the secret's name: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-RANDOM`."""
_OTHERS: tuple[tuple[str, str], ...] = (
    ("op://", "1Password"),
    ("ENC[", "sops or eyaml"),
    ("encrypted:", "dotenvx"),
    ("doppler://", "Doppler"),
    ("infisical://", "Infisical"),
    ("bws://", "Bitwarden"),
    ("azurekv://", "Azure Key Vault"),
    ("@Microsoft.KeyVault(", "Azure Key Vault"),
    ("chamber://", "chamber"),
    ("sops://", "sops"),
    ("keyring://", "a keyring"),
    ("secret://", "a secret store"),
    ("secretsmanager:", "AWS"),
    ("ssm:", "AWS"),
    ("awssm://", "AWS"),
    ("gsm://", "Google Cloud"),
    ("gcpsm://", "Google Cloud"),
    ("vault:", "Vault"),
    ("ref+", "vals"),
    ("$ANSIBLE_VAULT", "Ansible"),
    ("!vault", "Ansible"),
    ("{{", "a template engine"),
)
"""How references begin of which no mapping is made, and whose they are."""


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """Where a value lives that is not in the file.

    Attributes:
        kind: of the source, as `sources.yml` calls it.
        options: what a rule's `read` says beside the source.
    """

    kind: str
    options: Mapping[str, str]


def reference_of(value: str) -> SourceMapping | str | None:
    """What a value refers to: a mapping, the name of what would look it up, or None where it is a value."""
    told = value.strip()
    if "\n" in told:
        return None if not told.startswith("$ANSIBLE_VAULT") else "Ansible"
    if len(told) <= _LONGEST and _SAFE.issuperset(told.replace("#", "").replace("?", "")):
        for start, read in _READERS:
            found = read(told.removeprefix(start)) if told.startswith(start) else None
            if found is not None:
                return found
    lower = told.lower()
    whose = (whose for start, whose in _OTHERS if lower.startswith(start.lower()))
    return next(whose, "AWS" if lower.startswith((_SECRET_ARN, _PARAMETER_ARN)) else None)


def _with_field(kind: str, options: Mapping[str, str], field: str) -> SourceMapping | None:
    if not all(options.values()):
        return None
    return SourceMapping(kind, {**options, **({"field": field} if field else {})})


def _vault(rest: str) -> SourceMapping | None:
    """`secret/data/app#KEY`, as vault-env writes it; KV version 2 has `data` in its addresses only."""
    path, _, field = rest.lstrip("/").partition("#")
    mount, _, inside = path.partition("/")
    path = f"{mount}/{inside.removeprefix('data/')}" if inside else ""
    return _with_field("vault", {"path": path}, field.partition("#")[0]) if field else None


def _vals(kind: str, option: str) -> Callable[[str], SourceMapping | None]:
    """`PATH?more#/KEY`, as vals writes it."""

    def read(rest: str) -> SourceMapping | None:
        place, _, field = rest.partition("#")
        path = place.partition("?")[0]
        if kind == "gcp":
            return None if field else _gcp("/secrets/".join(path.split("/")))
        return _with_field(kind, {option: path}, field.strip("/"))

    return read


def _secret_arn(rest: str) -> SourceMapping | None:
    parts = rest.split(":")
    arn, more = ":".join(parts[: _ARN_PARTS - 3]), parts[_ARN_PARTS - 3 :]
    whole = len(parts) >= _ARN_PARTS - 3 and parts[2] == "secret" and not any(more[1:])
    options = {"secret": f"{_SECRET_ARN}{arn}"}
    return _with_field("aws-secrets-manager", options, more[0] if more else "") if whole else None


def _parameter_arn(rest: str) -> SourceMapping | None:
    found = ":parameter/" in rest
    return SourceMapping("aws-ssm", {"parameter": f"{_PARAMETER_ARN}{rest}"}) if found else None


def _gcp(rest: str) -> SourceMapping | None:
    """`P/secrets/S`, with a version at its end or not; the newest one is read."""
    project, kind, secret, *_ = [*rest.split("/"), "", ""]
    whole = project and kind == "secrets" and secret
    return SourceMapping("gcp", {"project": project, "secret": secret}) if whole else None


_READERS: tuple[tuple[str, Callable[[str], SourceMapping | None]], ...] = (
    ("vault:", _vault),
    ("ref+vault://", _vals("vault", "path")),
    ("ref+awssecrets://", _vals("aws-secrets-manager", "secret")),
    ("ref+awsssm://", _vals("aws-ssm", "parameter")),
    ("ref+gcpsecrets://", _vals("gcp", "secret")),
    (_SECRET_ARN, _secret_arn),
    (_PARAMETER_ARN, _parameter_arn),
    ("projects/", _gcp),
)
