"""Where the app is installed: its bot tokens, the codes that become tokens, and how tokens are rotated.

https://docs.slack.dev/authentication/installing-with-oauth and
https://docs.slack.dev/authentication/using-token-rotation.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from slack_emulator.ids import Clock
from slack_emulator.types import RefusalError

CODE_LIFETIME = 600.0
"""Seconds that a code from the authorize page can be exchanged."""

TOKEN_LIFETIME = 43_200
"""Seconds that a rotating token lives (`expires_in` in the answers' examples)."""


@dataclass(eq=False)
class BotToken:
    """One bot token.

    `team` is empty where the app was installed for the whole organisation, `enterprise` outside an Enterprise
    Grid. A token without `refresh` never expires. `ended` is the error that it is refused with, once it is.
    """

    value: str = field(repr=False)
    team: str
    enterprise: str = ""
    scopes: tuple[str, ...] = ()
    refresh: str = field(default="", repr=False)
    expires_at: float = 0.0
    ended: str = ""
    refreshed: bool = False

    @property
    def is_org_wide(self) -> bool:
        """Whether it reaches every workspace of the organisation that the app was added to."""
        return not self.team


@dataclass(frozen=True)
class Consent:
    """What somebody allowed on the authorize page."""

    team: str
    enterprise: str
    user: str
    scopes: tuple[str, ...]
    redirect_uri: str
    until: float


class Installations:
    """The app's tokens and codes.

    `rotates` is a switch of the app's settings. `keeps_old` is whether a token that was exchanged for a new
    one works until it expires; no page says, so that it does not unless a test says so. With
    `forgives_reuse` a refresh token that comes twice is answered twice, and only the last answer works
    (slackapi/node-slack-sdk#2504).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.rotates = False
        self.keeps_old = False
        self.forgives_reuse = False
        self.tokens: list[BotToken] = []
        self._by_value: dict[str, BotToken] = {}
        self._codes: dict[str, Consent] = {}

    def add(self, token: BotToken) -> BotToken:
        """Note a token that works from now on."""
        self.tokens.append(token)
        self._by_value[token.value] = token
        return token

    def find(self, value: str) -> BotToken | None:
        """The token of this value, whether it still works or not."""
        return self._by_value.get(value)

    def check(self, token: BotToken) -> None:
        """Raise `token_expired`, or what ended it, where it does not work."""
        if token.ended:
            raise RefusalError(token.ended)
        if token.expires_at and self._clock() >= token.expires_at:
            raise RefusalError("token_expired")

    def live(self, team: str, enterprise: str = "") -> BotToken | None:
        """The newest token of a workspace, or of a whole organisation (`team` empty), that was not ended."""
        fits = (one for one in reversed(self.tokens) if not one.ended)
        where = (team, "" if team else enterprise)
        return next((one for one in fits if (one.team, "" if one.team else one.enterprise) == where), None)

    def end(self, team: str, enterprise: str = "", error: str = "account_inactive") -> list[BotToken]:
        """End every token of a workspace, or of a whole organisation (`team` empty)."""
        fits = (one for one in self.tokens if one.team == team and (team or one.enterprise == enterprise))
        ended = [one for one in fits if not one.ended]
        for one in ended:
            one.ended = error
        return ended

    # -- OAuth

    def until(self, seconds: float) -> float:
        """So many seconds from now."""
        return self._clock() + seconds

    def allow(self, consent: Consent) -> str:
        """A code for what somebody allowed."""
        code = f"{len(self._codes) + 1}.{secrets.token_hex(16)}"
        self._codes[code] = consent
        return code

    def spend(self, code: str | None, redirect_uri: str) -> Consent:
        """Use a code up; raises `invalid_code`, or `bad_redirect_uri` where another address was asked for."""
        consent = self._codes.get(code or "")
        if consent is None or self._clock() > consent.until:
            raise RefusalError("invalid_code")
        if consent.redirect_uri != redirect_uri:
            raise RefusalError("bad_redirect_uri")
        del self._codes[code or ""]
        return consent

    def mint(self, team: str, enterprise: str, scopes: Iterable[str]) -> BotToken:
        """A token of a new installation, with a refresh token where the app's tokens rotate."""
        if not self.rotates:
            return self.add(BotToken(_secret("xoxb-"), team, enterprise, tuple(scopes)))
        return self.add(
            BotToken(
                _secret("xoxe.xoxb-1-"),
                team,
                enterprise,
                tuple(scopes),
                _secret("xoxe-1-"),
                self._clock() + TOKEN_LIFETIME,
            )
        )

    def refresh(self, refresh_token: str | None) -> BotToken:
        """A new token for a refresh token, which works once; raises `invalid_refresh_token`."""
        old = next((one for one in self.tokens if refresh_token and one.refresh == refresh_token), None)
        if old is None or old.ended == "account_inactive" or (old.refreshed and not self.forgives_reuse):
            raise RefusalError("invalid_refresh_token")
        if old.refreshed:
            self._forget_younger(old)
        old.refreshed = True
        if not self.keeps_old:
            old.ended = "token_revoked"
        return self.mint(old.team, old.enterprise, old.scopes)

    def _forget_younger(self, old: BotToken) -> None:
        for one in self.tokens[self.tokens.index(old) + 1 :]:
            if (one.team, one.enterprise) == (old.team, old.enterprise):
                one.ended = one.ended or "token_revoked"


def _secret(prefix: str) -> str:
    return f"{prefix}playground-{secrets.token_hex(16)}"
