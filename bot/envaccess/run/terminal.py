"""The terminal that the command shares with its caller."""

import os
import signal
import termios
from typing import Any


class SharedTerminal:
    """The controlling terminal, as it was before the command.

    It counts whether there is one, not whether a stream is one: in `run -- make | less` the keyboard still
    sends Ctrl-C to the whole group, and a password prompt opens /dev/tty.
    """

    def __init__(self, file: int) -> None:
        self._file = file
        self._modes: list[Any] = termios.tcgetattr(file)
        self._foreground = os.tcgetpgrp(file) == os.getpgrp()

    @classmethod
    def find(cls) -> "SharedTerminal | None":
        """The controlling terminal; None where there is none."""
        try:
            file = os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC | os.O_NOCTTY)
        except OSError:
            return None
        try:
            return cls(file)
        except (OSError, termios.error):
            os.close(file)
            return None

    def take_back(self) -> None:
        """Put it back as it was, after a command that was ended before it could do so itself.

        Only what was in the foreground before takes it, and is not stopped for that (SIGTTOU).
        """
        before = signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        try:
            if self._foreground:
                os.tcsetpgrp(self._file, os.getpgrp())
                termios.tcsetattr(self._file, termios.TCSADRAIN, self._modes)
        except (OSError, termios.error):
            return  # hung up
        finally:
            signal.signal(signal.SIGTTOU, before)
