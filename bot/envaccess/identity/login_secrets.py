"""Codes, numbers and tokens of logins: fits `application.ports.sessions.LoginSecrets`."""

import asyncio
from typing import Final

from envaccess.crypto import job_keys, login_codes
from envaccess.crypto.boxes import is_public_key, seal_to, token_info
from envaccess.crypto.proofs import is_proof_key
from envaccess.crypto.tokens import TokenKind, make_token, token_hash
from envaccess.domain.audit import ActorKind
from envaccess.domain.session import CodeDigest, FreshCode, FreshToken
from envaccess.identity.server_key import ServerKey

_KINDS: Final = {ActorKind.PERSON: TokenKind.PERSON, ActorKind.AGENT: TokenKind.AGENT}
_NO_OFFER: Final = login_codes.LoginOffer("", "")
_NO_SECRET: Final = "none"  # noqa: S105 - stands for what is not there
"""In the place of what is not there, so that it takes as long."""


class LoginCiphers:
    """Makes what a login needs.

    Args:
        server: the server's key, which goes into the number.
    """

    def __init__(self, server: ServerKey) -> None:
        self._server = server

    @property
    def server_key(self) -> str:
        """The public key of the server, with the id of the key that seals."""
        return self._server.public

    async def make_code(self) -> FreshCode:
        """A new code; what it gives is made slowly, so that nobody tries them all, and beside the loop."""
        code = login_codes.make_code()
        secret = await asyncio.to_thread(login_codes.secret_hash, code)
        return FreshCode(CodeDigest(code.lookup, secret), code.text)

    def lookup(self, offered: str) -> str:
        """Which login a terminal means; empty for what is no offer."""
        offer = login_codes.read_offer(offered)
        return offer.lookup if offer else ""

    def holds(self, offered: str, secret: str, sign_key: str, seal_key: str) -> bool:
        """Whether the terminal knew the code of this secret, and means these keys."""
        offer = login_codes.read_offer(offered) or _NO_OFFER
        return login_codes.holds(offer, secret or _NO_SECRET, sign_key, seal_key) and bool(secret)

    def number(self, secret: str, sign_key: str, seal_key: str, server_key: str) -> int:
        """The number that the terminal of that code and of these keys shows."""
        return login_codes.login_number(secret or _NO_SECRET, sign_key, seal_key, server_key)

    def choices(self, number: int) -> tuple[int, ...]:
        """Three numbers to choose from, the right one among them."""
        return login_codes.login_choices(number)

    def are_keys(self, sign_key: str, seal_key: str) -> bool:
        """Whether these are public keys that are worth something."""
        return is_proof_key(sign_key) and is_public_key(seal_key)

    def holds_job(self, job_key: str, signature: str, token: str, sign_key: str, seal_key: str) -> bool:
        """Whether the key of a job said of this token and these keys that they are its own."""
        return job_keys.holds_job(job_key, signature, token, sign_key, seal_key)

    def make_token(self, seal_key: str, login: str, kind: ActorKind = ActorKind.PERSON) -> tuple[str, str]:
        """A new token: its digest, and the token itself sealed to the client's key.

        Raises:
            BoxError: nothing can be sealed to that key.
        """
        token = make_token(_KINDS[kind])
        return token_hash(token), seal_to(seal_key, token.encode(), token_info(login))

    def make_machine_token(self) -> FreshToken:
        """A new token for a pipeline; it is known only later which session it is for."""
        token = make_token(TokenKind.MACHINE)
        return FreshToken(token_hash(token), token)

    def seal_token(self, token: FreshToken, seal_key: str, session: str) -> str:
        """The same sealed to the key of a session, for that session.

        Raises:
            BoxError: nothing can be sealed to that key.
        """
        return seal_to(seal_key, token.text.encode(), token_info(session))
