"""What a secret looks like, and the words that announce one."""

import re
from typing import Final

from envaccess.domain.secret_tokens import without_tokens

WITHHELD: Final = "[withheld]"

_LOOKS_SECRET = re.compile(
    r"""
      (?<![a-z0-9])x(?:ox[a-z]|app|wfp)[.-][\w.-]+     # Slack's tokens: xoxb-, xapp-, xoxe.xoxp-, xwfp-
    | (?<![\w-])[\w-]{43}=?(?![\w=-])                   # 32 bytes in urlsafe base64: a master key
    | (?<=hooks\.slack\.com/)[\w/.-]+                   # a response_url lets anyone answer in our name
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_BEFORE_AT = re.compile(r"(?<![^\s@])[^\s@]++(?=@)")
_PRIVATE_WORDS = re.compile(
    r"(?<![a-z])(values?|plaintext|secrets?|tokens?|password|passwd|authorization|cookie"
    r"|text|reason|body|blocks|args|payload|headers)(?![a-z])"
)


def withhold(text: str) -> str:
    """Return the text without the parts that look like a secret."""
    text = _LOOKS_SECRET.sub(WITHHELD, _BEFORE_AT.sub(_without_credentials, text))
    return without_tokens(text, WITHHELD)


def _without_credentials(found: re.Match[str]) -> str:
    """The user and the password of a URL are withheld; other words before an `@` stay."""
    scheme, slashes, rest = found[0].partition("://")
    return f"{scheme}{slashes}{WITHHELD}" if slashes and ":" in rest else found[0]


def is_private(key: str) -> bool:
    """Whether one of a key's words is private: `req_args`, `botToken`, `deny-reason`."""
    words = re.sub(r"([a-z])([A-Z])", r"\1_\2", key).lower()
    return _PRIVATE_WORDS.search(words) is not None
