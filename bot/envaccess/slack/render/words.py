"""Durations, names, people and counts as people say them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Protocol

from envaccess.domain.audit import Actor, ActorKind, read_actor
from envaccess.domain.duration import Duration, spell_seconds
from envaccess.domain.exposure import Seer, SeerKind
from envaccess.domain.principal import Principal, read_principal
from envaccess.domain.text import count
from envaccess.domain.variable import Variable
from envaccess.slack.render.blocks import SECTION_LIMIT, code, mention

SHORT_SECONDS = 10 * 60
"""Ends of grants shorter than this are told with seconds."""
PEOPLE_SHOWN = 5

BRIEFLY = "Slack did not take the whole message; the *Home* tab of envaccess has it, with its buttons."
"""Said in a message that is drawn without blocks."""


def span(duration: Duration) -> str:
    """What is asked for: `1 hour`, or `one reveal within 15 minutes`."""
    return (
        f"one reveal within {spell_seconds(duration.seconds)}"
        if duration.once
        else spell_seconds(duration.seconds)
    )


def join(words: Sequence[str], last: str = "and") -> str:
    """`A, B and C`."""
    if len(words) < 2:  # noqa: PLR2004 - one word needs no comma
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(sentence: str) -> str:
    """The same with a capital at its begin."""
    return f"{sentence[:1].upper()}{sentence[1:]}"


def names(variables: Sequence[Variable], shown: int = 10) -> str:
    """Names in code spans, all of them or the first few and how many more."""
    return labels([variable.label for variable in variables], shown)


def labels(texts: Sequence[str], shown: int = 10, last: str = "and") -> str:
    """The same for labels that may be anybody's text."""
    spans = [code(text, 200) for text in texts[:shown]]
    rest = len(texts) - shown
    return join([*spans, f"{rest} more"] if rest > 0 else spans, last)


def people(users: Iterable[str], shown: int = PEOPLE_SHOWN) -> str:
    """Mentions, at most a few, and how many others."""
    everybody = list(users)
    drawn = [mention(user) for user in everybody[:shown]]
    rest = len(everybody) - shown
    return join([*drawn, count(rest, "other")] if rest > 0 else drawn, "or")


_OTHER_ACTORS: Final[Mapping[str, str]] = {
    ActorKind.BOT: "envaccess",
    ActorKind.CLIENT: "a terminal",
    ActorKind.TIME: "time",
    ActorKind.POLICY: "the policy",
}


def actor_told(actor: Actor) -> str:
    """A mention, or words for whoever is no Slack user; the text of a kind that nobody here knows.

    Which run of a machine it is nobody is told: that is a digest.
    """
    match actor.kind:
        case ActorKind.PERSON:
            return mention(actor.id)
        case ActorKind.MACHINE:
            return f"{code(read_principal(str(actor)).id, 60)} (pipeline)"
        case ActorKind.AGENT:
            return f"agent {code(actor.id, 60)}"
        case ActorKind.CLI:
            return f"{code(actor.id or 'somebody', 60)} on the command line"
        case _:
            return _OTHER_ACTORS.get(actor.kind) or code(str(actor) or "somebody", 60)


def actor_of(text: str) -> str:
    """The same for the text of an actor (`person:U1`, `cli:root`, `bot`), or a bare user id."""
    kind = text.partition(":")[0]
    return actor_told(read_actor(text)) if kind in set(ActorKind) else mention(text)


def seer_told(seer: Seer) -> str:
    """Who saw a value: a mention, what it is on the host, whose process it was, or a pipeline."""
    told = actor_of(seer.id) if seer.id else "somebody unknown"
    is_own = seer.kind is SeerKind.PROCESS and ":" not in seer.id
    return f"a process of {told}" if is_own else told


def principal_told(principal: Principal) -> str:
    """The same of whoever asks, with the person behind: agent `ag_7k2p` of @alice."""
    told = actor_told(principal.actor)
    if not principal.behalf:
        return told
    behind = "started by" if principal.kind is ActorKind.MACHINE else "of"
    return f"{told} {behind} {mention(principal.behalf)}"


class Asked(Protocol):
    """What somebody asked for, or what came of it."""

    @property
    def requester(self) -> str:
        """Who asked, as records name them."""
        ...

    @property
    def behind(self) -> str:
        """The person behind a machine or an agent."""
        ...


def asker(asked: Asked) -> str:
    """Who asked: a mention of a person, else what it is and the person behind it."""
    return principal_told(read_principal(asked.requester, asked.behind))


def chunks(lines: Sequence[str]) -> list[str]:
    """Lines joined to as few texts as a section may hold."""
    found: list[str] = []
    for line in lines:
        if found and len(found[-1]) + 1 + len(line) <= SECTION_LIMIT:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found
