"""Where any of many texts begins in a piece of output.

A few texts are looked for one by one (`bytes.find` runs at gigabytes a second). For many, four or eight bytes
are looked up at every so many places: a text that is long enough covers one of these wherever it lies. Only
where something is found the texts themselves are compared.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal

_GRAM: Final = 4
_FEW: Final = 20
"""Up to so many texts, one by one is faster (benchmarks/redacting.py)."""
_STEPS: Final = (16, 8, 4, 2)
"""Bytes between two places; the widest that the shortest text lets through serves."""
_BLOCK: Final = 1 << 14
_FORMATS: Final[Mapping[int, Literal["I", "Q"]]] = {_GRAM: "I", 2 * _GRAM: "Q"}

Match = tuple[int, int]
"""Where a text begins, and where it ends."""


class FewTexts:
    """Looks for each by itself."""

    def __init__(self, texts: Collection[bytes]) -> None:
        self._texts = texts

    def find(self, data: bytes) -> Iterator[Match]:
        """Every occurrence of every text, those that overlap included."""
        for text in self._texts:
            yield from _every(text, data, 0, len(data))


class ManyTexts:
    """Looks at every `step` bytes whether one could be there.

    Args:
        texts: none shorter than `gram` and one byte more.
        gram: bytes that are looked up at once: 4, or 8. They are of a text's end: who knows how it begins
            causes no comparison, and learns nothing from the time that one takes.
    """

    def __init__(self, texts: Collection[bytes], gram: int = _GRAM) -> None:
        room = min(map(len, texts)) - gram + 1
        self._gram, self._step = gram, next(step for step in _STEPS if step <= room)
        self._at: defaultdict[int, list[tuple[bytes, int]]] = defaultdict(list)
        for text in texts:
            for offset in range(len(text) - gram - self._step + 1, len(text) - gram + 1):
                self._at[_word(text[offset : offset + gram])].append((text, offset))

    def find(self, data: bytes) -> Iterator[Match]:
        """Every occurrence of every text."""
        for shift in range(0, self._gram, self._step):
            for place in range(shift, len(data) - self._gram + 1, _BLOCK):
                yield from self._in_block(data, place)

    def _in_block(self, data: bytes, start: int) -> Iterator[Match]:
        """In a block nearly always nothing is found. All of it is looked at, whatever is found."""
        length = min(_BLOCK, len(data) - start) // self._gram * self._gram
        words = memoryview(data)[start : start + length].cast(_FORMATS[self._gram])
        for word in self._at.keys() & words[:: max(1, self._step // self._gram)]:
            for text, offset in self._at[word]:
                begin, end = max(0, start - offset), start + length + len(text)
                yield from _every(text, data, begin, end)


def _every(text: bytes, data: bytes, begin: int, end: int) -> Iterator[Match]:
    place = data.find(text, begin, end)
    while place >= 0:
        yield place, place + len(text)
        place = data.find(text, place + 1, end)


def _word(gram: bytes) -> int:
    return memoryview(gram).cast(_FORMATS[len(gram)])[0]


class TextSearch:
    """Looks for all of them in the way that suits their number and length."""

    def __init__(self, texts: Collection[bytes]) -> None:
        self._way = ManyTexts(texts) if len(texts) > _FEW else FewTexts(texts)
        self._begin: defaultdict[bytes, list[bytes]] = defaultdict(list)
        self._short = {text[:length] for text in texts for length in range(1, _GRAM)}
        for text in texts:
            self._begin[text[:_GRAM]].append(text)
        self._longest = max(map(len, texts), default=0)

    def find(self, data: bytes) -> list[Match]:
        """Every occurrence, in order, each once."""
        return sorted(set(self._way.find(data)))

    def unfinished(self, data: bytes) -> int:
        """Where the longest end of the data begins that may begin a text; its length where none does."""
        for place in range(max(0, len(data) - self._longest + 1), len(data) - _GRAM + 1):
            rest = len(data) - place
            for text in self._begin.get(data[place : place + _GRAM], ()):
                if len(text) > rest and text.startswith(data[place:]):
                    return place
        for length in range(min(_GRAM - 1, len(data)), 0, -1):
            if data[-length:] in self._short:
                return len(data) - length
        return len(data)
