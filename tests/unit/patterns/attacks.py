"""Texts that make a pattern go back as often as it can, made from the pattern itself.

The ideas are those of published detectors: recheck, regexploit, "Static Detection of DoS Vulnerabilities in
Programs that use Regular Expressions" (https://arxiv.org/abs/1701.04045). What leads to a repetition, what
it takes, very often, and then something that does not fit.
"""

import itertools
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from tests.unit.patterns.bounded import cost
from tests.unit.patterns.machine import Fits, Program, TooLongError, compiled, count, fits_of

_POOL = string.ascii_letters + string.digits + string.punctuation + " \n\té\u00a0日"
_ENDS = ("", "\n\0")
_CHOICES = 3
_BOUNDED = 100
"""Times; what is repeated less often is repeated only with what leads to it."""
_LIKE_IT = 3


class Writer:
    """Writes what fits parts of a pattern.

    Args:
        choice: which of a set's characters, and which way of a branch, it takes.
    """

    def __init__(self, flags: int, choice: int) -> None:
        self._flags = flags
        self._choice = choice

    def write(self, tree: Any) -> str:
        """The shortest text, or nearly, that fits a part."""
        return "".join(self._one(op, value) for op, value in tree)

    def _one(self, op: Any, value: Any) -> str:
        if op in {sre.ANY, sre.LITERAL, sre.NOT_LITERAL, sre.IN}:
            return self._character(fits_of(op, value, self._flags))
        if op is sre.BRANCH:
            return self.write(value[1][self._choice % len(value[1])])
        if op is sre.SUBPATTERN:
            return Writer(self._flags & ~value[2] | value[1], self._choice).write(value[3])
        if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            times: int = max(value[0], min(1, value[1]) if self._choice % 2 else 0)
            return self.write(value[2]) * times
        if op is sre.ASSERT:
            return self.write(value[1]) if value[0] < 0 else ""
        return self.write(value) if op is sre.ATOMIC_GROUP else ""

    def _character(self, fits: Fits) -> str:
        fitting = [character for character in _POOL if fits(character)] or ["\ufffd"]
        return fitting[self._choice * len(fitting) // _CHOICES % len(fitting)]

    def places(self, tree: Any, before: str = "") -> Iterator[tuple[str, Any]]:
        """Each repetition in it (and each way of a branch), with a text that leads there."""
        for op, value in tree:
            if op in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
                if value[1] is sre.MAXREPEAT or value[1] > _BOUNDED:
                    yield before, value[2]
                yield from self.places(value[2], before)
            elif op is sre.BRANCH:
                for way in value[1]:
                    yield before, way
                    yield from self.places(way, before)
            elif op is sre.SUBPATTERN:
                yield from Writer(self._flags & ~value[2] | value[1], self._choice).places(value[3], before)
            elif op is sre.ATOMIC_GROUP:
                yield from self.places(value, before)
            before += self._one(op, value)


def kinds(program: Program) -> list[str]:
    """One character for each way of belonging to the pattern's sets of more than one character."""
    sets = [one for one in program.sets if sum(map(one, _POOL)) > _LIKE_IT]
    found: dict[tuple[bool, ...], str] = {}
    for character in _POOL:
        found.setdefault(tuple(one(character) for one in sets), character)
    return list(found.values())


@dataclass(frozen=True, order=True)
class Attack:
    """A text that can be made as long as one likes."""

    before: str
    pump: str
    end: str

    def text(self, times: int) -> str:
        """What leads there, what is repeated, what does not fit."""
        return self.before + self.pump * times + self.end


def attacks(tree: Any, flags: int, program: Program) -> list[Attack]:
    """Texts that should make this pattern slow if anything does."""
    letters = kinds(program)
    pumps = {("", "".join(word)) for length in (1, 2) for word in itertools.product(letters, repeat=length)}
    for choice in range(_CHOICES):
        writer = Writer(flags, choice)
        whole = writer.write(tree)
        pumps |= {("", whole), ("", whole[:-1]), ("", whole + " "), ("", " " + whole)}
        for before, body in writer.places(tree):
            pumps |= set(_at(before, writer.write(body), body, letters, flags))
    return sorted(Attack(before, pump, end) for before, pump in pumps if pump for end in _ENDS)


def _at(before: str, sample: str, body: Any, letters: Iterable[str], flags: int) -> Iterator[tuple[str, str]]:
    """A repetition pumped after what leads to it, and both pumped together."""
    yield before, sample
    for apart in ("", " "):
        yield "", before + sample + apart
    for op, value in body:
        if op in {sre.ANY, sre.LITERAL, sre.NOT_LITERAL, sre.IN}:
            fits = fits_of(op, value, flags)
            yield from ((before, letter) for letter in letters if fits(letter))


_TIMES = 60
_STEPS_A_CHARACTER = 2_000
_MORE_A_PUMP = 10


def slow_on(pattern: str, flags: int = 0, ways: Iterable[str] = ("search",)) -> str:
    """A text on which the pattern takes more than linear time, with how it is used; empty when none is found.

    Each part of the text may take as many steps as the one before, a little more where a bound is reached.
    What is proven never to take many steps from any place is not attacked.
    """
    tree = _parser.parse(pattern, flags)
    for parts in _choices(list(tree)):
        if cost(parts).steps <= _STEPS_A_CHARACTER:
            continue
        program = compiled(parts, tree.state.flags)
        for attack in attacks(parts, tree.state.flags, program):
            for way in ways:
                if _grows(program, way, attack):
                    return f"{way} of {attack}"
    return ""


def _choices(parts: list[Any]) -> Iterator[list[Any]]:
    """Each way of a branch that is all of a pattern: one after the other they take as long as all of them."""
    if any(op not in {sre.ASSERT, sre.ASSERT_NOT, sre.AT} for op, _ in parts[:-1]):
        yield parts
        return
    op: Any
    value: Any
    op, value = parts[-1] if parts else (None, None)
    if op is sre.BRANCH:
        for way in value[1]:
            yield from _choices([*parts[:-1], *way])
    elif op is sre.SUBPATTERN and not (value[1] or value[2]):
        yield from _choices([*parts[:-1], *value[3]])
    else:
        yield parts


def _grows(program: Program, way: str, attack: Attack) -> bool:
    texts = [attack.text(times * _TIMES) for times in (1, 2, 3)]
    try:
        once, twice, thrice = (count(program, way, text, _STEPS_A_CHARACTER * len(text)) for text in texts)
    except TooLongError:
        return True
    return (thrice - twice) - (twice - once) > _MORE_A_PUMP * _TIMES
