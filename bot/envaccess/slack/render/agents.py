"""Agents in words: the question whether one may begin, and the message about it until its end."""

from envaccess.domain.duration import spell_seconds
from envaccess.domain.receipt import SAID_MAX
from envaccess.domain.session import Login, LoginState, Session, SessionEnd
from envaccess.slack.names import END_SESSION, NO_AGENT, START_AGENT
from envaccess.slack.render.blocks import (
    Rendered,
    actions,
    ask_first,
    button,
    code,
    context,
    escape,
    section,
    when,
)
from envaccess.slack.render.session_ends import why_agent_ended
from envaccess.slack.render.words import actor_of


def render_agent(agent: Login) -> Rendered:
    """The message about an agent, from the question to the end of its session."""
    if agent.state is LoginState.OFFERED:
        return _question(agent)
    if agent.state is LoginState.CONFIRMED and agent.session:
        return _runs(agent, agent.session)
    return _over(agent)


def brief_agent(agent: Login) -> Rendered:
    """The same in words that are ours alone."""
    asks = agent.state is LoginState.OFFERED
    return Rendered("May an agent of yours begin?" if asks else "About an agent of yours", [])


def name_agent(agent: Login) -> str:
    """`review` on `lenovo-7`: both are what its person and its program say."""
    assert agent.agent
    name, host = agent.agent.name, agent.agent.host
    return f"{code(name, SAID_MAX)} on {code(host or 'a host', SAID_MAX)}"


def _question(agent: Login) -> Rendered:
    assert agent.agent
    assert agent.offer
    value, lasts = f"{agent.id}:{agent.offer.mac}", spell_seconds(agent.seconds)
    blocks = [
        section(f"*Start agent* {name_agent(agent)} for {lasts}?{_client(agent)}"),
        actions(
            button(START_AGENT, "Start", value, "primary"),
            button(NO_AGENT, "Refuse", value, "danger"),
        ),
        context(
            f"Asked until {when(agent.expires_at, seconds=True)}.",
            "An agent may ask for access where the policy lets agents ask. Each time you are asked first, "
            "somebody else decides, and the agent never sees a value.",
            "If you did not ask for one just now, press *Refuse*: somebody uses your terminal's session.",
        ),
    ]
    return Rendered(f"Start agent {escape(agent.agent.name, SAID_MAX)}?", blocks)


def _client(agent: Login) -> str:
    """What its program says about itself, and its address."""
    assert agent.offer
    client = agent.offer.client
    said = [f"user {code(client.user, SAID_MAX)}"] if client.user else []
    said += [f"program {code(client.program, SAID_MAX)}"] if client.program else []
    told = f"\nThe terminal says: {', '.join(said)}" if said else ""
    return f"{told}\nIts address: {code(client.address, SAID_MAX)}" if client.address else told


def _runs(agent: Login, session: Session) -> Rendered:
    assert agent.agent
    end = ask_first(
        button(END_SESSION, "End it", agent.id, "danger"),
        "End this agent?",
        "It is ended at once, with all access that it has. What it asked for is withdrawn.",
        "End it",
        "Keep it",
    )
    blocks = [
        section(f":white_check_mark: *Your agent* {name_agent(agent)} *has begun* ({code(agent.id)})"),
        actions(end),
        context(f"Since {when(session.opened_at)}. It ends {when(session.ends_at)} at the latest."),
    ]
    return Rendered(f"Your agent {escape(agent.agent.name, SAID_MAX)} has begun", blocks)


def _over(agent: Login) -> Rendered:
    by = f" by {actor_of(agent.ended_by)}" if agent.ended_how == SessionEnd.LOCKED else ""
    why = f"{why_agent_ended(agent.ended_how)}{by}: {when(agent.ended_at)}"
    if agent.state is LoginState.ENDED:
        told = f"*Your agent* {name_agent(agent)} *has ended.*\n{why}"
        return Rendered("An agent of yours has ended", [section(told)])
    told = f"*The agent* {name_agent(agent)} *was not started.*\n{why}"
    return Rendered("An agent of yours was not started", [section(told)])
