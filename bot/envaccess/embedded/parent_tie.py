"""Tie a child's life to its parent's, so that `kill -9` of the parent takes the child along.

Linux has the parent-death signal (prctl(2), PR_SET_PDEATHSIG). It follows the *thread* that forked,
which is why only the watcher uses it: that process has one thread. Elsewhere a guard, a third small
process, reads from a pipe that only the parent can write, and kills the child at its end.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
KERNEL_TIES = sys.platform.startswith("linux")
"""Whether the kernel does it by itself; otherwise a `Guard` is needed."""
_HIGHEST_DESCRIPTOR = 256
"""More than a watcher ever has open."""


def die_with(parent: int) -> None:
    """Have the kernel kill this process when `parent` dies; call it right after the fork, on Linux only.

    Raises:
        OSError: the kernel refused.
    """
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it died before the tie was made
        os._exit(1)


class Guard:
    """A process that kills `child` if the process that made the guard ends without `dismiss`."""

    def __init__(self, child: int) -> None:
        reading, self._writing = os.pipe()
        self._process = os.fork()
        if not self._process:
            self._stand(reading, child)
        os.close(reading)

    @staticmethod
    def _stand(reading: int, child: int) -> None:
        try:
            os.dup2(reading, 0)
            os.closerange(1, _HIGHEST_DESCRIPTOR)  # the parent's end of the pipe and its locks
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            if not os.read(0, 1):
                os.kill(child, signal.SIGKILL)
        finally:
            os._exit(0)

    def dismiss(self) -> None:
        """Send the guard away: the child has ended in good order."""
        os.write(self._writing, b".")
        os.close(self._writing)
        os.waitpid(self._process, 0)
