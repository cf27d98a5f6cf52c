"""How a value looks in what a program writes: as it is, and as URLs, JSON, HTML and base64 have it."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, quote_plus

SHORTEST: Final = 6
"""Characters. What is shorter is in every text by chance, and taking it out spoils the text."""
_PIECE: Final = 4096
"""Bytes of the longest form: a longer value is taken out in pieces, so that no more is ever held back."""
_WRAPPED: Final = (76, 64)
"""Characters a line of base64, as `base64` (RFC 2045) and PEM (RFC 7468) wrap it."""
_UNESCAPED: Final = ("", "/", "!'()*", ";,/?:@&=+$#!'()*")
"""What else is left as it is: nothing (RFC 3986), Python's `quote`, and JavaScript's two functions."""
_AS_CODES: Final = (
    "",
    "<>&",  # Go, Rails
    "<>&='",  # Gson (google/gson#203)
    "<>&'\"+`",  # .NET (dotnet/runtime#35281)
    "<>&'\"",  # PHP, asked for all that means something in HTML
    "\\<>&'\"=-;`",  # Django's escapejs
)
"""What else than JSON has to is written as `\\u003c`, lest it mean something in HTML."""
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"'}
_ESCAPE: Final = re.compile(r"\\(?:u[0-9a-f]{4}|.)")
_MARKUP: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENTITIES: Final = (
    _MARKUP,
    *(
        {**_MARKUP, '"': double, "'": single, **more}
        for double, single, more in (
            ("&quot;", "'", {}),  # Java's escapers, PHP before 8.1
            ("&quot;", "&#x27;", {}),  # Python's html.escape, Django
            ("&quot;", "&#39;", {}),  # Rails, EJS, lodash
            ("&quot;", "&#039;", {}),  # PHP
            ("&#34;", "&#39;", {}),  # Go, Jinja
            ("&quot;", "&apos;", {}),  # XML
            ("&quot;", "&#x27;", {"/": "&#x2F;"}),  # OWASP's advice
            ("&quot;", "&#39;", {"/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"}),  # Mustache
            ("&quot;", "&#x27;", {"`": "&#x60;", "=": "&#x3D;"}),  # Handlebars
            ("&#34;", "&#39;", {"+": "&#43;"}),  # Go's html/template
        )
    ),
)
"""What a value's characters become in HTML and XML."""


@dataclass(frozen=True, slots=True, repr=False)
class ValueForms:
    """All that is taken out.

    Attributes:
        forms: every form of every value, none part of the text of this object.
        too_short: names of values under 6 characters, which are not taken out.
    """

    forms: frozenset[bytes]
    too_short: tuple[str, ...] = ()


def forms_of(values: Iterable[tuple[str, str]]) -> ValueForms:
    """The forms of values, each with its name."""
    forms: set[bytes] = set()
    short = []
    for name, value in values:
        if len(value) < SHORTEST:
            short.append(name)
            continue
        for text in _texts(value):
            for form in _encoded(text):
                forms.update(pieces(form))
    return ValueForms(frozenset(forms), tuple(short))


def _texts(value: str) -> set[str]:
    """The value, without blanks around it, and each of its lines; never what is too short."""
    texts = {
        value,
        value.strip(),
        value.replace("\r\n", "\n"),
        *(line.strip() for line in value.splitlines()),
    }
    return {text for text in texts if len(text) >= SHORTEST}


def _encoded(text: str) -> Iterator[bytes]:
    raw = text.encode(errors="surrogateescape")
    yield raw
    yield from _in_urls(raw)
    yield from _in_json(text)
    yield from _in_html(text)
    yield from _in_base64(raw)


def _in_urls(raw: bytes) -> Iterator[bytes]:
    """As a part of a URL, and of one that is itself a part of another."""
    for once in (*(quote(raw, safe=safe) for safe in _UNESCAPED), quote_plus(raw)):
        for escaped in (once, quote(once, safe=""), once.replace("%", "%25")):
            yield escaped.encode()
            yield _lower_escapes(escaped).encode()


def _lower_escapes(text: str) -> str:
    """`%2f` for `%2F`: both are usual (RFC 3986, 2.1)."""
    first, *rest = text.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in rest)])


def _in_json(text: str) -> Iterator[bytes]:
    """As a string of JSON, and of JSON that is itself a string in other JSON, as logs have it."""
    found: set[str] = set()
    for ascii_only in (True, False):
        inner = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        for written, digits in ((inner, "04x"), (_ESCAPE.sub(_upper_code, inner), "04X")):
            found.update(_with_codes(written, codes, digits) for codes in _AS_CODES)
    for inner in found:
        for once in (inner, inner.replace("/", "\\/")):
            yield once.encode(errors="surrogateescape")
            yield json.dumps(once, ensure_ascii=False)[1:-1].encode(errors="surrogateescape")


def _upper_code(found: re.Match[str]) -> str:
    escape = found[0]
    return "\\u" + escape[2:].upper() if len(escape) > len("\\n") else escape


def _with_codes(inner: str, codes: str, digits: str) -> str:
    """A string of JSON with these characters as their codes, too."""
    for character in codes:
        inner = inner.replace(_ESCAPED.get(character, character), f"\\u{ord(character):{digits}}")
    return inner


def _in_html(text: str) -> Iterator[bytes]:
    """As pages of errors show what they were sent, and XML: each library has its own writing of some."""
    for told in _ENTITIES:
        escaped = "".join(told.get(character, character) for character in text)
        if escaped != text:
            yield escaped.encode(errors="surrogateescape")


def _in_base64(raw: bytes) -> Iterator[bytes]:
    """What of the base64 of a text that holds the value depends on it alone, at each of three alignments."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)
        inner = encoded[first : (before + len(raw)) * 8 // 6]
        alone = () if before else (encoded, *_wrapped(encoded))
        for form in (inner, *alone):
            if len(form) >= SHORTEST:
                yield form
                yield form.translate(_URL_SAFE)


def _wrapped(encoded: bytes) -> Iterator[bytes]:
    for width in _WRAPPED:
        if len(encoded) > width:
            yield from (encoded[place : place + width] for place in range(0, len(encoded), width))


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def pieces(form: bytes, most: int = _PIECE) -> Iterator[bytes]:
    """A form, or its pieces of so many bytes where it is longer, the last one as long as the others."""
    if len(form) <= most:
        yield form
        return
    yield from (form[place : place + most] for place in range(0, len(form) - most, most))
    yield form[-most:]
