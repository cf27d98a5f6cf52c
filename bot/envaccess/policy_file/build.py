"""Parts of the file become rules. What a rule does not say, `defaults` says; what neither says is usual."""

from dataclasses import dataclass
from typing import Any, Final

from envaccess.domain.policy.hours import Hours
from envaccess.domain.policy.principal_set import ANYONE, NOBODY, OWNERS, PrincipalSet
from envaccess.domain.policy.rules import (
    HOUR,
    MAX_SECONDS,
    PENDING_SECONDS,
    PER_RUN,
    USE_WITHIN,
    Automatic,
    DeliveryMode,
    EmergencyRule,
    ReasonRule,
    Rule,
    Starts,
    Step,
    Then,
    usual_delivery,
)
from envaccess.policy_file.models import FieldsPart, HoursPart, RulePart, StepPart
from envaccess.policy_file.principal_lists import ASKING, SISTERS, PrincipalReader
from envaccess.policy_file.scalars import ONE_RUN
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.tree import Path

_WEEK: Final = 7 * 24 * HOUR
_NAME_MAX: Final = 60
_UNATTENDED: Final = frozenset({DeliveryMode.CI, DeliveryMode.BROKER})
"""Ways by which a value goes to a program that nobody sits at."""
_CHAIN: Final = ("approvers", "steps")


@dataclass(frozen=True, slots=True)
class RuleFields:
    """What one rule says, by itself or by the defaults.

    Attributes:
        path: the rule's own.
    """

    part: RulePart
    defaults: FieldsPart
    path: Path

    def own(self, field: str) -> bool:
        """Whether the rule says it itself."""
        return field in self.part.model_fields_set

    def get(self, field: str, usual: Any) -> Any:  # noqa: ANN401 - fields have many types
        """A field; the usual where nobody says it."""
        for part in (self.part, self.defaults):
            if field in part.model_fields_set:
                return getattr(part, field)
        return usual

    def at(self, field: str, *more: str | int) -> Path:
        """Where a field stands that somebody says; else the rule itself."""
        alias = FieldsPart.model_fields[field].alias or field
        if self.own(field):
            return (*self.path, alias, *more)
        return ("defaults", alias, *more) if field in self.defaults.model_fields_set else self.path

    def together(self, one: str, other: str) -> bool:
        """Whether two fields are said in one place, or the first in the rule, so that they must agree."""
        return self.own(one) or not self.own(other)

    @property
    def chain(self) -> str:
        """Which field says who decides; empty where none does."""
        for part in (self.part, self.defaults):
            for field in _CHAIN:
                if field in part.model_fields_set:
                    return field
        return ""


class Builder:
    """Builds rules, and tells the ledger what does not fit together."""

    def __init__(self, sets: PrincipalReader, ledger: FaultCollector, *, push: bool) -> None:
        self._sets = sets
        self._ledger = ledger
        self._delivery = usual_delivery(push=push)

    def rule(self, said: RuleFields) -> Rule:
        """One rule."""
        longest = said.get("longest", MAX_SECONDS)
        pending = said.get("pending", PENDING_SECONDS)
        starts = Starts(said.get("starts", Starts.APPROVAL))
        delivery = self._ways(said)
        requesters = self._sets.read(said.get("requesters", (ANYONE,)), said.at("requesters"), *ASKING)
        return Rule(
            name=said.part.name or ", ".join(said.part.match)[:_NAME_MAX],
            match=said.part.match,
            steps=self._steps(said, pending),
            line=self._ledger.line(said.path),
            requesters=_asking(requesters),
            max_seconds=longest,
            default_seconds=self._usual(said, longest),
            pending_seconds=pending,
            reason=self._reason(said),
            hours=_hours(said.get("hours", None)),
            automatic=self._automatic(said, longest),
            cool_down=said.get("cool_down", 0),
            open_max=said.get("open", 0),
            single_use=said.get("single_use", usual=False),
            delivery=delivery,
            starts=starts,
            use_within=self._use_within(said, starts),
            emergency=self._emergency(said, longest),
            tap=self._tap(said, delivery),
        )

    def _usual(self, said: RuleFields, longest: int) -> int:
        """A usual time of the defaults gives way to a rule's own maximum."""
        usual: int = said.get("usual", min(HOUR, longest))
        if usual > longest and said.together("usual", "longest"):
            self._ledger.add(said.at("usual"), "it is longer than `max`", "make it shorter, or `max` longer")
        return min(usual, longest)

    def _ways(self, said: RuleFields) -> tuple[DeliveryMode, ...]:
        found = tuple(map(DeliveryMode, said.get("delivery", self._delivery)))
        if DeliveryMode.PUSH in found and DeliveryMode.REVEAL not in found:
            problem = "whoever is not active in Slack then never sees the value: there is no Reveal button"
            self._ledger.note(said.at("delivery"), problem, "add `reveal` beside `push`")
        return found

    def _tap(self, said: RuleFields, delivery: tuple[DeliveryMode, ...]) -> bool:
        tap: bool = said.get("tap", usual=False)
        if tap and DeliveryMode.CLI not in delivery and said.together("tap", "delivery"):
            problem = "nothing is released to a terminal here: `delivery` has no `cli`"
            self._ledger.add(said.at("tap"), problem, "take it out, or add `cli` to `delivery`")
        both = tap and DeliveryMode.CLI in delivery
        for way in sorted(_UNATTENDED.intersection(delivery)) if both else ():
            problem = f"`tap` is about terminals: what goes by `{way}` waits for no press"
            mend = f"leave `{way}` to a variable of its own, or `tap` out where that is meant"
            self._ledger.note(said.at("tap"), problem, mend)
        return tap

    def _use_within(self, said: RuleFields, starts: Starts) -> int:
        waits = starts is Starts.FIRST_USE
        within: int = said.get("use_within", USE_WITHIN if waits else 0)
        if waits and not within:
            mend = "say how soon it must be used, such as `use_within: 15m`"
            self._ledger.add(
                said.at("use_within"), "a grant that waits for its first use would never lapse", mend
            )
        return within

    def _reason(self, said: RuleFields) -> ReasonRule:
        part = said.get("reason", None)
        if part is None:
            return ReasonRule()
        if part.pattern and not part.hint:
            problem, mend = (
                "people would not know what is asked of them",
                "say it: `hint: a ticket such as PAY-123`",
            )
            self._ledger.add(said.at("reason", "hint"), problem, mend)
        for problem, mend in part.pattern.notes if part.pattern else ():
            self._ledger.note(said.at("reason", "pattern"), problem, mend)
        return ReasonRule(part.least, part.pattern, part.hint)

    def _automatic(self, said: RuleFields, longest: int) -> Automatic | None:
        part = said.get("automatic", None)
        if part is None:
            return None
        if part.longest > longest and said.together("automatic", "longest"):
            self._ledger.add(
                said.at("automatic", "max"), "it is longer than the rule's `max`", "make it shorter"
            )
        if part.per and not part.times:
            self._ledger.add(
                said.at("automatic", "per"), "it counts nothing", "say `times` too, or leave it out"
            )
        who = self._sets.read(part.who, said.at("automatic", "for"), *ASKING)
        seconds = min(part.longest, longest)
        per = PER_RUN if part.per == ONE_RUN else part.per or _WEEK
        return Automatic(who, seconds, _hours(part.hours), part.times, per)

    def _emergency(self, said: RuleFields, longest: int) -> EmergencyRule | None:
        part = said.get("emergency", None)
        if part is None:
            return None
        stated = "longest" in part.model_fields_set and said.together("emergency", "longest")
        if part.longest > longest and stated:
            self._ledger.add(
                said.at("emergency", "max"), "it is longer than the rule's `max`", "make it shorter"
            )
        who = self._sets.read(part.who, said.at("emergency", "for"), OWNERS, ANYONE)
        review = self._sets.read(part.review, said.at("emergency", "review"), OWNERS)
        return EmergencyRule(who, min(part.longest, longest), review, part.remind)

    def _steps(self, said: RuleFields, pending: int) -> tuple[Step, ...]:
        field = said.chain
        if not field:
            mend = "name them, such as `approvers: [approvers]`, here or in `defaults`"
            self._ledger.add((*said.path, "approvers"), "nobody could approve", mend)
            return ()
        for part, path in ((said.part, said.path), (said.defaults, ("defaults",))):
            if part.model_fields_set.issuperset(_CHAIN):
                self._ledger.add((*path, "approvers"), "`steps` says too who decides", "keep one of the two")
        path, found = said.at(field), said.get(field, ())
        if field == "approvers":
            return (Step(self._deciders(found, path)),)
        return tuple(
            self._step(part, (*path, place), pending, last=place == len(found) - 1)
            for place, part in enumerate(found)
        )

    def _step(self, part: StepPart, path: Path, pending: int, *, last: bool) -> Step:
        self._check_time(part, path, pending, last=last)
        escalate = self._deciders(part.escalate, (*path, "escalate")) if part.escalate else NOBODY
        return Step(
            approvers=self._deciders(part.approvers, (*path, "approvers")),
            approvals=part.approvals,
            remind=part.remind,
            timeout=part.timeout,
            then=Then(part.then),
            escalate=escalate,
        )

    def _deciders(self, words: tuple[str, ...], path: Path) -> PrincipalSet:
        """Who decides; a sister workspace alone would be nobody."""
        who = self._sets.read(words, path, OWNERS, SISTERS)
        if who.sisters and not who.named:
            problem = "a workspace names nobody by itself: it lets its people count among those who are named"
            self._ledger.add(path, problem, "name people, user groups or channels beside it")
        return who

    def _check_time(self, part: StepPart, path: Path, pending: int, *, last: bool) -> None:
        """What happens in time must be able to happen."""
        then, add = Then(part.then), self._ledger.add
        if then is Then.ESCALATE and not part.escalate:
            add((*path, "escalate"), "nobody is named to escalate to", "name them, or write `then: refuse`")
        if part.escalate and then is not Then.ESCALATE:
            add((*path, "escalate"), "nothing escalates here", "write `then: escalate` beside it")
        if "then" in part.model_fields_set and not part.timeout:
            add((*path, "then"), "it never happens without a timeout", "say `timeout`, such as `timeout: 1h`")
        if then is Then.SKIP and last:
            add(
                (*path, "then"),
                "after the last step nobody would have agreed",
                "write `escalate` or `refuse`",
            )
        if part.timeout >= pending:
            add((*path, "timeout"), "the whole request times out before", "make it shorter than `pending`")
        if part.remind and part.remind >= (part.timeout or pending):
            add((*path, "remind"), "the time is over before the first reminder", "make it shorter")


def _asking(who: PrincipalSet) -> PrincipalSet:
    """Whom `anyone` has in it need not be named; machines and agents, whom it has not, are kept."""
    return PrincipalSet.of([ANYONE, *who.programs]) if who.anyone else who


def _hours(part: HoursPart | None) -> Hours | None:
    return None if part is None else Hours(part.zone, part.begin, part.end, part.days)


def only_owners(who: PrincipalSet) -> bool:
    """Whether a principal set is the owners and nobody else."""
    return who.named.words == (OWNERS,)
