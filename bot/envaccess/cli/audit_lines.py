"""An audit event as one line for people at a terminal."""

import json

from envaccess.domain.audit import Event, rfc3339
from envaccess.domain.text import clean
from envaccess.domain.variable import parse_variable

_TAG_WIDTH = 20


def readable(event: Event) -> str:
    """`2025-10-09T08:53:20.123Z grant.revealed person:U1 STRIPE_KEY request=k3x9m2aq once=1`.

    Nothing that somebody typed can move the cursor or begin a line of its own.
    """
    words = [rfc3339(event.at), event.event.ljust(_TAG_WIDTH), str(event.actor)]
    if event.variables:
        words.append(",".join(_label(name) for name in event.variables))
    facts = {"request": event.request, "grant": event.grant, "requester": event.requester, **event.detail}
    words += [f"{name}={_word(value)}" for name, value in facts.items() if value]
    return _inert(" ".join(words))


def _label(name: str) -> str:
    variable = parse_variable(name)
    return variable.label if variable else name


def _word(value: str) -> str:
    """A value as one word: quoted where it would otherwise be read as several."""
    plain = value.isascii() and value.replace("_", "").replace("-", "").replace(".", "").isalnum()
    return value if plain else json.dumps(clean(value), ensure_ascii=False)


def _inert(line: str) -> str:
    """Whatever a terminal might obey, taken out; the columns' spaces stay."""
    return "".join(letter for letter in line if letter == " " or clean(letter))
