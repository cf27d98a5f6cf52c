"""Keys of what Redis knows of the archive of closed requests (docs/how-to/archive.md)."""

from typing import Final

ARCHIVE_SINGLES: Final = {
    # hash: which archive it is, its next segment, the first that is left, the event that it reaches
    "archive": "request-archive",
    # zset: requests that are over and may not leave yet, by when to look again
    "archive_held": "request-archive-held",
    # zset: requests that are taken out of it and may still lie there, by since when
    "archive_redacted": "request-archive-redacted",
}
"""Keys of which a workspace has one."""
