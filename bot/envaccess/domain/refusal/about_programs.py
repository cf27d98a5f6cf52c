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
    Reason.MACHINE_CHANGED: Words(
        "The policy says something else of this machine, or of who started its run, than when its session "
        "began, so nothing was done.",
        "Bring the pipeline's token again: {host:envaccess} does that once by itself.",
    ),
    Reason.NO_PROGRAM: Words(
        "The policy names no such machine, and no such agent has a session, so nothing was locked.",
        "A machine is named as the policy does, such as {code:machine:deploy}.",
    ),
    Reason.TOKEN_INVALID: Words(
        "That is no identity token that counts here{if_hint:: {hint}}. Nothing was done.",
        "The issuers that count stand under {code:machines} in the policy: in the pipeline "
        "{host:envaccess whoami --identity auto} prints an entry for it. Else ask its platform for a token "
        "again.",
    ),
    Reason.TOKEN_KEY_UNKNOWN: Words(
        "The key that this identity token names is none of its issuer's, as far as is known now. Nothing was "
        "done.",
        "Try again in a minute: the issuer's keys are then fetched anew.",
    ),
    Reason.TOKEN_REFUSED: Words(
        "This identity token is not good here{if_hint:: {hint}}. Nothing was done.",
        "Ask the pipeline's platform for a fresh token whose audience is the URL of this server.",
    ),
    Reason.ISSUER_AWAY: Words(
        "The keys of this token's issuer cannot be had now, so it could not be checked. Nothing was done.",
        "Try again in a minute; the log of envaccess says what is wrong with the issuer's address.",
    ),
    Reason.ACTOR_UNKNOWN: Words(
        "Somebody would have to approve this, and it is not known who started this pipeline"
        "{if_hint: ({hint})}, so nothing was filed.",
        "Whoever looks after the policy can name them under {code:people}: nobody approves what they "
        "themselves asked for.",
        elsewhere={Place.EXPLAIN: "who started it is nobody that the policy knows"},
    ),
    Reason.RESTARTED: Words(
        "Somebody would have to approve this, and this run was started again (attempt {hint}): its platform "
        "does not say by whom, so nothing was filed.",
        "Start a new run; or whoever looks after the policy lets runs that are started again count as those "
        "of whoever started them first, by {code:reruns: true} at this machine.",
        elsewhere={Place.EXPLAIN: "nobody knows who started this run again"},
    ),
    Reason.TOKEN_USED: Words(
        "This identity token was brought by another key before, so it opens no session.",
        "Commands of one job share its key where {code:ENVACCESS_JOB_KEY_FILE} names a file for it; or ask "
        "the pipeline's platform for a token of its own for each command.",
    ),
    Reason.TOO_MANY_OF_MACHINE: Words(
        "All runs of this machine together have asked {limit} times, which is the most at once, or in a day. "
        "Nothing was filed.",
        "Wait until some of it is decided{if_when:, or until {when}}.",
    ),
    Reason.TOO_MANY_RUNS: Words(
        "This machine has {limit} sessions already, which is the most. No session was opened.",
        "Wait until another run has ended.",
    ),
}
