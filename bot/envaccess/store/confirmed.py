"""Which scripts count only once so many replicas have what they wrote, if the settings say so.

`WAIT` asks for what its own connection has written, and what came before. Behind a repeat that wrote
nothing it would answer at once, for replicas that lack everything. So a repeat prolongs the outcome that it
finds, which is a write (`replay` in `scripts/lib.lua`).
"""

from typing import Any, Final

from redis import RedisError

WAIT_MILLISECONDS: Final = 400
"""How long a packet waits for its replicas: less than a call may take."""

CONFIRMED: Final = frozenset(
    {
        # before something is shown, handed on or made
        "claim",
        "exchange_token",
        "intend_leases",
        "read_secret",
        "see",
        "see_on_host",
        "tap",
        # decisions
        "agree_proposal",
        "close_review",
        "decide",
        "decline_proposal",
        "delegate",
        "judge_alert",
        "judge_review",
        "open_request",
        "open_review",
        "pick_agent",
        "pick_login",
        "put_secret",
        "review",
        "unlock",
        # tokens that Slack tells once, and their end
        "drop_installation",
        "put_installation",
        # ends
        "cancel",
        "delete_secret",
        "end_session",
        "lock",
        "revoke",
        # after which somebody destroys what was replaced: a master key, a text that was to go
        "drop_seal_key",
        "redact",
        "reseal_secret",
        "rewrap_ledger_key",
        "rewrap_log_key",
        "rewrap_seal_key",
    }
)
"""Each remembers its outcome, so that a repeat finds it. What loops do is done again where it was lost.

Every other script that writes is in `tests/architecture/test_confirmed_scripts.py`, with why.
"""


class NotConfirmedError(RedisError):
    """A script ran, and too few replicas have what it wrote.

    Attributes:
        answer: what it answered.
    """

    def __init__(self, answer: str | int) -> None:
        super().__init__("too few replicas have it")
        self.answer: str | int = answer


def confirm(answer: Any, reached: object, replicas: int) -> object:  # noqa: ANN401 - what redis-py read
    """An answer of a packet, or what it is as long as replicas lack it.

    Args:
        answer: what a command of the packet answered.
        reached: what its `WAIT` answered.
        replicas: how many must have it.
    """
    if isinstance(answer, Exception) or (isinstance(reached, int) and reached >= replicas):
        return answer
    return NotConfirmedError(answer)
