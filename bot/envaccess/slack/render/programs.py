"""Machines and agents that ask, in words: which run of which pipeline, which agent of whom.

What a pipeline's token, or an agent's host, says of itself is anybody's text: it stands in code spans, cut.
"""

import re
from typing import Final
from urllib.parse import urlsplit

from envaccess.domain.audit import ActorKind
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession, PipelineRun, Platform
from envaccess.domain.request import Request
from envaccess.domain.text import clean
from envaccess.slack.render.blocks import Block, code, context, escape, mention, section
from envaccess.slack.render.words import asker, capital, principal_told

_FACT_LIMIT: Final = 120
"""Characters of one fact that are shown, escaped."""
_COMMIT_SHOWN: Final = 7
_LINK_LIMIT: Final = 500
_LINK: Final = re.compile(
    r"https://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?/[A-Za-z0-9\-._~:/?#\[\]@!$'()*+,;=%&]*", re.ASCII
)
_TOKENS_AT: Final = "token.actions."
"""Begins the issuers of GitHub's tokens; what follows is where its pages are, but for github.com."""
_GITHUB: Final = ("githubusercontent.com", "github.com")
_FACTS: Final = ("Repository", "branch", "commit", "job")
_FACTS_OF: Final = {
    Platform.KUBERNETES: ("Service account", "pod", "commit", "job"),
    Platform.OTHER: ("Subject", "branch", "commit", "job"),
}
"""What a run's repository, branch, commit and job are called."""


def who_asks(request: Request) -> str:
    """Whoever asked: a mention, `deploy` (pipeline) started by @alice, agent `review` of @alice."""
    principal = request.principal
    if request.agent is None or principal.kind is not ActorKind.AGENT:
        return asker(request)
    return f"{agent_named(request.agent)} of {mention(principal.behalf)}"


def agent_named(agent: AgentSession) -> str:
    """An agent by the name that its person gave it, and nothing else of it."""
    return f"agent {_quoted(agent.name or 'without a name')}"


def on_host(request: Request) -> str:
    """Where an agent that asks runs, as its client says; empty for all others."""
    return f" on {_quoted(request.agent.host)}" if request.agent and request.agent.host else ""


def whose(request: Request) -> str:
    """The begin of a sentence to the requester, or to the person behind: `Your request`."""
    principal = request.principal
    if principal.is_person:
        return "Your request"
    if principal.kind is ActorKind.AGENT:
        return f"The request of {own_program(request)}"
    return f"The request of {own_program(request)}, which you started,"


def holder(request: Request, verb: str = "") -> str:
    """Who has the access, with the verb, as the same reader is told it: `You have`."""
    principal = request.principal
    if principal.is_person:
        return f"You {verb or 'have'}"
    own = capital(own_program(request))
    started = "" if principal.kind is ActorKind.AGENT else ", which you started,"
    return f"{own}{started} {verb or 'has'}"


def own_program(request: Request) -> str:
    """`your agent review on lenovo-7`, `deploy (pipeline)`: to the person behind it."""
    if request.principal.kind is ActorKind.AGENT:
        return f"your {agent_named(request.agent or AgentSession(request.principal.id))}{on_host(request)}"
    return principal_told(Principal(request.principal.kind, request.principal.id))


def tell_run(request: Request, person: str = "") -> list[Block]:
    """The run of a pipeline that asks; nothing of all others. `person`: see `tell_pipeline`."""
    issuer = request.sealed.filing.issuer if request.sealed else ""
    return tell_pipeline(request.pipeline, issuer, person) if request.pipeline or person else []


def tell_program(request: Request) -> list[Block]:
    """To those who decide: the run or the agent that asks, and that the person behind it may not approve."""
    if request.principal.is_person:
        return []
    person = request.principal.person
    if request.principal.kind is ActorKind.AGENT:
        agreed = "agreed that it may ask" if not request.automatic else "started it"
        return [context(f"{mention(person)} {agreed}, and may not approve it.")]
    return tell_run(request, person)


def tell_pipeline(run: PipelineRun | None, issuer: str = "", person: str = "") -> list[Block]:
    """A run's repository, branch, commit and job; who started it, and its page.

    Args:
        run: what its token says; None where nothing is known.
        issuer: who issued that token.
        person: the Slack user whom the policy knows its starter as; empty for nobody.
    """
    facts = [*_facts(run), *_started(run, person), *_page(run, issuer)] if run else _started(run, person)
    barred = [context(f"{mention(person)} may not approve it.")] if person else []
    return [*([section(" · ".join(facts))] if facts else []), *barred]


def short_facts(run: PipelineRun, issuer: str) -> str:
    """A run in a list: what it is of, and its page."""
    told = " · ".join([*_facts(run)[:2], *_page(run, issuer)])
    return f"{told[:1].lower()}{told[1:]}"


def _facts(run: PipelineRun) -> list[str]:
    words = _FACTS_OF.get(run.platform, _FACTS)
    told = (run.repository, run.branch, run.commit[:_COMMIT_SHOWN], run.job)
    return [f"{word} {_quoted(text)}" for word, text in zip(words, told, strict=True) if text]


def _quoted(text: str) -> str:
    """Anybody's text, without what is not seen: it could turn the text around it."""
    return code(clean(text), _FACT_LIMIT)


def _started(run: PipelineRun | None, person: str) -> list[str]:
    """Who started it, as its platform and as Slack name them."""
    actor = _quoted(run.actor) if run and run.actor else ""
    if run and run.restarted:
        first = f" of a run that {actor} started" if actor else ""
        return [f"attempt {_quoted(run.restarted)}{first}, begun by nobody that is known"]
    if actor and person:
        return [f"started by {actor}, who is {mention(person)}"]
    return [f"started by {actor or mention(person)}"] if actor or person else []


def _page(run: PipelineRun, issuer: str) -> list[str]:
    return [f"<{link}|the run>"] if (link := safe_link(run.link, issuer)) else []


def safe_link(link: str, issuer: str) -> str:
    """A link to a run's page, escaped, where it leads to the platform that issued its token; else empty."""
    if len(link) > _LINK_LIMIT or not _LINK.fullmatch(link):
        return ""
    try:
        page, home = urlsplit(link), urlsplit(issuer)
        same_port = (page.port or 443) == (home.port or 443)
    except ValueError:
        return ""
    host = (home.hostname or "").removeprefix(_TOKENS_AT)
    host = _GITHUB[1] if host == _GITHUB[0] else host
    return escape(link) if same_port and host and page.hostname == host else ""
