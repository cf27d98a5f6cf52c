"""The shape of the file."""

import re
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from envaccess.domain.workspaces import ORGANISATION
from envaccess.yaml_file.fault_collector import FileWords
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import FieldError, Version, one_of, read_text, read_words, shown

WORKSPACES_MOST: Final = 1_000
_CHANNEL: Final = re.compile(r"[CG][A-Z0-9]{2,31}")

WORDS: Final = FileWords(
    "docs/how-to/workspaces.md",
    {
        "version": "write `version: 1` as the first line",
        "workspaces": "write `workspaces:`, and under it each workspace by its id",
        "approvers_channel": "write `approvers_channel: C0123ABCD`, the channel whose members decide",
        "audit_channel": "write `audit_channel: C0456EFGH`, the channel that gets the audit lines",
    },
    shapes={
        "workspaces": "write each workspace by its id, such as `T0ACME123: {approvers_channel: ..., ...}`",
    },
)


def _channel(value: object) -> str:
    text = read_text(value, "a channel's id", "an id such as C0123ABCD")
    if not _CHANNEL.fullmatch(text):
        mend = "write its id, such as C0123ABCD: it stands at the end of the channel's details in Slack"
        raise FieldError(f"{shown(text)} is no channel's id", mend)
    return text


def _path(value: object) -> str:
    text = read_text(value, "a path", "the path of a file")
    if "\0" in text:
        raise FieldError("this is no path", "write the path of a file")
    return text


def _organisations(value: object) -> tuple[str, ...]:
    found = read_words(value)
    for place, word in enumerate(found):
        if not ORGANISATION.fullmatch(word):
            raise FieldError(f"{shown(word)} is no organisation's id", "write an id such as E0ACME123", place)
    return found


Organisations = Annotated[tuple[str, ...], BeforeValidator(_organisations)]
Channel = Annotated[str, BeforeValidator(_channel)]
FileAt = Annotated[str, BeforeValidator(_path)]
Delivery = Annotated[str, BeforeValidator(one_of("reveal", "push"))]


class WorkspacePart(Part):
    """One workspace."""

    approvers_channel: Channel = Field(description="The channel whose members decide.")
    audit_channel: Channel = Field(description="The channel that gets the audit lines.")
    policy_file: FileAt = Field("", description="Its policy; without it, the built-in one.")
    sources_file: FileAt = Field("", description="Where its values live; without it, in the sealed store.")
    delivery: Delivery = Field(
        "reveal", description="Where no rule says how values are shown: reveal or push."
    )


class WorkspacesPart(Part):
    """The whole file."""

    version: Version = Field(description="The version of this format: 1.")
    workspaces: dict[str, Any] = Field(description="Each workspace, by its id.")
    organisations: Organisations = Field((), description="Those that may install the app in all workspaces.")
