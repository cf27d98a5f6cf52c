"""Who and what is in a workspace that is started by itself: from a TOML file, or from a few names."""

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from slack_emulator.emulator import SlackEmulator
from slack_emulator.message_events import SUBSCRIPTIONS

EVENTS = (*SUBSCRIPTIONS.values(), "app_mention")
SCOPES = (
    "commands",
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "usergroups:read",
    "users:read",
    "users:read.email",
)
"""Every scope that some method here asks for, and those of the events."""

T = TypeVar("T")


class WorkspaceFileError(Exception):
    """The file cannot be used; the sentence says why."""


@dataclass(frozen=True)
class PersonEntry:
    """One `[[people]]`."""

    name: str
    real_name: str = ""
    title: str = ""
    tz: str = "Etc/UTC"
    email: str = ""
    team_id: str = ""
    guest: bool = False


@dataclass(frozen=True)
class ChannelEntry:
    """One `[[channels]]`; without `members` everybody is in it. `bot` says whether the app is."""

    name: str
    members: list[str] | None = None
    private: bool = False
    bot: bool = True


@dataclass(frozen=True)
class GroupEntry:
    """One `[[groups]]`: a user group."""

    handle: str
    members: list[str] = field(default_factory=list)
    name: str = ""


def _named(*names: str) -> list[PersonEntry]:
    return [PersonEntry(name) for name in names]


@dataclass(frozen=True)
class WorkspaceFile:
    """A workspace: the app's name, commands and event subscriptions, people, channels, user groups."""

    bot: str = "app"
    commands: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=lambda: list(EVENTS))
    people: list[PersonEntry] = field(default_factory=lambda: _named("alice", "bob", "carol"))
    channels: list[ChannelEntry] = field(
        default_factory=lambda: [ChannelEntry("general"), ChannelEntry("random")]
    )
    groups: list[GroupEntry] = field(default_factory=list)


def read(path: Path) -> WorkspaceFile:
    """The workspace that a file describes.

    Raises:
        WorkspaceFileError: it cannot be read, is no TOML, or names what is not known.
    """
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceFileError(f"{path}: {error}") from None
    entries = {"people": PersonEntry, "channels": ChannelEntry, "groups": GroupEntry}
    for table in entries.keys() & given.keys():
        where, found = f"{path}: [[{table}]]", _tables(given, table, path)
        given[table] = [_made(entries[table], entry, where) for entry in found]
    workspace = _made(WorkspaceFile, given, str(path))
    _refuse_strangers(workspace, path)
    return workspace


def _tables(given: Mapping[str, Any], table: str, path: Path) -> list[dict[str, Any]]:
    found = given[table]
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise WorkspaceFileError(f"{path}: write each entry of {table} as [[{table}]]")
    return found


def _made(kind: type[T], given: Mapping[str, Any], where: str) -> T:
    """One entry; its values have the types of the defaults."""
    assert dataclasses.is_dataclass(kind)
    known = {one.name: one for one in dataclasses.fields(kind)}
    if unknown := given.keys() - known:
        raise WorkspaceFileError(f"{where} does not know {min(unknown)}; it knows {', '.join(known)}")
    for name, value in given.items():
        if not isinstance(value, _type_of(known[name].type)):
            raise WorkspaceFileError(f"{where}: {name} has the wrong type")
    needed = [name for name in ("name", "handle") if name in known and not given.get(name)]
    if needed and needed[0] in list(known)[:1]:
        raise WorkspaceFileError(f"{where} needs {needed[0]}")
    return kind(**given)


def _type_of(annotation: object) -> type:
    if str(annotation).startswith("list"):
        return list
    return bool if annotation is bool else str


def _refuse_strangers(workspace: WorkspaceFile, path: Path) -> None:
    known = {person.name for person in workspace.people}
    channels = [name for channel in workspace.channels for name in channel.members or ()]
    for name in (*channels, *(name for group in workspace.groups for name in group.members)):
        if name not in known:
            raise WorkspaceFileError(f"{path}: {name} is a member, but not one of the people")
    for event in workspace.events:
        if event not in EVENTS:
            raise WorkspaceFileError(f"{path}: events can be {', '.join(EVENTS)}, not {event}")


def fill(slack: SlackEmulator, workspace: WorkspaceFile) -> None:
    """Add everybody, and make the channels and groups."""
    people = {
        entry.name: slack.add_person(
            entry.name,
            entry.real_name,
            team_id=entry.team_id,
            title=entry.title,
            tz=entry.tz,
            email=entry.email,
            is_restricted=entry.guest,
        )
        for entry in workspace.people
    }

    def chosen(names: Iterable[str] | None) -> list[Any]:
        return list(people.values()) if names is None else [people[name] for name in names]

    for channel in workspace.channels:
        slack.add_channel(
            channel.name, chosen(channel.members), private=channel.private, with_bot=channel.bot
        )
    for group in workspace.groups:
        slack.add_group(group.handle, chosen(group.members), name=group.name)
    for person in people.values():
        slack.state.workspace.open_im(slack.bot.id, person.id)
