"""People as Slack knows them, and the one rule that everybody must pass: a full, live member."""

from collections.abc import Collection
from dataclasses import dataclass

from envaccess.domain.refusal import Reason


@dataclass(frozen=True, slots=True)
class Person:
    """What Slack said about somebody, at most ten seconds ago.

    Attributes:
        id: Slack's user id, `U...` or `W...`.
        team: the workspace that the account belongs to; empty when Slack does not say.
        name: what colleagues call them, which anybody may choose freely; empty when Slack does not say.
        tz: the IANA name of their time zone, as `Europe/Berlin`; empty when Slack does not say.
        sisters: the other workspaces of our organisation that they are in.
        account: their id in the organisation, which may be another; empty outside Enterprise Grid.
    """

    id: str
    team: str
    deleted: bool = False
    bot: bool = False
    guest: bool = False
    stranger: bool = False
    invited: bool = False
    tz: str = ""
    name: str = ""
    sisters: tuple[str, ...] = ()
    account: str = ""


def refuse_person(person: Person | None, workspace: str, admitted: Collection[str] = ()) -> Reason | None:
    """Why this person may neither ask, decide nor reveal; None when they may.

    Args:
        person: as Slack described them; None when Slack knows nobody of that id.
        workspace: the workspace of the bot's own token, never a payload's.
        admitted: sister workspaces whose people may, too, here; what a policy says, never a payload.
    """
    if person is None:
        return Reason.NOT_FOUND
    outside = person.team and person.team != workspace
    if person.stranger or (outside and not any(one in admitted for one in person.sisters)):
        return Reason.OTHER_WORKSPACE
    if person.deleted:
        return Reason.DEACTIVATED
    if person.bot:
        return Reason.BOT
    if person.guest or person.invited:
        return Reason.GUEST
    return None


def is_one_person(one: Person | None, other: Person | None) -> bool:
    """Whether two ids are one person's, as far as Slack says so."""
    if one is None or other is None:
        return False
    return bool(({one.id, one.account} & {other.id, other.account}) - {""})
