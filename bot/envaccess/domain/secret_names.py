"""Which names announce a secret: `STRIPE_SECRET_KEY`, `dbPassword`, `PGPASSWORD`, `api-key`."""

import itertools
import re
from typing import Final

from envaccess.domain.secret_values import words

_PARTS: Final = re.compile(r"[A-Z]?[a-z\u00df-\u00ff]++|[A-Z]++")
_SECRETS: Final = words(
    """
    password passwords passwd passwort kennwort passphrase passcode pwd secret secrets token tokens
    apikey accesskey secretkey privatekey authtoken authkey authorization credential credentials creds
    contraseña contrasena senha wachtwoord
    """
)
"""Parts of a name that announce a secret."""
_TAILS: Final = ("password", "passwd", "passphrase", "secret", "token", "apikey")
"""How a part may end that has more before it: `PGPASSWORD`."""
_SHORTENED: Final = words(
    """
    pass pw auth pat
    """
)
"""The same in an identifier (`DB_PASS`); alone they are ordinary words."""
KINDS: Final = words(
    """
    api access secret private auth account service client signing encryption encrypt master license
    licence shared storage session hmac webhook admin root deploy app application ssh db database server
    consumer
    """
)
"""What stands before `key` where it is one to keep: a sort key is none."""
_ABOUT: Final = words(
    """
    name names url uri path file files dir ttl length len min max count id ids type policy bucket
    version reset rotation expiry expires expiration age days hours minutes seconds limit format enabled
    disabled required manager store storage field column arn endpoint host header provider stdin
    prompt method methods mode scheme
    """
)
"""Last parts of names that only tell about a secret: `TOKEN_URL`."""


def announces(key: str) -> bool:
    """Whether a name is a secret's: `STRIPE_SECRET_KEY`, `dbPassword`, `api-key`."""
    parts = [part.lower() for part in _PARTS.findall(key)]
    if not parts or parts[-1] in _ABOUT:
        return False
    if (
        not _SECRETS.isdisjoint(parts)
        or parts[-1].endswith(_TAILS)
        or (len(parts) > 1 and not _SHORTENED.isdisjoint(parts))
    ):
        return True
    pairs = itertools.pairwise(parts)
    return any(kind in KINDS and word in {"key", "keys"} for kind, word in pairs)


def counts(key: str) -> bool:
    """Whether the name is a plural, as a number of tokens has: `max_tokens`."""
    return key.lower().endswith(("tokens", "secrets", "passwords"))
