"""Limits and times of leases, for the scripts."""

from typing import Final

from envaccess.domain.leases import LEASES_MOST, LEAST_SECONDS, MARGIN_SECONDS

_SECOND: Final = 1_000
_MINUTE: Final = 60 * _SECOND

LEASE: Final = {
    "most": LEASES_MOST,
    "least": (LEAST_SECONDS + MARGIN_SECONDS) * _SECOND,
    # far longer than a source is waited for: what is not noted as made by then never was shown
    "making": 30 * _SECOND,
    "stuck": 15 * _MINUTE,
    "held": 20 * _SECOND,  # longer than one process waits for a source
    "look": _MINUTE,  # how often it is asked whether one works still
    "pause": _SECOND,
    "pause_most": 5 * _MINUTE,
}
"""Milliseconds, but for `most`."""
