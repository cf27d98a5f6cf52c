"""Texts as sentences that are the same from run to run: what one test makes up is a word in braces."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_FORM_WORDS = frozenset({"NAME", "NAME[,NAME...]", "ID", "@PERSON", "@PERSON|NAME"})
_VERBS = {
    **dict.fromkeys(("cancel", "revoke", "extend"), "{id}"),
    **dict.fromkeys(("show", "emergency", "lock", "unlock"), "{name}"),
    **dict.fromkeys(("help", "list", "status", "delegate"), ""),
}
"""The command's verbs, each with what stands for the word after it; empty where that word is ours."""

_NOTE = re.compile(r"```[^`]*```")
_CODE = re.compile(r"`([^`\n]*)`")
_TAG = re.compile(r"[a-z]+\.[a-z_]+")
_LENGTH = r"\d+ (?:day|hour|minute|second)s?"
_ONE = r"\{(?:code|person|group|channel)\}"
_STEPS = (
    (r"<!date\^[^>]*>", "{moment}"),
    (r"<@\w+>", "{person}"),
    (r"<!subteam\^\w+>", "{group}"),
    (r"<#\w+>", "{channel}"),
    (rf"{_LENGTH}(?: {_LENGTH})*", "{time}"),
    (r"(?<=these hours: )[^.]+", "{hours}"),
    (r"(?<=must name )[^.]+", "{hint}"),
    (r"https?://[\w.:-]+/api/", "{address}"),
    (r"http://127\.0\.0\.1:\d+", "{address}"),
    (r"(?<=terminal on )[\w.-]+|(?<=as you from )[\w.-]+", "{host}"),
    (r"(?<!\S)/(?:[\w.-]+/)+", "{folder}/"),
    (r"\b[0-9a-f]{16}\b", "{key}"),
    (r"(?<![\w:.=])\d+(?:,\d{3})*(?!\w|[:.]\d)", "{n}"),
    (rf"({_ONE})(?:, {_ONE})*(?: (?:and|or) {_ONE})?", r"\1"),
    (r"\A(\{person\} asks for .*? for (?:one reveal within )?\{time\}): .*", r"\1: {typed}"),
    (r"(?m)^\*[a-z0-9_-]+\*$", "*{environment}*"),
)
_REPLACED = [(re.compile(pattern, re.DOTALL), written) for pattern, written in _STEPS]
_DETAIL = r"(?:because [^,`{}]+|[a-z][a-z0-9_ '-]*:? (?:\{\w+\}|`[^`]*`))"
_END = re.compile(r"\n| · |(?<=[.!?]) (?=[^a-z])")
_DETAILS = re.compile(rf"{_DETAIL}(?:, {_DETAIL})+")
"""The details of an audit line: which stand there, and in what order, depends on the event."""
_WORD = re.compile(r"[A-Za-z]")
_MADE_UP = re.compile(r"\{\w+\}")


@lru_cache(maxsize=10_000)
def sentences(text: str) -> Sequence[str]:
    """The sentences of one text, and the parts of a line that stand between dots.

    A part without a word of its own, such as a list of names, is none. A detail of an audit line is a part.
    """
    text = _NOTE.sub("{note}", text)
    text = _CODE.sub(lambda found: _code(found[1]), text)
    for pattern, written in _REPLACED:
        text = pattern.sub(written, text)
    pieces = [piece.strip() for piece in _END.split(text)]
    return [part for piece in pieces for part in _details(piece) if _says_something(part)]


def all_sentences(texts: Iterable[str]) -> set[str]:
    """The sentences of many texts."""
    return {sentence for text in texts for sentence in sentences(text)}


def _details(piece: str) -> Sequence[str]:
    return piece.split(", ") if _DETAILS.fullmatch(piece) else [piece]


def _says_something(part: str) -> bool:
    return bool(_WORD.search(_MADE_UP.sub("", part)))


def _code(words: str) -> str:
    """A code span: commands and events' tags are ours; anything else may be anybody's."""
    command, *rest = words.split(" ")
    if _TAG.fullmatch(words) or (command == "envaccess" and rest):
        return f"`{words}`"
    return f"`{' '.join([command, *_typed(rest)])}`" if command == "/envaccess" else "{code}"


def _typed(words: Sequence[str]) -> list[str]:
    """What is typed after `/envaccess`, its names and ids replaced."""
    if not words:
        return []
    verb, rest = words[0], list(words[1:])
    if verb not in _VERBS:
        return [verb if verb in _FORM_WORDS else "{name}", *rest]
    if rest and _VERBS[verb] and rest[0] not in _FORM_WORDS:
        rest[0] = _VERBS[verb]
    return [verb, *rest]
