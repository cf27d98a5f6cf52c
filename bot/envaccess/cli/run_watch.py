"""What happens to the access while a command runs with it: an early end, or more time."""

import math
import queue
import threading
from collections.abc import Iterator
from typing import Final

from envaccess.cli.run_access import cover
from envaccess.client.answers import ACTIVE, EXPIRED, USED_UP, WAITING, GrantAnswer
from envaccess.client.api import WAIT_SECONDS, ApiClient, new_operation
from envaccess.client.errors import ClientError, NotSignedInError, RefusedError, WrongServerError
from envaccess.domain.end_reasons import because
from envaccess.domain.receipt import Receipt
from envaccess.domain.variable import Variable
from envaccess.run.clock import SteadyClock
from envaccess.run.lease import TIME_OVER, AccessEnded, AccessExtended

_NEAR: Final = 90.0
"""Seconds before the end from which it is looked whether other access goes on: polls are 25 seconds apart."""
_SLACK: Final = 3.0
"""Seconds by which two answers about one end may differ: they were on their way."""

_PAUSE: Final = 5.0
"""Seconds until it is asked again where the server had no time."""
_GONE: Final = frozenset({403, 404, 410})
"""HTTP: there is no such access for this session any more."""

News = AccessEnded | AccessExtended


class AccessWatch:
    """Follows every grant that a command uses; fits `envaccess.run.lease.Watch`.

    Args:
        client: asks, from several threads.
        grants: ids of what was claimed, with when each ends, in seconds of the clock.
        wanted: the variables that the command has; other live access to all of them prolongs its life.
        receipt: from where that access is claimed then.
        clock: the one that `grants` counts by.
        own_logins: whether it has logins of its own: these end with what they were made for, so no other
            access prolongs its life.
    """

    def __init__(
        self,
        client: ApiClient,
        grants: dict[str, float],
        wanted: frozenset[Variable],
        receipt: Receipt,
        clock: SteadyClock,
        *,
        own_logins: bool = False,
    ) -> None:
        self._client, self._ends, self._wanted = client, dict(grants), wanted
        self._receipt, self._clock, self._own_logins = receipt, clock, own_logins
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._refused: set[str] = set()

    def __call__(self) -> Iterator[News]:
        """Each piece of news, as it comes."""
        for grant in tuple(self._ends):
            self._follow(grant)
        while True:
            yield self._news.get()

    def _follow(self, grant: str) -> None:
        threading.Thread(target=self._watch, args=(grant,), daemon=True).start()

    def _watch(self, id_: str) -> None:
        version: int | None = None
        try:
            while id_ in self._ends:
                wait = WAIT_SECONDS if version is not None else 0
                found = self._ask(id_, wait, version)
                version = found.version
                self._learn(found)
        except NotSignedInError:
            self._news.put(AccessEnded("this terminal's session was ended"))
        except RefusedError as error:
            if error.status in _GONE:
                self._news.put(AccessEnded(error.detail.rstrip(".")))
        except ClientError:
            return  # it speaks as no version that is known here: the end that is known holds

    def _ask(self, id_: str, wait: int, version: int | None) -> GrantAnswer:
        """The grant, however often it must be asked for: a network goes, and a proxy answers meanwhile."""
        while True:
            patience = self._client.patience(math.inf)
            patience.worked()
            try:
                return self._client.grant(id_, wait, version, patience)
            except WrongServerError:
                threading.Event().wait(_PAUSE)
            except RefusedError as error:
                if not error.is_passing:
                    raise
                threading.Event().wait(max(error.retry_in, _PAUSE))

    def _learn(self, found: GrantAnswer) -> None:
        with self._lock:
            if found.id not in self._ends:
                return  # another grant's end was this one's, too
            ends = self._clock.now() + found.ends_in
            early = not found.ends_in and ends < self._ends[found.id] - _SLACK
            if found.state not in {ACTIVE, WAITING, USED_UP} or (found.state == USED_UP and early):
                self._end(found)
                return
            if abs(ends - self._ends[found.id]) > _SLACK:
                self._set(found.id, ends)
            if ends - self._clock.now() < _NEAR and not found.once:
                self._look_for_more()

    def _end(self, found: GrantAnswer) -> None:
        """Over before its time, or at it: unless other access goes on."""
        if not self._look_for_more():
            self._news.put(AccessEnded(_tell_why(found)))
            self._ends.clear()

    def _set(self, id_: str, ends: float) -> None:
        before = min(self._ends.values())
        self._ends[id_] = ends
        after = min(self._ends.values())
        if after != before:
            self._news.put(AccessExtended(after))

    def _look_for_more(self) -> bool:
        """Whether other access goes on; where the server cannot say so now, none does."""
        if self._own_logins:
            return False
        try:
            return self._prolong()
        except NotSignedInError:
            raise
        except ClientError:
            return False

    def _prolong(self) -> bool:
        """Whether other timed access to all lasts longer. It is claimed, so that its use is on record."""
        timed = [each for each in self._client.requests() if not each.once and each.id not in self._refused]
        chosen = cover(timed, self._wanted)
        ends = {each.id: self._clock.now() + (each.grant.ends_in if each.grant else 0) for each in chosen}
        if not ends or min(ends.values()) < min(self._ends.values()) + _SLACK:
            return False
        for each in chosen:
            if each.id not in self._ends and not self._claim(each.id):
                return False
        fresh = ends.keys() - self._ends.keys()
        self._ends = ends
        self._news.put(AccessExtended(min(ends.values())))
        for id_ in fresh:
            self._follow(id_)
        return True

    def _claim(self, id_: str) -> bool:
        """Whether it may be used; what is refused once, such as by No in Slack, is not asked for again."""
        try:
            self._client.values(id_, new_operation(), self._receipt)
        except RefusedError as error:
            if not error.is_passing:
                self._refused.add(id_)
            return False
        return True


def _tell_why(found: GrantAnswer) -> str:
    """Who or what ended it, a part of a sentence."""
    if found.state == EXPIRED:
        return TIME_OVER
    who = f"{found.ended_by.mention} ended it" if found.ended_by else ""
    return ": ".join(filter(None, (who, because(found.ended_why) or found.ended_why)))
