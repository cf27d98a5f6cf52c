"""Values in the answer to the call that claims them, sealed to its session's key: fits `ports.delivery.Way`.

What lies between sees a box. The seal is for one grant and one Idempotency-Key, so that no earlier answer can
be put in the place of this one.
"""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from envaccess.domain.delivery import Delivered, NotDelivered, Outcome
from envaccess.domain.errors import BoxError
from envaccess.domain.outcome import Claim, Failure
from envaccess.domain.phrase import plain
from envaccess.domain.refusal.words import tell_failure
from envaccess.domain.variable import Variable
from envaccess.http.api.problems import ApiProblem
from envaccess.identity.boxes import ClientBoxes

_AGAIN: Final = "Ask for them again, with another Idempotency-Key."
_SAYS: Final[Mapping[Failure, tuple[str, str]]] = {
    Failure.REPEATED: (
        "The values were sent in the answer to the first such call, and are sent once.",
        _AGAIN,
    ),
    Failure.NOT_CHECKED: (
        "It could not be checked in time whether this access still lives. Nothing was sent.",
        _AGAIN,
    ),
    Failure.NOT_WRITTEN_DOWN: (
        "It could not be written down that you get this value, and without that it is not sent.",
        _AGAIN,
    ),
    Failure.NOT_CONFIRMED: (
        "Too few replicas of our store have it yet that you asked for this value. Nothing was sent.",
        _AGAIN,
    ),
    Failure.NOT_RETURNED: (
        "Nothing was sent: one part of envaccess does not answer.",
        f"{_AGAIN} Where the access was for one use, it is used: ask for it anew.",
    ),
}
_AWAY, _CONFLICT = HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CONFLICT
_STATUS: Final = {
    Failure.SOURCE_DOWN: _AWAY,
    Failure.SOURCE_SLOW: _AWAY,
    Failure.NOT_CHECKED: _AWAY,
    Failure.NOT_WRITTEN_DOWN: _AWAY,
    Failure.NOT_CONFIRMED: _AWAY,
    Failure.NOT_RETURNED: _AWAY,
    Failure.NOT_ALLOWED: HTTPStatus.FORBIDDEN,
}
"""Every other is a conflict with how things stand."""
_SOON: Final = 2


class SealedAnswer:
    """The values of one claim.

    Args:
        boxes: makes the box.
        key: the call's Idempotency-Key.
        gone: whether the client has hung up, so that nothing can leave.
    """

    def __init__(self, boxes: ClientBoxes, key: str, gone: Callable[[], bool]) -> None:
        self._boxes, self._key, self._gone = boxes, key, gone
        self.box = ""

    async def deliver(self, claim: Claim, values: Mapping[Variable, str]) -> Outcome:
        """Seal them; the answer follows at once."""
        if self._gone():
            return NotDelivered(Failure.CLIENT_GONE)
        told = json.dumps({str(variable): value for variable, value in values.items()})
        try:
            self.box = self._boxes.seal_values(claim.origin.seal_key, claim.id, self._key, told)
        except BoxError:
            return NotDelivered(Failure.SEALED)
        return Delivered()


def failure_problem(failure: Failure, request: str) -> ApiProblem:
    """Why values were not sent, and what became of the use."""
    says, do = _SAYS.get(failure) or (plain(tell_failure(failure, 0)), "")
    status = _STATUS.get(failure, _CONFLICT)
    return ApiProblem(status, failure, says, do, request, _SOON if status == _AWAY else 0)
