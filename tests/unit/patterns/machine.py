"""A matcher that goes back as Python's `re` does and counts its steps: no clock, the same on every machine.

A pattern is read by `re`'s own parser and becomes a small program (https://swtch.com/~rsc/regexp/regexp2.html).
What `re` skips quickly (a literal beginning that is nowhere) is counted too.
"""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from re import _constants as sre  # type: ignore[attr-defined]
from typing import Any

Fits = Callable[[str], bool]
"""Whether one character belongs to a set."""

_CATEGORIES: dict[Any, Fits] = {
    sre.CATEGORY_DIGIT: lambda c: c.isdecimal(),
    sre.CATEGORY_SPACE: lambda c: c.isspace(),
    sre.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
}
_OPPOSITES = {
    sre.CATEGORY_NOT_DIGIT: sre.CATEGORY_DIGIT,
    sre.CATEGORY_NOT_SPACE: sre.CATEGORY_SPACE,
    sre.CATEGORY_NOT_WORD: sre.CATEGORY_WORD,
}


class TooLongError(Exception):
    """More steps than were allowed."""


class UnknownPartError(Exception):
    """A part of a pattern that this machine cannot run."""


@dataclass
class Program:
    """What a pattern becomes.

    Attributes:
        code: instructions, each a word and what it needs.
        sets: the sets of characters in it, for those who look for texts that fit.
        loops: counters of loops whose body may be empty.
    """

    code: list[tuple[Any, ...]] = field(default_factory=list)
    sets: list[Fits] = field(default_factory=list)
    loops: int = 0


def fits_of(op: Any, value: Any, flags: int) -> Fits:
    """The set that one character of a pattern stands for."""
    if op is sre.ANY:
        return (lambda _: True) if flags & re.DOTALL else (lambda c: c != "\n")
    if op is sre.LITERAL:
        plain: Fits = lambda c: ord(c) == value  # noqa: E731 - one of several sets
    elif op is sre.NOT_LITERAL:
        plain = lambda c: ord(c) != value  # noqa: E731
    else:
        return _fits_in(value, flags)
    return _any_case(plain, flags) if op is sre.LITERAL else plain


def _fits_in(items: Any, flags: int) -> Fits:
    wanted = True
    parts: list[Any] = []
    for op, value in items:
        if op is sre.NEGATE:
            wanted = False
        elif op is sre.LITERAL:
            parts.append(lambda c, value=value: ord(c) == value)
        elif op is sre.RANGE:
            parts.append(lambda c, value=value: value[0] <= ord(c) <= value[1])
        else:
            parts.append(_category(value, flags))
    inside = _any_case(lambda c: any(part(c) for part in parts), flags)
    return inside if wanted else lambda c: not inside(c)


@functools.cache
def _category(name: Any, flags: int) -> Fits:
    base = _CATEGORIES[_OPPOSITES.get(name, name)]
    narrow: Fits = (lambda c: c.isascii() and base(c)) if flags & re.ASCII else base
    return (lambda c: not narrow(c)) if name in _OPPOSITES else narrow


def _any_case(plain: Fits, flags: int) -> Fits:
    if not flags & re.IGNORECASE:
        return plain
    return lambda c: plain(c) or any(len(o) == 1 and plain(o) for o in (c.lower(), c.upper()))


def compiled(tree: Any, flags: int) -> Program:
    """The program of a parsed pattern, or of a list of its parts."""
    program = Program()
    _emit(program, tree, flags)
    program.code.append(("match",))
    return program


def _emit(program: Program, tree: Any, flags: int) -> None:
    for op, value in tree:
        _emit_one(program, op, value, flags)


def _emit_one(program: Program, op: Any, value: Any, flags: int) -> None:
    code = program.code
    if op in {sre.ANY, sre.LITERAL, sre.NOT_LITERAL, sre.IN}:
        program.sets.append(functools.cache(fits_of(op, value, flags)))
        code.append(("take", program.sets[-1]))
    elif op is sre.BRANCH:
        _emit_branch(program, value[1], flags)
    elif op is sre.SUBPATTERN:
        _emit(program, value[3], flags & ~value[2] | value[1])
    elif op in {sre.MAX_REPEAT, sre.MIN_REPEAT}:
        _emit_repeat(program, op is sre.MIN_REPEAT, value, flags)
    elif op is sre.POSSESSIVE_REPEAT:
        _emit_inner(program, "atomic", [(sre.MAX_REPEAT, value)], flags)
    elif op is sre.ATOMIC_GROUP:
        _emit_inner(program, "atomic", value, flags)
    elif op in {sre.ASSERT, sre.ASSERT_NOT}:
        direction, inner = value
        _emit_inner(
            program, ("look", op is sre.ASSERT, inner.getwidth()[0] if direction < 0 else 0), inner, flags
        )
    elif op is sre.AT:
        code.append(("at", value, flags))
    else:
        raise UnknownPartError(str(op))


def _emit_inner(program: Program, word: Any, tree: Any, flags: int) -> None:
    """A part that is run for itself; what it could have been otherwise is forgotten."""
    place = len(program.code)
    program.code.append(())
    _emit(program, tree, flags)
    program.code.append(("match",))
    program.code[place] = ("inner", word, len(program.code))


def _emit_branch(program: Program, choices: Any, flags: int) -> None:
    code, ends = program.code, []
    for choice in choices[:-1]:
        place = len(code)
        code.append(())
        _emit(program, choice, flags)
        ends.append(len(code))
        code.append(())
        code[place] = ("split", place + 1, len(code))
    _emit(program, choices[-1], flags)
    for place in ends:
        code[place] = ("jump", len(code))


def _emit_repeat(program: Program, lazy: bool, value: Any, flags: int) -> None:
    least, most, body = value
    for _ in range(least):
        _emit(program, body, flags)
    if most is sre.MAXREPEAT:
        _emit_loop(program, lazy, body, flags)
        return
    splits = []
    for _ in range(most - least):
        splits.append(len(program.code))
        program.code.append(())
        _emit(program, body, flags)
    for place in splits:
        program.code[place] = _split(place + 1, len(program.code), lazy)


def _emit_loop(program: Program, lazy: bool, body: Any, flags: int) -> None:
    code, start, loop = program.code, len(program.code), program.loops
    program.loops += 1
    code += [(), ("mark", loop)]
    _emit(program, body, flags)
    code += [("moved", loop), ("jump", start)]
    code[start] = _split(start + 1, len(code), lazy)


def _split(on: int, past: int, lazy: bool) -> tuple[Any, ...]:
    return ("split", past, on) if lazy else ("split", on, past)


@dataclass
class Machine:
    """Runs a program over one text.

    Attributes:
        allowed: steps; more raise `TooLongError`.
        steps: those made so far.
    """

    program: Program
    text: str
    allowed: int
    steps: int = 0

    def run(self, place: int, position: int, *, whole: bool = False) -> int | None:
        """Where a match that begins at a position ends; None when there is none."""
        stack = [(place, position, (-1,) * self.program.loops)]
        while stack:
            place, position, marks = stack.pop()
            ended = self._thread(place, position, marks, stack, whole)
            if ended is not None:
                return ended
        return None

    def _thread(self, place: int, position: int, marks: Any, stack: list[Any], whole: bool) -> int | None:
        code, text, size = self.program.code, self.text, len(self.text)
        while True:
            self.steps += 1
            if self.steps > self.allowed:
                raise TooLongError
            step = code[place]
            word = step[0]
            if word == "take":
                if position >= size or not step[1](text[position]):
                    return None
                position += 1
            elif word in {"split", "jump"}:
                if word == "split":
                    stack.append((step[2], position, marks))
                place = step[1]
                continue
            elif word == "match":
                return None if whole and position != size else position
            elif word == "mark":
                marks = (*marks[: step[1]], position, *marks[step[1] + 1 :])
            elif word == "moved":
                if marks[step[1]] == position:
                    return None
            else:
                found = self._aside(step, place, position)
                if found is None:
                    return None
                position, place = found, step[2] if word == "inner" else place + 1
                continue
            place += 1

    def _aside(self, step: tuple[Any, ...], place: int, position: int) -> int | None:
        """Where the text goes on after what takes none of it, or is run for itself."""
        if step[0] == "inner":
            return self._inner(step[1], place + 1, position)
        return position if self._at(step[1], position, step[2]) else None

    def _inner(self, word: Any, place: int, position: int) -> int | None:
        if word == "atomic":
            return self.run(place, position)
        _, wanted, back = word
        found = None if back > position else self.run(place, position - back)
        return position if (found is not None) == wanted else None

    def _at(self, where: Any, position: int, flags: int) -> bool:
        text, size = self.text, len(self.text)
        if where in {sre.AT_BEGINNING, sre.AT_BEGINNING_STRING}:
            return position == 0 or bool(flags & re.MULTILINE and text[position - 1] == "\n")
        if where is sre.AT_END:
            last = position == size or (position == size - 1 and text[position] == "\n")
            return last or bool(flags & re.MULTILINE and text[position] == "\n")
        if where is sre.AT_END_STRING:
            return position == size
        word = _category(sre.CATEGORY_WORD, flags)
        before, after = position > 0 and word(text[position - 1]), position < size and word(text[position])
        return (before != after) == (where is sre.AT_BOUNDARY)


def count(program: Program, way: str, text: str, allowed: int) -> int:
    """Steps of `match`, `fullmatch`, or of finding every occurrence (`search` and the others).

    Raises:
        TooLongError: there would be more than `allowed`.
    """
    machine, position = Machine(program, text, allowed), 0
    while position <= len(text):
        ended = machine.run(0, position, whole=way == "fullmatch")
        if way in {"match", "fullmatch"}:
            break
        position = max(ended or 0, position + 1)
    return machine.steps
