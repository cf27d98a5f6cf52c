"""What people type: decoded once, made harmless, screened for secrets.

Slack escapes `&`, `<` and `>` and, with `should_escape`, turns mentions into `<@U...|name>` tokens
(https://docs.slack.dev/interactivity/implementing-slash-commands). Tokens are read before entities, so
that a typed `<!channel>` arrives as `&lt;!channel&gt;`, is decoded to text, and stays text.
"""

import re
import unicodedata

from envaccess.domain.screening import HIDDEN, looks_secret, printable

__all__ = [
    "HIDDEN",
    "REASON_MAX",
    "REASON_MIN",
    "TEXT_MAX",
    "clean",
    "count",
    "decode",
    "looks_secret",
    "printable",
]

REASON_MIN = 3
REASON_MAX = 500
TEXT_MAX = 4_000
"""Characters of a command that are looked at; anything longer is refused unread."""

_TOKEN = re.compile(r"<([@#!]?)([^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but emoji and Persian, Hindi and other scripts need them."""
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters that look like nothing."""


def decode(text: str) -> str:
    """Undo Slack's escaping once and reduce its tokens to inert text: `<@U1|bob>` -> `@U1`.

    Slack makes links of what looks like one: `prod.eu/A` comes as `<http://prod.eu/A|prod.eu/A>`, and is read
    as it was typed. A label that says anything else than its link does not count: the link is read.
    """
    text = _TOKEN.sub(_read_token, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read_token(token: re.Match[str]) -> str:
    kind, target, label = token[1], token[2], token[3] or ""
    if kind:
        # A user group's token names its kind too: `<!subteam^S1|@on-call>` -> `@S1`.
        return f"{'@' if kind == '!' else kind}{target.removeprefix('subteam^')}"
    return label if _is_made_from(label, target) else target


def _is_made_from(label: str, link: str) -> bool:
    """Whether Slack made this link from this text: it adds a scheme, and may fold the host's letters."""
    bare = next((link[len(scheme) :] for scheme in _SCHEMES if link.lower().startswith(scheme)), link)
    host, slash, path = label.partition("/")
    made, made_slash, made_path = bare.partition("/")
    same_path = path == made_path and (slash == made_slash or not path)
    return bool(host) and host.lower() == made.lower() and same_path


def clean(text: str) -> str:
    """Strip what is not seen; fold white space to single spaces; nothing is left of joiners alone."""
    kept = [character for character in text if not _is_harmful(character)]
    cleaned = " ".join("".join(kept).split())
    return cleaned if cleaned.strip("\u200c\u200d ") else ""


def _is_harmful(character: str) -> bool:
    """Whether a character is not seen: control, format (text direction too), surrogate, blank letter."""
    if character.isspace() or character in _JOINERS:
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} or character in _BLANK


def count(number: int, noun: str) -> str:
    """`1 minute`, `2 minutes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
