"""Whether something typed looks like a secret value (law 7): as well as can be done, and in linear time."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote

from envaccess.domain.secret_assignments import assigns_secret
from envaccess.domain.secret_tokens import has_token

HIDDEN: Final = "(hidden)"
"""Stands in the place of something typed that looks like a secret."""
WORD_MAX: Final = 200
"""Characters; a longer word is nobody's name for anything, and its parts are not looked at."""

_NAMES = re.compile(
    r"""
      (?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}
    | (?<![\w-])[a-z]{1,12}-[0-9a-f]{17}(?!\w)                        # a resource of AWS
    | (?<![\w-])[a-z0-9]{8,12}\.[a-z0-9-]{1,20}\.(?:rds|cache)\.amazonaws\.com
    | (?<!\w)sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})(?!\w)          # an image's digest
    | (?<!\w)sha256:[a-z0-9+/]{43}(?![\w+/])                        # an SSH key's fingerprint
    | (?<!\w)(?:h1:|sha256-)[a-z0-9+/]{43}=|(?<!\w)sha512-[a-z0-9+/]{86}==  # a package's checksum
    | (?<!\w)(?:commits?|checkout|rev|revision|tree|blob|sha|zipball|tarball|archive)
      [ :/][ ]?[0-9a-f]{40}(?!\w)
    | (?<!\w)(?:trace|span)[ _-]?id[ :=][ ]?[0-9a-f]{32}(?!\w)
    | (?<!\w)(?:digest|checksum|sha256)[ :=][ ]?[0-9a-f]{64}(?!\w)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
"""What looks as random as a secret and is none: identifiers, digests, commits."""
_ESCAPES = re.compile(r"\\[nrt\"']")
_WORDS = re.compile(r"[A-Za-z0-9+_=~.-]{20,}+", re.ASCII)
_KEYS = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])", re.ASCII)
"""A secret key of AWS: 40 characters of base64, in which a slash may stand."""
_HEX = re.compile(r"[0-9a-fA-F]{32}")
_RUNS = re.compile(r"[a-z]++|[A-Z]++|[0-9]++")
_BETWEEN = re.compile(r"[-._~=+]++")
_PART = re.compile(r"[a-z]++|[A-Z][a-z]*+|[A-Z]++|[0-9]++|[a-z0-9]{1,10}+", re.ASCII)
_GROWS = 2
"""Times; one character of Arabic can become eighteen."""
_SAME_BITS = 2.0
_DENSE_BITS = 3.5
_DENSE_RUNS = 8
_KEY_RUNS = 16
_DENSE_KEY_RUNS = 12
_DENSE_KEY_BITS = 4.5


def looks_secret(text: str) -> bool:
    """Whether something typed looks like a secret value: known shapes, assignments, dense random words."""
    text = _folded(text)
    return _looks_secret(text) or any(map(_looks_secret, _decoded(text)))


def _folded(text: str) -> str:
    """With `password` for the same letters of other keyboards; what only grows by it stays as it is."""
    folded = unicodedata.normalize("NFKC", text)
    return folded if len(folded) <= _GROWS * len(text) else text


def _decoded(text: str) -> Iterator[str]:
    """The text without what hides the beginning of a value: `%3D` in a link, escapes in code."""
    if "%" in text:
        yield unquote(text)
    if "\\" in text:
        yield _ESCAPES.sub(" ", text)


def _looks_secret(text: str) -> bool:
    if has_token(text) or assigns_secret(text):
        return True
    bare = _NAMES.sub(" ", text)
    return any(_is_dense(word) for word in _WORDS.findall(bare)) or any(map(_is_key, _KEYS.findall(bare)))


def printable(name: str) -> str:
    """A typed name as it may be written down: somebody may have pasted a value in its place (law 7)."""
    return HIDDEN if looks_secret(name) else name


def _is_dense(word: str) -> bool:
    bits = _bits(word)
    if bits >= _SAME_BITS and _HEX.search(word):
        return True
    dense = bits >= _DENSE_BITS and len(_RUNS.findall(word)) >= _DENSE_RUNS and _mixes(word)
    return dense and (len(word) > WORD_MAX or not _is_slug(word))


def _bits(word: str) -> float:
    """The entropy of a word's letters, in bits a letter."""
    return -sum(n / len(word) * math.log2(n / len(word)) for n in Counter(word).values())


def _is_slug(word: str) -> bool:
    """Whether it is a pod's, a host's or a release's name: short parts, none a mixture of cases."""
    first, *others = _BETWEEN.split(word)
    return all(_PART.fullmatch(part) for part in (first, *(other for other in others if other)))


def _is_key(word: str) -> bool:
    runs = len(_RUNS.findall(word))
    dense = runs >= _DENSE_KEY_RUNS and _bits(word) >= _DENSE_KEY_BITS
    return _mixes(word) and (dense or runs >= _KEY_RUNS)


def _mixes(word: str) -> bool:
    has_digit = any(c.isdigit() for c in word)
    return has_digit and any(c.isalpha() for c in word)
