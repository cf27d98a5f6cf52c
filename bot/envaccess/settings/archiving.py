"""The settings of the archive of closed requests (docs/how-to/archive.md)."""

from typing import Final, Protocol

from pydantic import Field
from pydantic_settings import BaseSettings

from envaccess.domain.archive import HOT_DAYS
from envaccess.settings.kinds import ArchiveAt, HotDays

_DAY: Final = 86_400


class ArchiveSettings(BaseSettings):
    """Where what is over goes, and when.

    Attributes:
        archive: None means `ENVACCESS_HOME/archive` beside the embedded server, else nowhere.
        hot_days: for how many days it stays in Redis before.
    """

    archive: ArchiveAt = Field(
        None,
        validation_alias="ENVACCESS_ARCHIVE",
        description="must be the path of a folder from the root, or off",
    )
    hot_days: HotDays = Field(
        HOT_DAYS,
        validation_alias="ENVACCESS_HOT_DAYS",
        description="must be a whole number of days from 1 to 3649",
    )


class _HowLong(Protocol):
    """How long what is over is kept, and how long in Redis."""

    @property
    def hot_days(self) -> int: ...
    @property
    def retention(self) -> int: ...


def refuse_long_hot(settings: _HowLong) -> tuple[str, ...]:
    """What is said where a request would be deleted by its age before it could leave for the archive."""
    if settings.hot_days * _DAY < settings.retention:
        return ()
    return ("ENVACCESS_HOT_DAYS must be fewer days than ENVACCESS_RETENTION has: lower it, or keep longer",)
