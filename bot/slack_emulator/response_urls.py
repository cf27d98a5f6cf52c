"""`response_url`s: five answers within thirty minutes."""

import secrets
from dataclasses import dataclass, field

from slack_emulator.ids import Clock
from slack_emulator.messages import Message
from slack_emulator.types import RefusalError

USES = 5
LIFETIME = 30 * 60.0
"""Both from https://docs.slack.dev/interactivity/handling-user-interaction#message_responses; seconds."""


@dataclass
class ResponseUrl:
    """One `response_url`: who acted, where, on which message (None for a command), and what came back."""

    path: str
    user: str
    channel: str
    original: Message | None
    until: float
    uses: int = 0
    answers: list[Message] = field(default_factory=list)


class ResponseUrls:
    """Mints `response_url` paths and counts their uses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._all: dict[str, ResponseUrl] = {}

    def mint(self, kind: str, user: str, channel: str, original: Message | None = None) -> ResponseUrl:
        """A new hook; kind is the path's first part (`commands` or `actions`)."""
        path = f"/{kind}/{len(self._all) + 1}/{secrets.token_urlsafe(18)}"
        self._all[path] = ResponseUrl(path, user, channel, original, self._clock() + LIFETIME)
        return self._all[path]

    def find(self, path: str) -> ResponseUrl | None:
        """The hook behind a path, spent or not."""
        return self._all.get(path)

    def use(self, path: str) -> ResponseUrl:
        """Count one use; raises Slack's refusals (sent with status 404) when there is none left."""
        hook = self._all.get(path)
        if hook is None:
            raise RefusalError("invalid_url")
        if self._clock() > hook.until:
            raise RefusalError("expired_url")
        if hook.uses >= USES:
            raise RefusalError("used_url")
        hook.uses += 1
        return hook
