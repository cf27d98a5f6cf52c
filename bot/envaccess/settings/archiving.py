"""The settings of the archive of closed requests (docs/how-to/archive.md)."""

from pydantic import Field
from pydantic_settings import BaseSettings

from envaccess.domain.archive import HOT_DAYS
from envaccess.settings.kinds import ArchiveAt, HotDays


class ArchiveSettings(BaseSettings):
    """Where what is over goes, and when.

    Attributes:
        archive: None means `ENVACCESS_HOME/archive` beside the embedded server, else nowhere.
        hot_days: for how many days it stays in Redis before.
    """

    archive: ArchiveAt = Field(
        None,
        validation_alias="ENVACCESS_ARCHIVE",
        description="must be the path of a folder from the root, s3://BUCKET/PREFIX, or off",
    )
    hot_days: HotDays = Field(
        HOT_DAYS,
        validation_alias="ENVACCESS_HOT_DAYS",
        description="must be a number of days from 1 to 3649, and fewer than ENVACCESS_RETENTION",
    )
