"""From where a client says that it acts."""

from dataclasses import dataclass
from typing import Final

from envaccess.domain.text import clean

SAID_MAX: Final = 64
"""Characters of each word of a client about itself that are kept."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """From where somebody acts, as their client says: only its address is known to be so.

    Attributes:
        host: the name of their machine.
        user: the operating system's user there.
        program: what the values are for, without arguments.
        address: where the call came from, as the server saw it.
        link: the run of a pipeline; empty for people.
    """

    host: str = ""
    user: str = ""
    program: str = ""
    address: str = ""
    link: str = ""


def clean_receipt(host: str, user: str, program: str, address: str = "", link: str = "") -> Receipt:
    """What a client said: seen text only, short, and nothing that looks like a secret (law 7)."""
    return Receipt(*(_clean_said(said) for said in (host, user, program, address, link)))


def _clean_said(said: str) -> str:
    from envaccess.domain.screening import printable  # noqa: PLC0415 - heavy; a client does without

    return printable(clean(said))[:SAID_MAX]
