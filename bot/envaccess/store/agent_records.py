"""An agent and its session, from their seals (law 13)."""

from typing import Final

from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import SealBrokenError
from envaccess.domain.principal import Principal
from envaccess.domain.programs import AgentSession
from envaccess.domain.receipt import Receipt
from envaccess.domain.seals.sessions import AgentOfferSeal, AgentSeal
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.domain.session import Login, LoginState, Offer, Session
from envaccess.store.login_fields import BEGUN, Fields, number, standing, use_of
from envaccess.store.opened_seals import opened

AGENT_ID: Final = "ag_"
"""What the id of an agent's session begins with."""


def read_agent(seals: SealMaker, agent: str, fields: Fields) -> Login:
    """An agent whose record says nothing else than its seals.

    Raises:
        SealBrokenError: a seal is broken, or the record differs from what is sealed.
        ValueError, KeyError, TypeError: it is no record of an agent.
    """
    said, state = opened(AgentOfferSeal, seals, fields["offer"]), LoginState(fields["state"])
    who = Principal(ActorKind.AGENT, said.id, said.issuer, said.person)
    if (said.id, who.key, said.person) != (agent, fields["person"], fields["behind"]):
        raise SealBrokenError("another agent")
    if (said.sign_key, said.seal_key) != (fields["sign_key"], fields["seal_key"]):
        raise SealBrokenError("other keys")
    client = Receipt(said.host, said.os_user, said.program, said.address)
    keys = said.sign_key, said.seal_key, said.server_key
    named = AgentSession(said.name, said.host)
    session = _read_session(seals, said, who, named, fields) if fields.get("opened") else None
    if state in BEGUN and session is None:
        raise SealBrokenError("what this state needs was not sealed")
    return Login(
        id=agent,
        person=who.key,
        state=state,
        offer=Offer(client, *keys, 0, (), mac_of(fields["offer"])),
        session=session,
        behind=said.person,
        agent=named,
        seconds=said.seconds,
        **standing(fields),
    )


def _read_session(
    seals: SealMaker, asked: AgentOfferSeal, who: Principal, named: AgentSession, fields: Fields
) -> Session:
    said = opened(AgentSeal, seals, fields["opened"])
    if (said.id, said.person, said.offer) != (asked.id, asked.person, mac_of(fields["offer"])):
        raise SealBrokenError("another session")
    if (said.sign_key, said.seal_key) != (asked.sign_key, asked.seal_key):
        raise SealBrokenError("other keys")
    if said.ends_at != number(fields, "ends_at"):
        raise SealBrokenError("another end")
    return Session(
        id=said.id,
        principal=who,
        sign_key=said.sign_key,
        seal_key=said.seal_key,
        host=asked.host,
        user=asked.os_user,
        program=asked.program,
        address=asked.address,
        opened_at=said.at,
        ends_at=said.ends_at,
        agent=named,
        **use_of(fields, said.ends_at),
    )
