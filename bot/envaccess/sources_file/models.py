"""The shape of the file, as far as it is the same for every kind of source."""

from typing import Any, Final

from pydantic import Field

from envaccess.domain.sources.file import NAMES_MOST
from envaccess.sources_file.rotate_models import RotatePart
from envaccess.yaml_file.fault_collector import FileWords
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import Match, Version

SOURCES_MOST: Final = 50

WORDS: Final = FileWords(
    "docs/reference/sources.md",
    {
        "version": "write `version: 1` as the first line",
        "match": "write `match: environment/NAME`, with `*` where you like",
        "source": "name one of `sources`, or `sealed`",
        "kind": "write `kind: ...`, such as `kind: vault`",
        "with": "write `with: webhook`, `command`, `postgres`, `aws-iam` or `owner`",
        "address": "write `address: https://...`",
        "auth": "write `auth: {token: 'file:/...'}`, or another way that the source's page names",
        "region": "write `region: eu-central-1`, or where your secrets are",
        "dsn": "write `dsn: 'env:NAME'` or `dsn: 'file:/path'`",
    },
    shapes={
        "sources": "write each source by its name, such as `vault: {kind: vault, ...}`",
        "names": "begin each rule with `- `, such as `- {match: ..., read: {source: ...}}`",
        "names[]": "write a rule, such as `{match: production/A, read: {source: vault, path: ...}}`",
        "read": "write `read: {source: ..., ...}`",
        "lease": "write `lease: {source: ..., ...}`",
        "rotate": "write `rotate: {with: ..., when: {...}}`",
        "when": "write `when: {grant_end: true, seen_by: 3, age: 90d, leaver: true}`, or some of it",
        "auth": "write the way under `auth`, such as `auth: {token: 'file:/...'}`",
        "approle": "write `approle: {role_id: ..., secret_id: ...}`",
    },
)


class NamePart(Part):
    """Where values live whose names match."""

    match: Match = Field(description="Globs over environment/NAME; without a slash, the default environment.")
    read: dict[str, Any] | None = Field(None, description="The source that keeps the value, and where there.")
    lease: dict[str, Any] | None = Field(None, description="The source that makes a value for each use.")
    rotate: RotatePart | None = Field(None, description="How the value is rotated.")


class SourcesPart(Part):
    """The whole file."""

    version: Version = Field(description="The version of this format: 1.")
    sources: dict[str, Any] = Field(default_factory=dict, description="The sources, by name.")
    names: tuple[NamePart, ...] = Field(
        (), max_length=NAMES_MOST, description="Where each value lives: the first that matches counts."
    )
