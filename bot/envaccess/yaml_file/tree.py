"""YAML as a tree of text, lists and mappings in which everything knows its line.

Every scalar is read as the text that stands there: `NO` is no boolean, `22:00` no number in base sixty, `010`
not eight. Events are read one by one, so that neither depth nor aliases can grow beyond what is allowed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn

import yaml

from envaccess.domain.file_fault import FileFault
from envaccess.yaml_file.unquoted_words import AS_YAML, cut_off, is_control, mend_for, quoted

SIZE_MAX: Final = 1_000_000
"""Characters of a file."""
_DEPTH_MAX: Final = 20
_NODES_MAX: Final = 200_000
"""Values in the whole file, those that an alias repeats counted each time."""

_CUT_SHOWN: Final = 200

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT_TAG: Final = "tag:yaml.org,2002:str"

Path = tuple[str | int, ...]
"""Where something is: keys and places, from the top."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file.

    Attributes:
        value: text, a list of nodes, or nodes by their key.
        line: counted from 1; of a mapping's value, the line of its key.
        size: how many values it holds, itself included.
        cut: what stands after it, begins with `#` and is a comment, though it looks like a part of it.
        quoted: whether it is a text in quotes, or one of several lines.
    """

    value: "str | list[Node] | dict[str, Node]"
    line: int
    size: int = 1
    cut: str = ""
    quoted: bool = False

    def at(self, path: Path) -> "Node":
        """The node at a path, or the deepest one on the way to it."""
        node = self
        for part in path:
            found = node.child(part)
            if found is None:
                break
            node = found
        return node

    def child(self, part: str | int) -> "Node | None":
        """A mapping's or a list's part; None when there is none."""
        if isinstance(self.value, dict) and isinstance(part, str):
            return self.value.get(part)
        if isinstance(self.value, list) and isinstance(part, int) and part < len(self.value):
            return self.value[part]
        return None

    def plain(self) -> Any:  # noqa: ANN401 - as YAML has it
        """The same without lines."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


class _FaultyError(Exception):
    """Reading ends here.

    Attributes:
        fault: why.
    """

    def __init__(self, line: int, problem: str, mend: str) -> None:
        super().__init__(problem)
        self.fault = FileFault(line, "", problem, mend)


def read_tree(text: str) -> Node | tuple[FileFault, ...]:
    """Read one YAML document; what cannot be read is one fault, duplicate keys are all told."""
    if len(text) > SIZE_MAX:
        mend = "say the same with fewer rules: globs, groups and defaults"
        return (FileFault(0, "", f"the file has over {SIZE_MAX:,} characters", mend),)
    text = text.removeprefix("\ufeff")
    reader = _Reader(text)
    try:
        node = reader.document()
    except _FaultyError as faulty:
        return (faulty.fault,)
    except (yaml.YAMLError, UnicodeError) as error:
        return (_told(error, text),)
    return tuple(reader.faults) or node


def read_mapping(text: str, mend: str) -> Node | tuple[FileFault, ...]:
    """Read a document that is a mapping of fields; `mend` says how one begins."""
    root = read_tree(text)
    if isinstance(root, Node) and not isinstance(root.value, dict):
        return (FileFault(root.line, "", "this is no mapping of fields", mend),)
    return root


def _told(error: yaml.YAMLError | UnicodeError, text: str) -> FileFault:
    """Where the parser could not go on, and where what it was reading had begun; never its words."""
    mark, begun = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if mark is None:
        return _unseen(text)
    line = mark.line + 1
    if _depth(text[: mark.index]) > _DEPTH_MAX:
        return _too_deep(line).fault
    problem = "this is no YAML"
    if begun and begun.line != mark.line:
        problem += f" (what it cannot end begins in line {begun.line + 1})"
    places = [mark.index] if begun is None else [mark.index, begun.index]
    mends = (mend_for(_line_at(text, place)) for place in places)
    return FileFault(line, "", problem, next((mend for mend in mends if mend != AS_YAML), AS_YAML))


def _unseen(text: str) -> FileFault:
    """Where the character is that YAML does not take."""
    place = next((place for place, sign in enumerate(text) if is_control(sign)), None)
    if place is None:
        return FileFault(0, "", "this is no YAML", AS_YAML)
    problem = f"a character stands here that nobody sees (U+{ord(text[place]):04X})"
    return FileFault(text.count("\n", 0, place) + 1, "", problem, "delete it, and save the file as UTF-8")


def _depth(text: str) -> int:
    """How many brackets are open, those in quotes and comments counted too."""
    return sum(text.count(bracket) for bracket in "[{") - sum(text.count(bracket) for bracket in "]}")


def _too_deep(line: int) -> _FaultyError:
    return _FaultyError(line, f"this is nested more than {_DEPTH_MAX} deep", "no field of this file is")


def _line_at(text: str, place: int) -> str:
    """The line that a place is in."""
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : len(text) if end < 0 else end].rstrip("\r")


class _Reader:
    """One file, event by event."""

    def __init__(self, text: str) -> None:
        self.faults: list[FileFault] = []
        self._text = text
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        self._anchors: dict[str, Node] = {}
        self._size = 0

    def document(self) -> Node:
        """The only document; an empty file is an empty mapping."""
        next(self._events)  # the stream's start
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            return Node({}, 1)
        node = self._node(next(self._events), 0)
        next(self._events)  # the document's end
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            line = event.start_mark.line + 1
            _fail(line, "a second document begins here", "keep the whole file in one, without `---`")
        return Node({}, 1) if node.value == "" else node

    def _node(self, event: Any, depth: int) -> Node:  # noqa: ANN401 - pyyaml's events have no types
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor, line)
        self._refuse_tag(event, line)
        if depth > _DEPTH_MAX:
            raise _too_deep(line)
        before = self._count(1, line)
        value: str | list[Node] | dict[str, Node]
        cut = ""
        if isinstance(event, yaml.ScalarEvent):
            value, cut = event.value, self._cut(event)
            if event.anchor and not value:
                mend = f"quote it: write {quoted('&' + event.anchor)}"
                _fail(line, f"`&{event.anchor[:60]}` names what follows, and nothing does", mend)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = list(self._items(depth))
        else:
            value = self._mapping(depth)
        quoted_text = isinstance(event, yaml.ScalarEvent) and event.style not in {None, ""}
        node = Node(value, line, self._size - before, cut, quoted_text)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _cut(self, event: Any) -> str:  # noqa: ANN401
        """What follows a word without quotes on its line, as a comment that looks like a part of it."""
        if event.style not in {None, ""}:
            return ""
        end = event.end_mark.index
        return cut_off(self._text[end : end + _CUT_SHOWN].partition("\n")[0])

    def _items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            yield self._node(event, depth + 1)

    def _mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                _fail(line, "a key must be one word", "write `key: value`")
            key = event.value
            value = self._node(next(self._events), depth + 1)
            if key in found:
                first = found[key].line
                problem = f"{key[:60]!r} is given twice (first in line {first})"
                self.faults.append(FileFault(line, "", problem, "keep one of the two"))
            else:
                found[key] = replace(value, line=line)
        return found

    def _alias(self, anchor: str | None, line: int) -> Node:
        """What an anchor stands for; it is known only when it has ended, so that none holds itself."""
        name = anchor or ""
        node = self._anchors.get(name)
        if node is None:
            mend = f"quote it: write {quoted('*' + name)}, or say further up what `&{name[:60]}` is"
            _fail(line, f"`*{name[:60]}` stands for nothing yet", mend)
        self._count(node.size, line)
        return node

    def _count(self, more: int, line: int) -> int:
        before = self._size
        self._size += more
        if self._size > _NODES_MAX:
            _fail(
                line, f"the file has over {_NODES_MAX:,} values", "say the same with fewer rules or aliases"
            )
        return before

    @staticmethod
    def _refuse_tag(event: Any, line: int) -> None:  # noqa: ANN401
        if event.tag not in {None, "!", _TEXT_TAG}:
            mend = f"leave the tag out, or quote what begins with `!`: write {quoted(event.tag)}"
            _fail(line, "tags such as `!!int` mean nothing here", mend)


def _fail(line: int, problem: str, mend: str) -> NoReturn:
    raise _FaultyError(line, problem, mend)
