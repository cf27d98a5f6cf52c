"""Command lines that hold a password: `mysql -pS3cr3t`, `curl -u user:pass`, `echo S3cr3t | sudo -S ...`."""

import re
from dataclasses import dataclass
from typing import Final

from envaccess.domain.secret_values import is_value, trimmed, words


@dataclass(frozen=True, slots=True)
class _Tool:
    """How a command is given a password.

    Attributes:
        flags: the flag; the value is glued to it, or the next word.
        glued: only a glued one counts, since the next word is something else.
        after: a word that must have stood before (`docker login`).
        pair: the value is `user:password`.
    """

    flags: tuple[str, ...]
    glued: bool = False
    after: str = ""
    pair: str = ""


_TOOLS: Final = {
    **dict.fromkeys(
        words("mysql mysqldump mysqladmin mysqlimport mariadb mariadb-dump mycli"), _Tool(("-p",), True)
    ),
    **dict.fromkeys(words("sshpass mongo mongosh mongodump mongorestore 7z"), _Tool(("-p",))),
    **dict.fromkeys(words("docker podman helm az oc skopeo"), _Tool(("-p",), after="login")),
    **dict.fromkeys(words("redis-cli valkey-cli"), _Tool(("-a", "--pass"))),
    **dict.fromkeys(words("sqlcmd bcp zip unzip"), _Tool(("-P",))),
    **dict.fromkeys(words("ldapsearch ldapadd ldapmodify ldapwhoami"), _Tool(("-w",))),
    "chpasswd": _Tool(("<<<",), pair=":"),
    **dict.fromkeys(words("curl wget http https"), _Tool(("-u", "--user", "-a", "--proxy-user"), pair=":")),
    "smbclient": _Tool(("-U",), pair="%"),
    "openssl": _Tool(("-passin", "-passout", "-pass"), pair=":"),
}

_ORACLE: Final = re.compile(
    r"(?:\bsqlplus(?: -\w{1,8}){0,3} [\"']?|\bthin:)[\w.$-]{1,40}/(?![$<{*])[^\s/@\"']{3,40}@", re.ASCII
)
_PIPED: Final = re.compile(
    r"\b(?:echo|printf) (?:-n )?[\"']?(?![$<{*])[^\s|\"'$]{3,60}[\"']? ?\| ?[\w ./:-]{0,80}"
    r"(?:--password-stdin|sudo -S\b|--with-token)",
    re.ASCII,
)


def runs_with_password(text: str) -> bool:
    """Whether a command line holds a password: `mysql -pS3cr3t`, `curl -u user:pass`."""
    if _ORACLE.search(text) or _PIPED.search(text):
        return True
    tool, seen, before = None, set[str](), ""
    for word in text.split():
        bare = word.strip("`'\"($")
        tool = _TOOLS.get(bare.rpartition("/")[2].lower(), tool)
        if tool and (not tool.after or tool.after in seen) and _gives(tool, before, word.strip("`")):
            return True
        if before == "-u" and _names_mixed(word):
            return True
        seen.add(bare)
        before = bare
    return False


def _names_mixed(word: str) -> bool:
    """Whether it is `alice:pass1`, and not `1000:1000` or `app:app`."""
    _, _, given = word.strip("'\"`").partition(":")
    return is_value(given) and any(map(str.isalpha, given)) and any(map(str.isdigit, given))


def _gives(tool: _Tool, before: str, word: str) -> bool:
    if tool.pair and before[:1] == "-" and before[1:2] != "-" and f"-{before[-1:]}" in tool.flags:
        before = f"-{before[-1:]}"  # `-su alice:pass`
    given = "" if tool.glued or before not in tool.flags else word
    for flag in tool.flags:
        if word.startswith(flag) and len(word) > len(flag):
            given = word[len(flag) :].removeprefix("=")
    given = given.strip("'\"")
    if tool.pair:
        _, between, given = given.partition(tool.pair)
        return bool(between) and bool(trimmed(given)) and not given.startswith(("$", "<", "{"))
    return is_value(given) and not given.startswith("-")
