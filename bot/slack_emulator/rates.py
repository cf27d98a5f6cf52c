"""Slack's rate limits, per method and minute, and about one message a second per channel.

Source: https://docs.slack.dev/apis/web-api/rate-limits. Slack allows short bursts without saying how
long; here ten messages in ten seconds may come at once. Off until switched on.
"""

from slack_emulator.http_answers import Reply
from slack_emulator.ids import Clock
from slack_emulator.types import Json

_MINUTE = 60.0
_TIER_2, _TIER_3, _TIER_4 = 20, 50, 100
_TIERS = {
    "apps.connections.open": _TIER_3,
    "chat.update": _TIER_3,
    "chat.delete": _TIER_3,
    "conversations.open": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.members": _TIER_4,
    "chat.postEphemeral": _TIER_4,
    "chat.postMessage": 300,
    "usergroups.list": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "users.info": _TIER_4,
    "views.open": _TIER_4,
    "views.push": _TIER_4,
    "views.update": _TIER_4,
    "views.publish": _TIER_4,
}
_CHANNEL = (10, 10.0)


class Rates:
    """Counts calls in sliding windows of the emulator's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: dict[str, list[float]] = {}
        self.enforced = False

    def refuse(self, method: str, args: Json) -> Reply | None:
        """A 429 if this call is one too many, else None."""
        if not self.enforced:
            return None
        waits = [self._wait(method, _TIERS.get(method, _TIER_4), _MINUTE)]
        if method == "chat.postMessage":
            waits.append(self._wait(f"{method} {args.get('channel')}", *_CHANNEL))
        if not any(waits):
            return None
        headers = {"Retry-After": str(max(1, round(max(waits) + 0.5)))}
        return Reply(429, {"ok": False, "error": "ratelimited"}, headers)

    def _wait(self, key: str, most: int, window: float) -> float:
        """Seconds until the next call fits; counts this one if it fits."""
        now = self._clock()
        recent = [at for at in self._seen.get(key, []) if at > now - window]
        self._seen[key] = recent
        if len(recent) >= most:
            return recent[0] + window - now
        recent.append(now)
        return 0.0
