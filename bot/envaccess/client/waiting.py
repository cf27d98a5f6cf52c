"""Waiting for a decision: over restarts of the bot and networks that go, until somebody decides."""

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

from envaccess.client.answers import GRANT_STATES, REQUEST_STATES, RequestAnswer
from envaccess.client.api import WAIT_SECONDS, ApiClient
from envaccess.client.calls import not_known
from envaccess.client.errors import UndecidedError

_TICK: Final = 1.0


class WaitingDisplay(Protocol):
    """Shows somebody that it is waited, and for whom."""

    def show(self, request: RequestAnswer, seconds: float) -> None:
        """It is waited for so long; called at each change, and each second."""
        ...

    def close(self) -> None:
        """It is waited no more."""
        ...


def wait_decided(
    client: ApiClient,
    request: RequestAnswer,
    display: WaitingDisplay,
    *,
    most: float = math.inf,
    clock: Callable[[], float] = time.monotonic,
) -> RequestAnswer:
    """The request once somebody has decided, or nobody did in time.

    A poll runs in a thread of its own, so that the display goes on and Ctrl-C is heard at once.

    Args:
        client: asks.
        request: as it was last seen.
        display: shows it.
        most: seconds to wait.
        clock: seconds of a clock that never goes back.

    Raises:
        UndecidedError: nobody decided for so long.
        ClientError: the server says no, or what answers is none.
        KeyboardInterrupt: somebody pressed Ctrl-C; the request still waits.
    """
    began = clock()
    try:
        while check_known(request).is_pending:
            found: queue.Queue[RequestAnswer | Exception] = queue.Queue()
            threading.Thread(target=_poll, args=(client, request, found), daemon=True).start()
            request = _next(found, request, display, began, most, clock)
    finally:
        display.close()
    return request


def check_known(request: RequestAnswer) -> RequestAnswer:
    """The request, where this version knows what its states mean. Raises `AnswerUnknownError`."""
    if request.state not in REQUEST_STATES:
        raise not_known("a state of a request")
    if request.grant is not None and request.grant.state not in GRANT_STATES:
        raise not_known("a state of a grant")
    return request


def _next(
    found: queue.Queue[RequestAnswer | Exception],
    request: RequestAnswer,
    display: WaitingDisplay,
    began: float,
    most: float,
    clock: Callable[[], float],
) -> RequestAnswer:
    """What the poll found, showing meanwhile that it is waited."""
    while True:
        waited = clock() - began
        if waited >= most:
            raise UndecidedError(f"Nobody has decided yet; request {request.id} still waits.")
        display.show(request, waited)
        try:
            answer = found.get(timeout=min(_TICK, most - waited))
        except queue.Empty:
            continue
        if isinstance(answer, Exception):
            raise answer
        return answer


def _poll(client: ApiClient, request: RequestAnswer, found: queue.Queue[RequestAnswer | Exception]) -> None:
    try:
        patience = client.patience(math.inf)
        patience.worked()
        began = time.monotonic()
        answer = client.request(request.id, WAIT_SECONDS, request.version, patience)
        if answer.version == request.version and time.monotonic() < began + _TICK:
            time.sleep(_TICK)  # a server that does not let us wait is not asked without pause
        found.put(answer)
    except Exception as error:  # noqa: BLE001 - raised in the thread that waits for it
        found.put(error)
