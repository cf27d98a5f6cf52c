"""A process that holds keys or values leaves no copy of its memory behind, and shows it to no other process.

A core dump is the whole memory in a file, readable long after the process has gone. What is not dumpable
(Linux, prctl(2) PR_SET_DUMPABLE) leaves none even where a handler takes dumps whatever the limit, and other
processes of the same user can neither read its memory and environment nor attach to it; root still can. The
kernel turns it on again whenever a process begins a new program or changes its user, which ours do not.
"""

import ctypes
import os
import resource
import sys
from typing import Final

PR_SET_DUMPABLE: Final = 4


def harden() -> str:
    """Turn core dumps off and, on Linux, keep other processes from reading this one's memory.

    Returns:
        Why the kernel did not hide it, as a sandbox may forbid, which stops no work; else empty.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux") and ctypes.CDLL(None, use_errno=True).prctl(
        PR_SET_DUMPABLE, 0, 0, 0, 0
    ):
        return os.strerror(ctypes.get_errno())
    return ""
