"""Values that stand for one that somebody is to fill in."""

_WORDS = frozenset({
    "changeme", "change-me", "change_me", "change me", "changeit", "replaceme", "replace-me", "replace_me",
    "replace me", "placeholder", "todo", "tbd", "fixme", "fill-me-in", "fill_me_in", "fillme", "fill-me",
    "fill me in",
})  # fmt: skip
_FILLED = frozenset("xX*.-_?")
_STARTS = ("your-", "your_", "your ", "replace-with-", "replace_with_", "replace with ", "insert-", "insert_")
_WRAPPED = (("<", ">"), ("[", "]"), ("{", "}"))
_LONGEST = 80
_XXX = 3
_TAIL = "xxxx"


def is_placeholder(value: str) -> bool:
    """Whether a value is none, but `changeme`, `xxx`, `<your key>` and such."""
    text = value.strip()
    if not text or len(text) > _LONGEST or "\n" in text:
        return False
    if text.startswith("<") and text.endswith(">") and not set(text[1:-1]) & set("<>"):
        return True
    inner = text
    for begin, end in _WRAPPED:
        inner = inner.removeprefix(begin).removesuffix(end)
    lower = inner.strip().lower()
    filled = len(inner) >= _XXX and len(set(inner)) == 1 and inner[0] in _FILLED
    tail = lower.endswith(_TAIL) and not any(map(str.isdigit, lower))
    starts = lower.startswith(_STARTS) and not any(map(str.isdigit, lower))
    return lower in _WORDS or filled or tail or starts
