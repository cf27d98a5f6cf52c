"""The line of an event, which is what is proved of it, and what people typed, which is not in the line.

A line is canonical JSON (RFC 8785) of all fields that are stored of an event, each a text, and of its `id`,
in UTF-8. What somebody typed lies apart: the line has a digest of it under a salt of its own, so that the
text can be taken away, and no line changes.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Final

ALTERED: Final = "(not what was said then)"
"""Shown in place of a text that is not the one of which the event has the digest."""
REMOVED: Final = "(removed)"
"""Shown in place of a text that was taken away, or is not kept any longer."""

_TYPED: Final = re.compile("([a-z_]{1,40}):([0-9a-f]{64})")
_write: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""As `json.dumps` does, which makes an encoder for every call."""

LINE_BYTES: Final = 60_000
"""The longest line: an entry of C2SP's tlog-tiles has at most 65,535 bytes."""


def line_of(event: str, fields: Mapping[str, str]) -> bytes:
    """The line of an event; of one that is too long, a line that says the SHA-256 of what it would be."""
    line = _canonical({**fields, "id": event})
    if len(line) <= LINE_BYTES:
        return line
    return _canonical({"id": event, "sha256": hashlib.sha256(line).hexdigest()})


def _canonical(texts: Mapping[str, str]) -> bytes:
    """RFC 8785 of an object of texts: its names sorted by their UTF-16 code units."""
    ascii_only = "".join(texts).isascii()
    names = (
        sorted(texts) if ascii_only else sorted(texts, key=lambda name: name.encode("utf-16-be", "replace"))
    )
    return _write({name: texts[name] for name in names}).encode("utf-8", "replace")


def digest_of(salt: str, text: str) -> str:
    """What a line says of a text: SHA-256 over the salt's bytes and the text, as 64 hexadecimal digits.

    Args:
        salt: in hexadecimal digits; what is none of them counts as no salt.
        text: what somebody typed.
    """
    try:
        start = bytes.fromhex(salt)
    except ValueError:
        start = b""
    return hashlib.sha256(start + text.encode("utf-8", "replace")).hexdigest()


def read_digests(field: str) -> Mapping[str, str]:
    """The digests in an event's field `typed`, by the detail that each is of."""
    return dict(_TYPED.findall(field))


def read_texts(field: str, kept: str) -> Mapping[str, str]:
    """What somebody typed, by the detail that it is; `REMOVED` or `ALTERED` where it is not there as it was.

    Args:
        field: the event's field `typed`.
        kept: the JSON that lies apart; empty for none.
    """
    if not field:
        return {}
    texts = _read_kept(kept) if kept else {}
    return {name: _shown(digest, texts.get(name)) for name, digest in read_digests(field).items()}


def _shown(digest: str, kept: object) -> str:
    match kept:
        case [str(salt), str(text)]:
            return text if digest_of(salt, text) == digest else ALTERED
        case None:
            return REMOVED
    return ALTERED


def _read_kept(kept: str) -> Mapping[str, object]:
    try:
        found = json.loads(kept or "{}")
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def day_of(event: str) -> int:
    """The day since 1970, in UTC, under which the texts of an event are kept."""
    return int(event.partition("-")[0]) // 86_400_000
