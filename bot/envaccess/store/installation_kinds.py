"""Keys of installations. They lie under `INSTALLATIONS` in place of a workspace's id: a slot of their own."""

from typing import Final

INSTALLATIONS: Final = "installations"
"""In place of a workspace's id: installations belong to none."""

KINDS: Final = {
    # string: the digest of an installation's state -> the digest of its browser's cookie; its TTL ends it
    "install_state": "installation-state:",
    # string: who replaces an installation's token now; or how many pages were asked for in this minute
    "install_lease": "installation-lease:",
}
SINGLES: Final = {
    # hash: `app/organisation/workspace` -> what it installed, sealed
    "installations": "installations",
}
LEFT_OUT: Final = {
    "installations": "no workspace's: a restored token would be an old one, so the app is installed again",
    "install_state": "minutes old",
    "install_lease": "of a process that runs now",
}
"""None is in a workspace's backup."""
TTLS: Final = {
    "install_state": 600_000,  # as long as a code of Slack's counts
    "install_lease": 30_000,  # far longer than Slack is waited for
}
"""Milliseconds."""
PAGES_MOST: Final = 300
"""Pages to begin with that are given out in a minute."""
