"""Seals for tests that have no master keys: the key is a digest of its purpose."""

import hashlib
import time
from dataclasses import replace

from envaccess.crypto.seals import SealKey, Seals
from envaccess.domain.policy.rules import Starts
from envaccess.domain.request import Request
from envaccess.domain.seals.access import SealedRequest
from envaccess.domain.seals.statements import AutomaticSeal, FilingSeal
from envaccess.store.request_reader import RequestReader
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing

APP = "U0BOT"


def seals_for(workspace: str, purpose: str = "tests") -> Seals:
    """Seals under a key that only tests have."""
    return Seals(workspace, APP, SealKey(hashlib.sha256(purpose.encode()).digest()))


def wall() -> int:
    """The time of day, in milliseconds: the one that Redis has too."""
    return time.time_ns() // 1_000_000


def sealing_for(workspace: str, off: int = 0) -> Sealing:
    """Seals with the time of day, of a clock that is so many milliseconds ahead."""
    return Sealing(seals_for(workspace), lambda: wall() + off)


def reader_for(runner: Runner, workspace: str) -> RequestReader:
    """Reads what was sealed so, without an alarm."""
    return RequestReader(runner, sealing_for(workspace))


def sealed_as(request: Request, now: int) -> Request:
    """The request as if all of it were sealed and let through at a moment, as fakes of the store want it."""
    filing = FilingSeal(
        id=request.id,
        requester=request.requester,
        behind="",
        issuer="",
        variables=request.variables,
        incarnations=("first",) * len(request.variables),
        seconds=request.duration.seconds,
        once=request.duration.once,
        reason=request.reason,
        ruling=replace(request.ruling, automatic=True, emergency=None, starts=Starts.APPROVAL),
        extends="",
        extends_mac="",
        starts_at=0,
        emergency=False,
        surface="slack",
        session="",
        at=now,
    )
    return replace(request, sealed=SealedRequest(filing, "mac", automatic=AutomaticSeal("mac", now)))
