"""What people type into Slack, as they typed it.

Slack escapes `&`, `<` and `>` and, with `should_escape`, turns mentions into `<@U...|name>` tokens
(https://docs.slack.dev/interactivity/implementing-slash-commands). Tokens are read before entities, so
that a typed `<!channel>` arrives as `&lt;!channel&gt;`, is decoded to text, and stays text.
"""

import re

from envaccess.domain.command import Command, parse_command
from envaccess.domain.text import TEXT_MAX

_TOKEN = re.compile(r"<([@#!]?)([^<>|\s]{1,2000})(?:\|([^<>]{0,2000}))?>")
_MENTIONED = re.compile(
    r"^(\s*+)<(?:@|!subteam\^)[A-Z0-9]{2,32}\|@?([A-Za-z][A-Za-z0-9_-]{0,39})>(?=\s|$)", re.ASCII
)
"""A mention with its label where a name may stand."""
_SCHEMES = ("http://", "https://", "mailto:", "tel:")


def read_command(text: str) -> Command:
    """Read what Slack delivered after `/envaccess`; what is too long is not even decoded."""
    return parse_command(text if len(text) > TEXT_MAX else decode(_with_sets(text)))


def _with_sets(text: str) -> str:
    """Names that Slack took for mentions, as they were typed: `<@U1|shop>,A 1h why` -> `@shop,A 1h why`.

    A set may be called as a person or a user group is. Whoever wrote the label, it only names a set.
    """
    pieces = text.split(",")
    for place, piece in enumerate(pieces):
        pieces[place] = _MENTIONED.sub(r"\1@\2", piece, count=1)
        if len(piece.split(maxsplit=1)) > 1:  # what follows the names
            break
    return ",".join(pieces)


def decode(text: str) -> str:
    """Undo Slack's escaping once and reduce its tokens to inert text: `<@U1|bob>` -> `@U1`.

    Slack makes links of what looks like one: `prod.eu/A` comes as `<http://prod.eu/A|prod.eu/A>`, and is read
    as it was typed. A label that says anything else than its link does not count: the link is read.
    """
    text = _TOKEN.sub(_read_token, text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _read_token(token: re.Match[str]) -> str:
    kind, target, label = token[1], token[2], token[3] or ""
    if kind:
        # A user group's token names its kind too: `<!subteam^S1|@on-call>` -> `@S1`.
        return f"{'@' if kind == '!' else kind}{target.removeprefix('subteam^')}"
    return label if _is_made_from(label, target) else target


def _is_made_from(label: str, link: str) -> bool:
    """Whether Slack made this link from this text: it adds a scheme, and may fold the host's letters."""
    bare = next((link[len(scheme) :] for scheme in _SCHEMES if link.lower().startswith(scheme)), link)
    host, slash, path = label.partition("/")
    made, made_slash, made_path = bare.partition("/")
    same_path = path == made_path and (slash == made_slash or not path)
    return bool(host) and host.lower() == made.lower() and same_path
