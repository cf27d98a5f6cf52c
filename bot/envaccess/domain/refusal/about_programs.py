"""Refusals that are about machines and agents: programs that ask, and decide nothing."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Words
from envaccess.domain.refusal.reason import Reason

PROGRAMS: Final[Mapping[Reason, Entry]] = {
    Reason.TOKEN_USED: Words(
        "This identity token was brought by another key before, so it opens no session.",
        "Ask your pipeline's platform for a token of its own for each command.",
    ),
    Reason.TOO_MANY_RUNS: Words(
        "This machine has {limit} sessions already, which is the most. No session was opened.",
        "Wait until another run has ended.",
    ),
}
