"""Who works at the command line, for the audit stream: as the system knows them, or as they say.

The account is the process's own; what LOGNAME and USER say, anybody may set. `sudo` makes root of a person
and names them in SUDO_USER: that counts for root, who could write anything anyway. In everybody else's
environment, and in ENVACCESS_OPERATOR (containers, where all are root or a number), a name is only said, and
the event says so: `alice (said by root)`, which no account can be called.
"""

import os
import pwd
import re
from typing import Final

NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.@\\+-]{0,63}"
"""How accounts are called, those of a directory service (`DOMAIN\\alice`, `alice@example.com`) included."""
_ROOT: Final = 0


def operator_name(sudo_user: str, said: str) -> str:
    """The name for the audit stream.

    Args:
        sudo_user: what SUDO_USER says; empty when unset.
        said: what ENVACCESS_OPERATOR says, checked by the settings; empty when unset.
    """
    user = os.getuid()
    account = _account(user)
    by_sudo = sudo_user if re.fullmatch(NAME, sudo_user) else ""
    if by_sudo and user == _ROOT:
        return by_sudo
    claimed = by_sudo or said
    return f"{claimed} (said by {account})" if claimed and claimed != account else account


def _account(user: int) -> str:
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)
    return name if re.fullmatch(NAME, name) else str(user)
