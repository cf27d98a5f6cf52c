"""Who calls: a token, and a proof of the key that its session is bound to (DPoP, RFC 9449)."""

import hashlib
import hmac
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from envaccess.crypto.encoding import to_text
from envaccess.crypto.proofs import Proof, read_proof
from envaccess.crypto.tokens import TokenKind, token_hash, token_kind
from envaccess.domain.audit import ActorKind
from envaccess.domain.errors import ProofError
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason, Refusal
from envaccess.domain.session import Session, SessionUse
from envaccess.identity.nonces import Nonces
from envaccess.identity.ports import EndsSeen, SessionUses

_SCHEME: Final = "dpop"
_SPEAKS_FOR: Final = MappingProxyType(
    {
        TokenKind.PERSON: ActorKind.PERSON,
        TokenKind.MACHINE: ActorKind.MACHINE,
        TokenKind.AGENT: ActorKind.AGENT,
    }
)


@dataclass(frozen=True, slots=True)
class Operation:
    """What a call may be repeated as.

    Attributes:
        key: the client's own name for it (`Idempotency-Key`).
        endpoint: what was called, such as `POST /v1/requests`.
        body_hash: a digest of the body: another body under the same key is refused.
    """

    key: str
    endpoint: str
    body_hash: str

    def op(self, principal: Principal) -> str:
        """The operation id of the verb: nobody comes upon another's, or one of another endpoint."""
        return f"api:{_digest(str(principal), self.endpoint, self.key)}"

    @property
    def name(self) -> str:
        """The same without the principal."""
        return _digest(self.endpoint, self.key)


class Authenticator:
    """Proves who calls, in one round trip to the store.

    Args:
        sessions: where sessions are kept.
        nonces: those that the server gives.
        ended: sessions that this process saw end, whatever is put back in the store.
    """

    def __init__(self, sessions: SessionUses, nonces: Nonces, ended: EndsSeen) -> None:
        self._sessions = sessions
        self._nonces = nonces
        self._ended = ended

    def nonce(self) -> str:
        """What the next proof has to say."""
        return self._nonces.current()

    async def authenticate(
        self,
        authorization: str,
        proof: str,
        method: str,
        url: str,
        operation: Operation | None = None,
        address: str = "",
    ) -> Session | Refusal:
        """The session that makes this call; its time slides.

        Args:
            authorization: the header: `DPoP eva_p_...`, of a machine `eva_c_...`, of an agent `eva_a_...`.
            proof: the header `DPoP`.
            method: the HTTP method.
            url: our own address with the path, without query.
            operation: what it may be repeated as; None for what changes nothing.
            address: from where it came.

        Raises:
            StoreError: the store did not answer.
        """
        token, kind = _token_in(authorization)
        if kind is None:
            return Refusal(Reason.NO_SESSION)
        proved = self.prove(proof, method, url)
        if isinstance(proved, Refusal):
            return proved
        digest = token_hash(token)
        if not hmac.compare_digest(proved.token_hash.encode(), digest.encode()):
            return Refusal(Reason.BAD_PROOF)
        name, body = (operation.name, operation.body_hash) if operation else ("", "")
        session = await self._sessions.use(
            SessionUse(digest, proved.key, _digest(proved.jti), address, name, body)
        )
        if isinstance(session, Refusal):
            return session
        other = session.principal.kind is not _SPEAKS_FOR[kind]
        return Refusal(Reason.NO_SESSION) if other or await self._ended.saw_end(session.id) else session

    def prove(self, proof: str, method: str, url: str) -> Proof | Refusal:
        """Whose key signed this call; for a login, which has no session yet."""
        try:
            found = read_proof(proof)
        except ProofError:
            return Refusal(Reason.BAD_PROOF)
        if (found.method, found.url) != (method, url):
            return Refusal(Reason.BAD_PROOF)
        return found if self._nonces.holds(found.nonce) else Refusal(Reason.USE_NONCE)


def _token_in(authorization: str) -> tuple[str, TokenKind | None]:
    scheme, _, token = authorization.partition(" ")
    return token, token_kind(token) if scheme.lower() == _SCHEME else None


def _digest(*texts: str) -> str:
    """SHA-256 over these texts, none of which runs into the next, as base64url."""
    told = b"".join(len(text.encode()).to_bytes(4, "big") + text.encode() for text in texts)
    return to_text(hashlib.sha256(told).digest())
