"""Logins and sessions: fits `ports.sessions.SessionStore` and `identity.ports.SessionUses`.

Whatever is told of one comes from its seals; one whose record says anything else is told of, and is none.
"""

import secrets as randomness
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from envaccess.domain.audit import Actor
from envaccess.domain.errors import RecordRefusedError, SealBrokenError, StoreUnavailableError
from envaccess.domain.principal import Principal
from envaccess.domain.programs import pipeline_facts
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.seals.sessions import LoginSeal, MachineSeal, OfferSeal, SessionSeal, TokenSeal
from envaccess.domain.seals.statements import mac_of
from envaccess.domain.session import (
    CODE_SECONDS,
    FETCH_SECONDS,
    IDLE_SECONDS,
    MACHINE_SESSIONS_MAX,
    PICK_SECONDS,
    RUN_SESSIONS_MAX,
    SESSION_SECONDS,
    SESSIONS_MAX,
    TRIES_MAX,
    CodeDigest,
    Login,
    NewMachineSession,
    Offer,
    Session,
    SessionEnd,
    SessionUse,
)
from envaccess.store.holders import holders_of
from envaccess.store.keys import TTLS
from envaccess.store.opened_seals import sealed
from envaccess.store.refusals import Alarm, Refusals, silent, with_keys_of_now
from envaccess.store.requests import read_refusal
from envaccess.store.runner import Runner
from envaccess.store.sealing import Sealing
from envaccess.store.session_records import holds_token, read_login

_AGAIN: Final = "taken"
_TRIES: Final = 5
"""Looks at what a run has, while the same key brings more than one token at once."""


class RedisSessions:
    """One workspace's logins and sessions.

    Args:
        runner: the workspace's scripts.
        sealing: seals what people do, and opens it.
        alarm: tells whoever runs this process of a record that does not hold.
    """

    def __init__(self, runner: Runner, sealing: Sealing, alarm: Alarm = silent) -> None:
        self._runner = runner
        self._sealing = sealing
        self._refusals = Refusals(runner, alarm)

    async def start(
        self, op: str, principal: Principal, login: str, code: CodeDigest
    ) -> int | Refusal | None:
        """Keep a new login; returns until when. None: its id or its look-up part is taken."""
        asked = LoginSeal(login, principal.key, principal.issuer, code.secret, self._sealing.clock())
        outcome = await self._runner.outcome(
            "start_login",
            op=op,
            actor=principal.key,
            session=login,
            lookup=code.lookup,
            code=code.secret,
            seal=sealed(asked, self._sealing.seals),
            clock=asked.at,
            seconds=CODE_SECONDS,
            most=SESSIONS_MAX,
        )
        if _AGAIN in outcome:
            return None
        if "session" in outcome and outcome["session"] != login:
            return Refusal(Reason.LOGIN_SHOWN)
        return read_refusal(outcome) or int(outcome["expires_at"])

    async def secret_of(self, lookup: str) -> str:
        """What the code of this look-up part gives; empty where there is none now."""
        seal = str(await self._runner.run("find_login", lookup=lookup)) if lookup else ""
        try:
            return LoginSeal.opened(self._sealing.seals, seal).code
        except SealBrokenError:
            return ""

    async def offer(self, code: CodeDigest, offer: Offer) -> Login | Refusal:
        """A terminal knows a code. The offer is sealed before anybody looks whether there is such a login."""
        client, at = offer.client, self._sealing.clock()
        words = {"host": client.host, "os_user": client.user, "program": client.program}
        keys = {"sign_key": offer.sign_key, "seal_key": offer.seal_key}
        said = OfferSeal(
            code=code.secret,
            **keys,
            **words,
            address=client.address,
            server_key=offer.server_key,
            number=offer.number,
            choices=offer.choices,
            at=at,
        )
        outcome = await self._runner.outcome(
            "offer_login",
            op=randomness.token_hex(8),
            lookup=code.lookup,
            code=code.secret,
            seal=said.sealed(self._sealing.seals),
            **keys,
            **words,
            address=client.address,
            clock=at,
            seconds=PICK_SECONDS,
            tries=TRIES_MAX,
        )
        if refusal := read_refusal(outcome):
            return refusal
        return await self._opened(outcome["session"]) or Refusal(Reason.LOGIN_CODE)

    async def get(self, login: str) -> Login | None:
        """One login, as it stands; None where there is none, or none that can be relied on."""
        return next(iter(await self._listed(ids=login)), None)

    async def all_of(self, logins: Sequence[str]) -> Sequence[Login]:
        """Those of these that can be relied on, in the same order."""
        return await self._listed(ids=",".join(logins)) if logins else ()

    async def all_live(self, person: str) -> Sequence[Login]:
        """The live sessions of somebody, and their agents, with those that wait for their press."""
        return await self._listed(person=person)

    async def live(self, person: str) -> Sequence[Login]:
        """The live sessions of somebody, and of the programs that they are behind; the newest first."""
        found = [login for login in await self._listed(person=person) if login.session]
        return sorted(found, key=lambda login: -(login.session.opened_at if login.session else 0))

    async def pick(
        self, op: str, principal: Principal, login: Login, picked: int, message: str
    ) -> Login | Refusal:
        """Somebody picked a number of the offer that they were shown, or none of them (0)."""
        at = self._sealing.clock()
        ends_at = at + SESSION_SECONDS * 1_000
        right = login.offer is not None and picked == login.offer.number
        seal = {"seal": self._session(principal, login, at, ends_at)} if right else {}
        outcome = await self._runner.outcome(
            "pick_login",
            op=op,
            actor=principal.key,
            session=login.id,
            offer=login.offer.mac if login.offer else "",
            right=str(int(right)),
            declined=str(int(picked == 0)),
            clock=at,
            seconds=FETCH_SECONDS,
            most=SESSIONS_MAX,
            ends_at=ends_at,
            ts=message,
            **seal,
        )
        return read_refusal(outcome) or await self.get(login.id) or Refusal(Reason.LOGIN_UNKNOWN)

    def _session(self, principal: Principal, login: Login, at: int, ends_at: int) -> str:
        """The seal of a session that begins with this login."""
        assert login.offer
        keys = login.offer.sign_key, login.offer.seal_key
        whose = principal.key, principal.behalf, principal.issuer
        said = SessionSeal(login.id, login.offer.mac, *whose, *keys, ends_at, at)
        return sealed(said, self._sealing.seals)

    async def bind(self, login: Login, token: str) -> bool:
        """Give a confirmed login a token by its digest; False where one was used already, or it is over."""
        if login.session is None:
            return False
        said = TokenSeal(login.session.mac, token, self._sealing.clock())
        outcome = await self._runner.outcome(
            "bind_token",
            session=login.id,
            sign_key=login.session.sign_key,
            opened=login.session.mac,
            token=token,
            seal=sealed(said, self._sealing.seals),
            clock=said.at,
        )
        return bool(outcome.get("bound"))

    async def use(self, use: SessionUse) -> Session | Refusal:
        """A call by a session: what its seals say, or why it may not. One round trip."""
        operation = {"operation": use.operation, "body": use.body} if use.operation else {}
        outcome = await self._runner.outcome(
            "use_session",
            op=randomness.token_hex(8),
            token=use.token,
            sign_key=use.key,
            jti=use.jti,
            address=use.address,
            idle=IDLE_SECONDS,
            **operation,
        )
        if refusal := read_refusal(outcome):
            return refusal
        fields = outcome["session"]
        login = await self._opened(fields)
        if login is None or login.session is None or not self._speaks(fields, login.session, use):
            return Refusal(Reason.NO_SESSION)
        return login.session

    def _speaks(self, fields: Mapping[str, str], session: Session, use: SessionUse) -> bool:
        """Whether what is sealed is of this key and token, and not over by our own clock."""
        current = session.sign_key == use.key and self._sealing.clock() < session.ends_at
        return current and holds_token(self._sealing.seals, fields, session, use.token)

    async def exchange(self, new: NewMachineSession) -> Session | Refusal:
        """A pipeline's token was verified: its run gets a session, or the one of this key gets more time.

        Raises:
            StoreError: the store did not answer, or the same key went on bringing tokens meanwhile.
        """
        for _ in range(_TRIES):
            outcome = await self._exchange(new)
            if "moved" not in outcome:
                opened = None if "refused" in outcome else await self.get(outcome["session"])
                session = opened.session if opened else None
                return session or read_refusal(outcome) or Refusal(Reason.NO_SESSION)
        raise StoreUnavailableError("Another call opens this session")

    async def _exchange(self, new: NewMachineSession) -> Mapping[str, Any]:
        """Seal and write it, as a session of its own or on top of the one that this key has."""
        live = [login.session for login in await self.live(new.principal.key) if login.session]
        before = next((session for session in live if session.sign_key == new.sign_key), None)
        said = self._machine(new, before)
        seal = sealed(said, self._sealing.seals)
        return await self._runner.outcome(
            "exchange_token",
            op=randomness.token_hex(8),
            actor=said.person,
            session=said.id,
            replay=new.replay,
            bound_to=new.bound_to,
            token=new.token,
            seal=seal,
            token_seal=sealed(TokenSeal(mac_of(seal), new.token, said.at), self._sealing.seals),
            behind=said.behind,
            sign_key=said.sign_key,
            address=said.address,
            host=said.host,
            os_user=said.os_user,
            program=said.program,
            facts=pipeline_facts(new.pipeline),
            idle=IDLE_SECONDS,
            ends_at=said.ends_at,
            known_until=new.ends_at + TTLS["pipeline_token"],
            clock=said.at,
            run_most=RUN_SESSIONS_MAX,
            most=MACHINE_SESSIONS_MAX,
        )

    def _machine(self, new: NewMachineSession, before: Session | None) -> MachineSeal:
        """What is sealed of a run's session; it goes on with the one that its key had before."""
        clock, client, entry = self._sealing.clock(), new.client, new.entry
        return MachineSeal(
            id=before.id if before else new.id,
            person=new.principal.key,
            behind=new.principal.behalf,
            issuer=new.principal.issuer,
            sign_key=new.sign_key,
            seal_key=new.seal_key,
            host=client.host,
            os_user=client.user,
            program=client.program,
            address=client.address,
            pipeline=new.pipeline,
            ends_at=min(new.ends_at, clock + SESSION_SECONDS * 1_000),
            since=before.opened_at if before else clock,
            at=clock,
            entry=entry.digest if entry else None,
            actor_id=entry.actor_id if entry else None,
        )

    async def end(
        self, op: str, actor: Actor, person: str, session: str, how: SessionEnd, message: str = ""
    ) -> int | Refusal:
        """End one session of somebody, or all (`session` is empty); returns how many."""
        outcome = await self._runner.outcome(
            "end_session",
            op=op,
            actor=str(actor),
            person=person,
            session=session,
            how=how,
            ts=message,
        )
        return read_refusal(outcome) or int(outcome["ended"])

    async def holders(self) -> Collection[Principal]:
        """Everybody who is signed in somewhere."""
        return await holders_of(self._runner, "session", "person")

    async def _listed(self, ids: str = "", person: str = "") -> list[Login]:
        outcome = await self._runner.outcome("read_sessions", ids=ids, person=person)
        read = [await self._opened(fields) for fields in outcome.get("sessions", ())]
        return [login for login in read if login]

    async def _opened(self, fields: Mapping[str, Any]) -> Login | None:
        """What its seals say; None where they do not hold, which is told of."""
        try:
            return await with_keys_of_now(self._sealing, lambda: read_login(self._sealing.seals, fields))
        except RecordRefusedError as refused:
            await self._refusals.tell(refused)
            return None
