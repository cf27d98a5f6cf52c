"""What an expected fault is to whoever asked: a refusal, in every surface the same."""

from envaccess.domain.errors import (
    DirectoryError,
    DirectoryRefusedError,
    GroupRefusedError,
    RecordRefusedError,
    SealRefusedError,
    StoreError,
    StoreUncertainError,
    StoreUnconfirmedError,
)
from envaccess.domain.refusal import Reason, Refusal

ExpectedFault = StoreError | DirectoryError | RecordRefusedError
EXPECTED = (StoreError, DirectoryError, RecordRefusedError)
"""Faults that somebody is told about in words."""


def refusal_of(fault: ExpectedFault) -> Refusal:
    """What a person is told; what Slack refuses is not mended by trying again, and is said to be so."""
    match fault:
        case GroupRefusedError():
            told = Refusal(Reason.GROUP_REFUSED, state=fault.code, hint=fault.problem, target=fault.group)
        case DirectoryRefusedError():
            told = Refusal(Reason.DIRECTORY_REFUSED, hint=f"{fault.method}: {fault.code}")
        case DirectoryError():
            told = Refusal(Reason.NOT_CHECKED)
        case SealRefusedError():
            told = Refusal(Reason.SEAL_BROKEN, request=fault.request)
        case RecordRefusedError():
            told = Refusal(Reason.RECORD_REFUSED, request=fault.request)
        case StoreUnconfirmedError():
            told = Refusal(Reason.STORE_UNCONFIRMED)
        case StoreUncertainError():
            told = Refusal(Reason.STORE_UNCERTAIN)
        case _:
            told = Refusal(Reason.STORE_DOWN)
    return told
