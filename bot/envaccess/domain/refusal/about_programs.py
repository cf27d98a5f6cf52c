"""Refusals that are about pipelines and agents: who they are, and what they may."""

from collections.abc import Mapping
from typing import Final

from envaccess.domain.refusal.entry import Entry, Place, Words
from envaccess.domain.refusal.reason import Reason

PROGRAMS: Final[Mapping[Reason, Entry]] = {
    Reason.NO_MACHINE: Words(
        "This pipeline's token is that of no machine in the policy, so nothing was done{if_hint:: {hint}}.",
        "Whoever looks after the policy can add it; {host:envaccess policy explain --claims FILE} says what "
        "a token lacks.",
        elsewhere={Place.EXPLAIN: "its token is that of no machine{if_hint:: {hint}}"},
    ),
    Reason.NO_PROGRAM: Words(
        "The policy names no such machine, and no such agent has a session, so nothing was locked.",
        "A machine is named as the policy does, such as {code:machine:deploy}.",
    ),
    Reason.TOKEN_USED: Words(
        "This identity token was brought by another key before, so it opens no session.",
        "Ask your pipeline's platform for a token of its own for each command.",
    ),
    Reason.TOO_MANY_RUNS: Words(
        "This machine has {limit} sessions already, which is the most. No session was opened.",
        "Wait until another run has ended.",
    ),
}
