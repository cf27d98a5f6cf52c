"""From where somebody acts, as this machine says."""

import os
import pwd
import socket
from typing import Final

from envaccess.domain.receipt import SAID_MAX, Receipt

_UNKNOWN: Final = "unknown"


def local_receipt(program: str = "") -> Receipt:
    """This machine's name, the user's, and what the values are for."""
    return Receipt(*(said[:SAID_MAX] for said in (socket.gethostname(), _user(), program)))


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a container's user without an entry
        return f"{_UNKNOWN} (uid {os.geteuid()})"
