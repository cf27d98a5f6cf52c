"""The upgrade of a store of an earlier version: what it ends, and what is told of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpgradeCounts:
    """What one run of an upgrade did.

    Attributes:
        grants: live grants that ended.
        requests: pending requests that lapsed.
        duties: duties of approvers that went back to their owners.
        variables: that were written into the catalogue.
        kept: requests that are shown from now on as they were found.
        refused: requests that cannot be read; they are refused alone.
    """

    grants: int = 0
    requests: int = 0
    duties: int = 0
    variables: int = 0
    kept: int = 0
    refused: int = 0
