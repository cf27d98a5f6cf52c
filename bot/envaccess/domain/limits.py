"""How much one person may do: every number in one place, for the scripts and for the sentences.

The numbers a minute are far above what hands can do and far below what costs others anything. Those of
requests bound what one person can fill: the queue that others read, and the store, where a request and its
events take about three kilobytes for 400 days.
"""

from enum import StrEnum
from typing import Final

COMMANDS_PER_MINUTE: Final = 20
"""Commands, filings and forms."""
PRESSES_PER_MINUTE: Final = 120
"""Presses of buttons that file nothing: an approver with a long queue presses often."""
SEARCHES_PER_MINUTE: Final = 240
"""Searches of the form's list, one with every letter typed."""
REPORTS_PER_MINUTE: Final = 120
"""Reports of an agent's broker: one for each grant and service in a minute, and one at once for each echo."""
PENDING_MAX: Final = 30
"""Requests of one person that wait for a decision at once; more is a queue that nobody reads."""
FILED_PER_DAY: Final = 250
"""Requests that one person files in any 24 hours, emergencies apart."""
MACHINE_PENDING_MAX: Final = 100
"""Requests of all live runs of one machine that wait for a decision at once."""
MACHINE_FILED_PER_DAY: Final = 2_500
"""Requests that all runs of one machine file in any 24 hours."""
EMERGENCIES_PER_HOUR: Final = 10
"""Emergencies of one person in any hour: each is access at once, told at once and reviewed by somebody."""


class Act(StrEnum):
    """What somebody does, as it is counted."""

    COMMAND = "command"
    """A typed command, a filing by a button, or a form that was sent."""
    PRESS = "press"
    """Any other button."""
    SEARCH = "search"
    """A search of the form's list."""
    ENDING = "ending"
    """Typed or sent, it only ends or refuses something: counted as a command, but slowed as a press is."""
    REPORT = "report"
    """What an agent's broker called. Counted by itself: an agent that does much else keeps no report away."""
