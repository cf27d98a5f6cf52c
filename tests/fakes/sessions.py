"""Logins and sessions in memory: the store's second implementation, with the rules of its scripts."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from envaccess.domain.audit import Actor
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import (
    CODE_SECONDS,
    FETCH_SECONDS,
    IDLE_SECONDS,
    PICK_SECONDS,
    RUN_SESSIONS_MAX,
    SESSION_SECONDS,
    SESSIONS_MAX,
    TRIES_MAX,
    CodeDigest,
    Login,
    LoginState,
    NewMachineSession,
    Offer,
    Session,
    SessionEnd,
    SessionUse,
)
from tests.fakes.books import Books

OVER = frozenset({LoginState.REFUSED, LoginState.EXPIRED, LoginState.ENDED})


class FakeSessions:
    """Fits `ports.sessions.SessionStore` and `identity.ports.SessionUses`."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._logins: dict[str, Login] = {}
        self._codes: dict[str, tuple[str, CodeDigest]] = {}
        self._tries: dict[str, int] = {}
        self._tokens: dict[str, str] = {}
        self._exchanged: dict[str, str] = {}
        self._proofs: set[tuple[str, str]] = set()
        self._bodies: dict[tuple[str, str], str] = {}

    def confirm(self, session: Session) -> None:
        """Somebody is signed in, and used it."""
        used = replace(session, last_used_at=self._books.now)
        login = Login(session.id, session.principal.key, LoginState.CONFIRMED, session.ends_at)
        self.put(replace(login, session=used))

    async def start(
        self, op: str, principal: Principal, login: str, code: CodeDigest
    ) -> int | Refusal | None:
        self._books.check()
        if refusal := self._books.locked("login", principal.key, [principal.key]):
            return refusal
        if len(await self.live(principal.key)) >= SESSIONS_MAX:
            return Refusal(Reason.TOO_MANY_SESSIONS, limit=SESSIONS_MAX)
        return self._books.once(op, lambda: self._start(principal, login, code))

    def _start(self, principal: Principal, login: str, code: CodeDigest) -> int:
        expires = self._books.now + CODE_SECONDS * 1_000
        self._logins[login] = Login(login, principal.key, LoginState.ASKED, expires)
        self._codes[code.lookup] = login, code
        return expires

    async def secret_of(self, lookup: str) -> str:
        self._books.check()
        login, known = self._codes.get(lookup, ("", CodeDigest("", "")))
        return known.secret if login in self._logins else ""

    async def offer(self, code: CodeDigest, offer: Offer) -> Login | Refusal:
        self._books.check()
        login, known = self._codes.get(code.lookup, ("", CodeDigest("", "")))
        found = self._settled(login)
        wrong = Refusal(Reason.LOGIN_CODE)
        if found is None or known != code:
            self._tries[login] = self._tries.get(login, 0) + 1
            if found and found.state is LoginState.ASKED and self._tries[login] >= TRIES_MAX:
                del self._logins[login]
            return wrong
        if found.state is not LoginState.ASKED:
            same = found.offer and (found.offer.sign_key, found.offer.seal_key)
            return found if same == (offer.sign_key, offer.seal_key) else wrong
        if refusal := self._books.locked("login", found.person, [found.person]):
            return refusal
        expires = self._books.now + PICK_SECONDS * 1_000
        sealed = replace(offer, mac=f"mac-of-{offer.sign_key}")
        return self.put(replace(found, state=LoginState.OFFERED, offer=sealed, expires_at=expires))

    async def get(self, login: str) -> Login | None:
        self._books.check()
        return self._settled(login)

    async def pick(
        self, op: str, principal: Principal, login: Login, picked: int, message: str
    ) -> Login | Refusal:
        del message
        self._books.check()
        return self._books.once(op, lambda: self._pick(principal, login, picked))

    def _pick(self, principal: Principal, login: Login, picked: int) -> Login | Refusal:
        found = self._settled(login.id)
        if found is None or found.offer is None or found.state is not LoginState.OFFERED:
            return Refusal(Reason.LOGIN_OVER, state=found.state if found else "")
        if refusal := self._books.locked("login", principal.key, [principal.key]):
            return refusal
        if picked != found.offer.number:
            how = SessionEnd.WRONG_NUMBER if picked else SessionEnd.DECLINED
            return self._over(found, LoginState.REFUSED, how)
        now, offer = self._books.now, found.offer
        session = Session(
            found.id, principal, offer.sign_key, offer.seal_key, offer.client.host, offer.client.user,
            offer.client.program, offer.client.address, now, now + SESSION_SECONDS * 1_000,
            now + FETCH_SECONDS * 1_000, mac=f"session-{offer.mac}",
        )  # fmt: skip
        confirmed = replace(found, state=LoginState.CONFIRMED, session=session)
        return self.put(replace(confirmed, expires_at=now + FETCH_SECONDS * 1_000))

    async def bind(self, login: Login, token: str) -> bool:
        self._books.check()
        found = self._settled(login.id)
        if found is None or found.session is None or found.session.last_used_at:
            return False
        self._tokens = {digest: owner for digest, owner in self._tokens.items() if owner != login.id}
        self._tokens[token] = login.id
        return found.state is LoginState.CONFIRMED

    async def exchange(self, new: NewMachineSession) -> Session | Refusal:
        self._books.check()
        who = new.principal.key
        if refusal := self._books.locked("token", who, [who, new.principal.behalf]):
            return refusal
        if self._exchanged.setdefault(new.replay, new.bound_to) != new.bound_to:
            return Refusal(Reason.TOKEN_USED)
        live = [login.session for login in await self.live(who) if login.session]
        before = next((session for session in live if session.sign_key == new.sign_key), None)
        if before is None and len(live) >= RUN_SESSIONS_MAX:
            return Refusal(Reason.TOO_MANY_RUNS, limit=RUN_SESSIONS_MAX)
        now, client = self._books.now, new.client
        session = Session(
            before.id if before else new.id, new.principal, new.sign_key, new.seal_key, client.host,
            client.user, client.program, client.address, before.opened_at if before else now, new.ends_at,
            min(now + IDLE_SECONDS * 1_000, new.ends_at), now, client.address, f"machine-{new.token}",
            new.pipeline, None, new.entry,
        )  # fmt: skip
        self._tokens = {digest: owner for digest, owner in self._tokens.items() if owner != session.id}
        self._tokens[new.token] = session.id
        self.put(Login(session.id, who, LoginState.CONFIRMED, new.ends_at, session=session))
        return session

    async def use(self, use: SessionUse) -> Session | Refusal:
        self._books.check()
        found = self._settled(self._tokens.get(use.token, ""))
        if found is None or found.session is None or found.state is not LoginState.CONFIRMED:
            return Refusal(Reason.NO_SESSION)
        if found.session.sign_key != use.key:
            return Refusal(Reason.NO_SESSION)
        if (found.id, use.jti) in self._proofs:
            return Refusal(Reason.PROOF_USED)
        if self._bodies.get((found.person, use.operation), use.body) != use.body:
            return Refusal(Reason.IDEMPOTENCY_BODY)
        self._proofs.add((found.id, use.jti))
        if use.operation:
            self._bodies[found.person, use.operation] = use.body
        now = self._books.now
        idle = min(now + IDLE_SECONDS * 1_000, found.session.ends_at)
        used = replace(found.session, last_used_at=now, idle_at=idle, last_address=use.address)
        self.put(replace(found, session=used))
        return used

    async def live(self, person: str) -> Sequence[Login]:
        self._books.check()
        settled = [self._settled(login) for login in list(self._logins)]
        mine = [
            login for login in settled if login and person in {login.person, login.behind} and login.session
        ]
        return [login for login in reversed(mine) if login.state is LoginState.CONFIRMED]

    async def end(
        self, op: str, actor: Actor, person: str, session: str, how: SessionEnd, message: str = ""
    ) -> int | Refusal:
        del message, actor
        self._books.check()
        live = await self.live(person)
        found = self._logins.get(session)
        if session and (found is None or person not in {found.person, found.behind}):
            return Refusal(Reason.SESSION_UNKNOWN)
        ending = [login for login in live if session in {"", login.id}]
        return self._books.once(op, lambda: len([self._over(one, LoginState.ENDED, how) for one in ending]))

    async def holders(self) -> Collection[Principal]:
        self._books.check()
        return {login.asked for login in self._logins.values() if login.state not in OVER}

    def _settled(self, login: str) -> Login | None:
        found = self._logins.get(login)
        if found is None:
            return None
        ends = found.session.idle_at if found.session else found.expires_at
        if found.state in OVER or self._books.now < ends:
            return found
        if found.state is LoginState.ASKED:
            del self._logins[login]
            return None
        if found.session is None:
            return self._over(found, LoginState.EXPIRED, SessionEnd.UNANSWERED)
        unused = found.session.last_used_at == 0
        return self._over(found, LoginState.ENDED, SessionEnd.UNUSED if unused else SessionEnd.EXPIRED)

    def _over(self, login: Login, state: LoginState, how: SessionEnd) -> Login:
        return self.put(replace(login, state=state, ended_how=how, ended_at=self._books.now))

    def agents(self, person: str) -> list[Login]:
        """Somebody's agents, as they stand."""
        settled = [self._settled(login) for login in list(self._logins)]
        return [login for login in settled if login and login.agent and login.behind == person]

    def put(self, login: Login) -> Login:
        """Keep it, in a new version."""
        self._logins[login.id] = replace(login, version=login.version + 1)
        return self._logins[login.id]
