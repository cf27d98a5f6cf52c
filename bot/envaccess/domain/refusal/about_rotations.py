"""Why a value is not rotated, or not believed to be."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Words
from envaccess.domain.refusal.reason import Reason

ABOUT_ROTATIONS: Final[Mapping[Reason, Entry]] = {
    Reason.NOT_ROTATION_OWNER: Words(
        "A value is rotated by its owners or, where the policy names none, by the members of the approvers "
        "channel. Nothing was changed.",
        "If you should be one of them, please tell whoever looks after the policy.",
    ),
    Reason.ROTATION_UNKNOWN: Words(
        "There is no rotation with that id, or its record cannot be relied on. Nothing was changed.",
        "{type:rotate NAME} begins one.",
    ),
    Reason.ROTATION_OVER: Words(
        "This rotation is done already, so nothing was changed.", "Its message shows how it ended."
    ),
    Reason.ROTATION_LEASED: Words(
        "Each use of {names} has a login of its own, which is destroyed when the access ends, so there is "
        "nothing to rotate. Nothing was changed.",
        "To end a login sooner, please end the access that it was made for.",
    ),
    Reason.ROTATION_UNCHANGED: Words(
        "The source still shows the value that was seen, so the rotation stays open.",
        "Please store the new value where it is read, then press again.",
    ),
    Reason.ROTATION_UNREAD: Words(
        "The source did not show the value just now, so nobody can tell whether it is a new one. Nothing was "
        "changed.",
        "Please press again in a minute.",
    ),
}
