"""A login and its session, from their seals (law 13): the fields of the record are an index for scripts."""

from dataclasses import replace

from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import SealBrokenError, SessionRefusedError
from envaccess.domain.principal import read_principal
from envaccess.domain.programs import MachineEntry
from envaccess.domain.receipt import Receipt
from envaccess.domain.seals.sessions import LoginSeal, MachineSeal, OfferSeal, SessionSeal, TokenSeal
from envaccess.domain.seals.statements import SealMaker, mac_of
from envaccess.domain.session import Login, LoginState, Offer, Session
from envaccess.store.agent_records import AGENT_ID, read_agent
from envaccess.store.login_fields import BEGUN, Fields, number, standing, use_of
from envaccess.store.opened_seals import opened
from envaccess.store.refusals import refusing


def read_login(seals: SealMaker, fields: Fields) -> Login:
    """A login whose record says nothing else than its seals.

    Raises:
        SessionRefusedError: a seal is missing or broken, or the record differs from what is sealed.
    """
    login = fields.get("id", "")
    with refusing(SessionRefusedError, login):
        return _read(seals, login, fields)


def holds_token(seals: SealMaker, fields: Fields, session: Session, token: str) -> bool:
    """Whether a token of this digest was given to this session."""
    try:
        said = opened(TokenSeal, seals, fields.get("token_seal", ""))
    except SealBrokenError:
        return False
    return (said.session, said.token) == (session.mac, token)


def _read(seals: SealMaker, login: str, fields: Fields) -> Login:
    if login.startswith(AGENT_ID):
        return read_agent(seals, login, fields)
    kind, _, _ = fields.get("opened", "").partition(".")
    return (_read_machine if kind == MachineSeal.KIND else _read_person)(seals, login, fields)


def _read_machine(seals: SealMaker, login: str, fields: Fields) -> Login:
    """A machine's: it began with a pipeline's token, and nobody was asked."""
    said = opened(MachineSeal, seals, fields["opened"])
    sealed = (said.id, said.person, said.behind, said.sign_key, said.ends_at)
    kept = (login, fields["person"], fields.get("behind", ""), fields["sign_key"], number(fields, "ends_at"))
    principal = replace(read_principal(said.person, said.behind), issuer=said.issuer)
    if sealed != kept or principal.kind is not ActorKind.MACHINE or not principal.run:
        raise SealBrokenError("another session")
    state = LoginState(fields["state"])
    if state not in BEGUN:
        raise SealBrokenError("a machine's session begins at once")
    session = Session(
        id=said.id,
        principal=principal,
        sign_key=said.sign_key,
        seal_key=said.seal_key,
        host=said.host,
        user=said.os_user,
        program=said.program,
        address=said.address,
        opened_at=said.since,
        ends_at=said.ends_at,
        pipeline=said.pipeline,
        entry=MachineEntry(said.entry, said.actor_id or "") if said.entry else None,
        **use_of(fields, said.ends_at),
    )
    return Login(id=login, person=said.person, state=state, session=session, **standing(fields))


def _read_person(seals: SealMaker, login: str, fields: Fields) -> Login:
    asked = opened(LoginSeal, seals, fields["login"])
    state = LoginState(fields["state"])
    if (asked.id, asked.person) != (login, fields["person"]):
        raise SealBrokenError("another login")
    offer = _read_offer(seals, asked, fields) if fields.get("offer") else None
    session = _read_session(seals, asked, offer, fields) if fields.get("opened") else None
    if (state in BEGUN and session is None) or (state is LoginState.OFFERED and offer is None):
        raise SealBrokenError("what this state needs was not sealed")
    return Login(id=login, person=asked.person, state=state, offer=offer, session=session, **standing(fields))


def _read_offer(seals: SealMaker, asked: LoginSeal, fields: Fields) -> Offer:
    said = opened(OfferSeal, seals, fields["offer"])
    if (said.code, said.sign_key, said.seal_key) != (asked.code, fields["sign_key"], fields["seal_key"]):
        raise SealBrokenError("another offer")
    client = Receipt(said.host, said.os_user, said.program, said.address)
    keys = said.sign_key, said.seal_key, said.server_key
    return Offer(client, *keys, said.number, said.choices, mac_of(fields["offer"]))


def _read_session(seals: SealMaker, asked: LoginSeal, offer: Offer | None, fields: Fields) -> Session:
    said = opened(SessionSeal, seals, fields["opened"])
    if offer is None or (said.id, said.person, said.offer) != (asked.id, asked.person, offer.mac):
        raise SealBrokenError("another session")
    if (said.sign_key, said.seal_key) != (offer.sign_key, offer.seal_key):
        raise SealBrokenError("other keys")
    if said.ends_at != number(fields, "ends_at"):
        raise SealBrokenError("another end")
    client = offer.client
    return Session(
        id=said.id,
        principal=replace(read_principal(said.person, said.behind), issuer=said.issuer),
        sign_key=said.sign_key,
        seal_key=said.seal_key,
        host=client.host,
        user=client.user,
        program=client.program,
        address=client.address,
        opened_at=said.at,
        ends_at=said.ends_at,
        **use_of(fields, said.ends_at),
    )
