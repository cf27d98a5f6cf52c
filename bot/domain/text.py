"""What people type: decoded once, made harmless, screened for secrets.

Slack escapes `&`, `<` and `>` and, with `should_escape`, turns mentions into `<@U...|name>` tokens
(https://docs.slack.dev/interactivity/implementing-slash-commands). Tokens are read before entities, so
that a typed `<!channel>` arrives as `&lt;!channel&gt;`, is decoded to text, and stays text.
"""

import math
import re
import unicodedata
from collections import Counter

REASON_MIN = 3
REASON_MAX = 500
TEXT_MAX = 4_000
"""Characters of a command that are looked at; anything longer is refused unread."""

HIDDEN = "(hidden)"
"""Stands in the place of something typed that looks like a secret."""

_TOKEN = re.compile(r"<([@#!]?)([^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_JOINERS = frozenset("\u200c\u200d")
"""Invisible, but emoji and Persian, Hindi and other scripts need them."""
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters that look like nothing."""

# Each pattern begins at a word's start or is bounded: what somebody types takes no quadratic time.
_KNOWN_SHAPES = re.compile(
    r"""
    -----BEGIN\s | \b[sprw]k_(?:live|test)_\w{6,} | \bsk-[\w-]{16,} | \b(?:AKIA|ASIA)[0-9A-Z]{12,}
    | \bgh[pousr]_\w{16,} | \bgithub_pat_\w{16,} | \bglpat-[\w-]{12,}
    | \bxox[a-z]-[\w-]{6,} | \bxapp-[\w-]{6,} | \bhooks\.slack\.com/services/\w
    | \bAIza[\w-]{20,} | \bya29\.[\w-]{10,} | \bSG\.[\w-]{10,} | \bnpm_\w{20,}
    | \bwhsec_\w{8,} | \bdop_v1_\w{16,} | \beyJ[\w-]{8,500}\.[\w-]{4,}
    | \b\w{1,20}://[^\s/:@]*:[^\s/@]+@
    | (?i:\b(?:password|passwd|pwd|secret|token|api[_-]?key)\b["']?\s*[=:]\s*\S{4,})
    """,
    re.VERBOSE | re.ASCII,
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z0-9+_=~.-]{20,}", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_SLUG = re.compile(r"(?:(?:[a-z]+|[A-Z][a-z]*|[A-Z]+|[0-9]+|[a-z0-9]{1,10})(?:[-._~=+]+|$))+", re.ASCII)
"""What people name pods, hosts and releases: short parts, none of them a mixture of cases."""
_SAME_BITS = 2.0
_DENSE_BITS = 3.5
_DENSE_RUNS = 8


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


def looks_secret(text: str) -> bool:
    """Whether something typed looks like a secret value: known shapes first, then dense random words."""
    if _KNOWN_SHAPES.search(text):
        return True
    bare = _UUID.sub(" ", text)
    return any(_is_dense(word) for word in _WORDS.findall(bare))


def printable(name: str) -> str:
    """A typed name as it may be written down: somebody may have pasted a value in its place (law 7)."""
    return HIDDEN if looks_secret(name) else name


def _is_dense(word: str) -> bool:
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    if bits >= _SAME_BITS and _HEX.search(word):
        return True
    dense = bits >= _DENSE_BITS and len(_RUNS.findall(word)) >= _DENSE_RUNS and _mixes(word)
    return dense and not _SLUG.fullmatch(word)


def _mixes(word: str) -> bool:
    has_digit = any(c.isdigit() for c in word)
    return has_digit and any(c.isalpha() for c in word)
