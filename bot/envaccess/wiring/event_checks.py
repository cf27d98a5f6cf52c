"""What lies apart from the events and is checked with them: what people typed, and seals of approvals."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from envaccess.domain.audit import Tag, stream_order
from envaccess.domain.audit_line import ALTERED, REMOVED, read_digests, read_texts
from envaccess.domain.errors import SealBrokenError, SealKeyUnknownError, SealUnreadableError
from envaccess.domain.retention import LEAST
from envaccess.domain.seals.access import is_automatic
from envaccess.domain.seals.statements import ApprovalSeal, FilingSeal, HistorySeal, SealMaker, mac_of
from envaccess.domain.text import count, whole_number
from envaccess.domain.tree_check import Outcome, TreeProblem, listed
from envaccess.store.request_reader import Archived
from envaccess.store.tree import Entry, RedisTree

_PAGE: Final = 200
_APPROVALS: Final = frozenset({Tag.REQUEST_APPROVED, Tag.REQUEST_STEP_APPROVED})


@dataclass(frozen=True, slots=True)
class _Approved:
    """One event that says that somebody approved; `by` is `policy` for what was let through alone."""

    event: str
    request: str
    by: str
    step: int


@dataclass(slots=True)
class EventChecks:
    """Takes every event with what lies apart from it; then says what does not hold.

    Attributes:
        seals: opens seals; None where no key for them is here.
        now: milliseconds since the epoch.
        archive: where records are that left Redis; None where there is none.
    """

    seals: SealMaker | None
    now: int
    archive: Archived | None = None
    _problems: list[TreeProblem] = field(default_factory=list)
    _typed: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    _gone: list[tuple[str, str]] = field(default_factory=list)
    _redacted: set[str] = field(default_factory=set)
    _approved: list[_Approved] = field(default_factory=list)
    _lost: dict[str, set[str]] = field(default_factory=dict)
    _dropped: str = ""
    _valid: int = 0
    _unchecked: int = 0

    async def take(self, tree: RedisTree, entries: Sequence[Entry]) -> None:
        """The next events."""
        texts = await tree.texts(entries)
        for event, fields in entries:
            if "typed" in fields:
                self._take_typed(event, fields, texts.get(event, ""))
            self._take_approval(event, fields)

    def _take_typed(self, event: str, fields: Mapping[str, str], kept: str) -> None:
        digests = read_digests(fields["typed"])
        self._typed[event] = fields.get("request", ""), frozenset(digests.values())
        for name, text in read_texts(fields["typed"], kept).items():
            if text == ALTERED:
                told = f"what was typed in event {event} ({name}) is not what was said then"
                self._problems.append(TreeProblem(Outcome.ALTERED, told))
            elif text == REMOVED and name not in kept:
                self._gone.append((event, digests[name]))

    def _take_approval(self, event: str, fields: Mapping[str, str]) -> None:
        tag, request = fields.get("event", ""), fields.get("request", "")
        if tag == Tag.AUDIT_REDACTED:
            self._redacted.add(_detail(fields).get("event", ""))
        elif tag == Tag.SEAL_KEY_DROPPED:
            self._dropped = event
        elif tag == Tag.REQUEST_STEP_REOPENED:
            self._lost.setdefault(request, set()).update(_detail(fields).get("lost", "").split(","))
        elif tag in _APPROVALS:
            step = whole_number(_detail(fields).get("step", "1"))
            by = fields.get("actor", "").removeprefix("person:")
            self._approved.append(_Approved(event, request, by, -1 if step is None else step - 1))

    async def finish(self, tree: RedisTree) -> tuple[Sequence[str], Sequence[TreeProblem]]:
        """What is to be said, and what does not hold."""
        redacted = [self._typed[event] for event in self._redacted if event in self._typed]
        self._check_gone({digest for _, digests in redacted for digest in digests})
        if self.seals:
            await self._check_approvals(tree, self.seals, {request for request, _ in redacted})
        return tuple(self._facts()), self._problems

    def _check_gone(self, redacted: Collection[str]) -> None:
        gone = [event for event, digest in self._gone if digest not in redacted and self._is_kept(event)]
        if gone:
            told = f"what was typed is gone, and no event says who took it away, of {listed(gone)}"
            self._problems.append(TreeProblem(Outcome.ALTERED, told))

    def _is_kept(self, event: str) -> bool:
        """Whether what belongs to an event is there, whatever the retention is or was."""
        at, _ = stream_order(event)
        return self.now - at < LEAST * 1_000

    async def _check_approvals(self, tree: RedisTree, seals: SealMaker, redacted: Collection[str]) -> None:
        for at in range(0, len(self._approved), _PAGE):
            page = self._approved[at : at + _PAGE]
            stored = await self._seals_of(tree, [one.request for one in page])
            for one in page:
                filing, approvals = stored[one.request]
                gone = one.request in redacted or not self._is_kept(one.event)
                if one.by in self._lost.get(one.request, ()) or (not filing and gone):
                    self._unchecked += 1
                elif fault := self._fault(seals, one, filing, approvals):
                    told = f"the approval in event {one.event} by {one.by}: {fault}"
                    self._problems.append(TreeProblem(Outcome.ALTERED, told))

    async def _seals_of(self, tree: RedisTree, requests: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        stored = await tree.seals_of(requests)
        missing = [request for request, (filing, _) in stored.items() if not filing]
        if self.archive is None or not missing:
            return stored
        found = (await self.archive.find(missing)).values()
        return {
            **stored,
            **{one.id: (one.text.get("filing", ""), one.text.get("approvals", "")) for one in found},
        }

    def _fault(self, seals: SealMaker, one: _Approved, filing: str, approvals: str) -> str:
        if not filing:
            return "the record of its request is gone before its time"
        try:
            return self._seal_fault(seals, one, filing, approvals)
        except SealKeyUnknownError:
            self._unchecked += 1
            self._note_key_gone(one)
            return ""
        except SealUnreadableError:
            self._unchecked += 1
            return ""
        except (SealBrokenError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return "a seal of its request is missing or broken"

    def _note_key_gone(self, one: _Approved) -> None:
        """A key goes where it leaked, which is an event; else whoever writes to Redis may name any key."""
        if not self._dropped or stream_order(self._dropped) < stream_order(one.event):
            told = f"the approval in event {one.event} by {one.by} is sealed with a key that is not here"
            self._problems.append(TreeProblem(Outcome.INCOMPLETE, told))

    def _seal_fault(self, seals: SealMaker, one: _Approved, filing: str, approvals: str) -> str:
        if filing.startswith(f"{HistorySeal.KIND}."):
            self._unchecked += 1
            old = HistorySeal.opened(seals, filing)
            return "" if old.id == one.request else "no valid seal says so"
        filed = FilingSeal.opened(seals, filing)
        given = [ApprovalSeal.opened(seals, found["seal"]) for found in json.loads(approvals or "[]")]
        agreed = any(
            (seal.by, seal.step, seal.filing) == (one.by, one.step, mac_of(filing)) for seal in given
        )
        if filed.id != one.request or not (agreed or (one.by == "policy" and is_automatic(filed))):
            return "no valid seal says so"
        self._valid += 1
        return ""

    def _facts(self) -> Iterator[str]:
        if self._gone:
            yield f"{count(len(self._gone), 'text')} taken away, or gone by age"
        if self.seals is None:
            yield "seals not checked: no key that opens them is here"
        elif self._approved:
            yield f"{count(self._valid, 'approval')} with a valid seal"
        if self._unchecked:
            yield f"{count(self._unchecked, 'approval')} whose seals could not be checked any more"


def _detail(fields: Mapping[str, str]) -> Mapping[str, str]:
    try:
        found = json.loads(fields.get("detail", "{}"))
    except (ValueError, RecursionError):
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
