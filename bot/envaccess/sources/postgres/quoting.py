"""SQL has no parameters in what makes and changes roles: names and texts are quoted here, and nowhere else.

Each session sets `standard_conforming_strings`, so that a backslash in a text is a backslash.
"""

NAME_BYTES = 63
"""PostgreSQL cuts a longer name silently (NAMEDATALEN), so that two names could be one role."""


def is_name(text: str) -> bool:
    """Whether PostgreSQL takes this text, quoted, as the name that it is."""
    return 0 < len(text.encode(errors="replace")) <= NAME_BYTES and "\0" not in text


def name(text: str) -> str:
    """An identifier. Raises `ValueError` for what PostgreSQL would cut or not take."""
    if not is_name(text):
        raise ValueError("A name in PostgreSQL has 1 to 63 bytes")
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def text(value: str) -> str:
    """A text literal. Raises `ValueError` for one that holds a zero byte."""
    if "\0" in value:
        raise ValueError("A text in PostgreSQL holds no zero byte")
    doubled = value.replace("'", "''")
    return f"'{doubled}'"
