"""The cases kept next to a policy: a YAML list of who asks for what, and what should come of it."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from envaccess.domain.audit import ActorKind
from envaccess.domain.duration import Duration, format_seconds, parse_duration
from envaccess.domain.file_fault import FileFault
from envaccess.domain.named import Names, join_names, read_name
from envaccess.domain.policy.rules import Starts
from envaccess.domain.policy.ruling import USUAL, Asking
from envaccess.domain.policy.trial import NO, YES, Case
from envaccess.domain.policy.variable_sets import set_label
from envaccess.domain.principal import Principal
from envaccess.domain.refusal import Reason
from envaccess.policy_file.models import WORDS
from envaccess.policy_file.scalars import Deliveries, StartsWord
from envaccess.yaml_file.fault_collector import FaultCollector
from envaccess.yaml_file.scalars import (
    FieldError,
    Flag,
    Name,
    Sentence,
    Words,
    near,
    read_seconds_or_none,
    shown,
)
from envaccess.yaml_file.tree import Node, read_tree

REASON: Final = "a case of the test file"
AT: Final = int(datetime(2026, 1, 7, 12, tzinfo=UTC).timestamp() * 1000)
"""Where a case names no time: noon UTC of a Wednesday, always the same."""
_ZONED: Final = re.compile(r"(?P<time>[^\sT]++[ T]\S++)[ ](?P<zone>\S++)")
_AGENT: Final = "ag_case"
_ASKERS: Final = ("user", "agent", "machine", "claims")
_COUNT: Final = re.compile(r"\d{1,3}", re.ASCII)


def read_time(value: object) -> int:
    """`2026-01-07T12:00Z` or `2026-01-07 12:00 Europe/Berlin` in milliseconds since the epoch."""
    text = value.strip() if isinstance(value, str) else ""
    zoned = _ZONED.fullmatch(text)
    try:
        moment = datetime.fromisoformat(zoned["time"] if zoned else text)
        if zoned and moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zoned["zone"]))
        if moment.tzinfo is not None:
            return int(moment.timestamp() * 1000)
    except (KeyError, ValueError, OSError, OverflowError):
        pass
    mend = "write 2026-01-07T12:00Z, or 2026-01-07 12:00 Europe/Berlin"
    raise FieldError(f"{shown(value)} is no time in a zone", mend)


def read_asked(value: object) -> Duration:
    """How long is asked for; `once` too."""
    found = parse_duration(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise FieldError(f"{shown(value)} is no duration", "write it as `30m`, `1h30m` or `once`")
    return found


def read_names(value: object) -> Names:
    """`NAME,environment/NAME,@SET` or a list of them."""
    words = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    found = [read_name(word.strip()) if isinstance(word, str) else None for word in words]
    if not found or None in found:
        mend = "write `NAME`, `environment/NAME` or `'@SET'`, with commas between"
        raise FieldError("this is no variable's name", mend)
    return join_names(filter(None, found))


def _user(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[UW][A-Z0-9]{2,31}", value):
        raise FieldError(f"{shown(value)} is no person's id", "write an id such as U0CARLA")
    return value


def _claims(value: object) -> object:
    """Claims as a token has them; all that is no list or mapping is text, as everywhere in the file."""
    if not isinstance(value, dict) or not value:
        raise FieldError("these are no claims", "write them as a mapping, `iss` among them")
    return value


def _refused(value: object) -> str:
    known = [reason.value for reason in Reason]
    if value not in known:
        raise FieldError(
            f"{shown(value)} is no reason", near(str(value), known, "such as `too_long`, `no_rule`")
        )
    return str(value)


def _number(value: object) -> str:
    if not isinstance(value, str) or not _COUNT.fullmatch(value):
        raise FieldError(f"{shown(value)} is no number", "write a number such as 2")
    return str(int(value))


_Time = Annotated[int, BeforeValidator(read_time)]
_Asked = Annotated[Duration, BeforeValidator(read_asked)]
_Names = Annotated[Names, BeforeValidator(read_names)]
_User = Annotated[str, BeforeValidator(_user)]
_Seconds = Annotated[int, BeforeValidator(read_seconds_or_none)]
_Claims = Annotated[dict[str, object], BeforeValidator(_claims)]
_Number = Annotated[str, BeforeValidator(_number)]


class _CaseMapping(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class ExpectPart(_CaseMapping):
    """What should come of it; what is not named is not compared."""

    allowed: Flag = True
    refused: Annotated[str, BeforeValidator(_refused)] = ""
    rule: Name = ""
    machine: Name = ""
    automatic: Flag = False
    emergency: Flag = False
    steps: _Number = "0"
    approvals: _Number = "0"
    lasts: _Seconds = 0
    longest: _Seconds = Field(0, alias="max")
    usual: _Seconds = Field(0, alias="default")
    pending: _Seconds = 0
    single_use: Flag = False
    delivery: Deliveries = ()
    starts: StartsWord = Starts.APPROVAL.value
    use_within: _Seconds = 0
    tap: Flag = False


class CasePart(_CaseMapping):
    """Who asks for what."""

    name: Name = ""
    user: _User = ""
    agent: _User = ""
    machine: Name = ""
    claims: _Claims | None = None
    member: Words = ()
    ask: _Names
    duration: _Asked = Field(USUAL, alias="for")
    reason: Sentence = REASON
    at: _Time = AT
    emergency: Flag = False
    expect: ExpectPart

    @property
    def principal(self) -> Principal:
        """Who asks; which machine a token is that asks, its claims say."""
        if self.agent:
            return Principal(ActorKind.AGENT, _AGENT, behalf=self.agent)
        if self.user:
            return Principal(ActorKind.PERSON, self.user)
        return Principal(ActorKind.MACHINE, self.machine)


def read_cases(text: str) -> tuple[Case, ...] | tuple[FileFault, ...]:
    """Read a test file; every fault by its line."""
    root = read_tree(text)
    if not isinstance(root, Node):
        return root
    if not isinstance(root.value, list) or not root.value:
        return (FileFault(root.line, "", "this is no list of cases", "begin each case with `- name: ...`"),)
    ledger = FaultCollector(root, CasePart, WORDS)
    found = []
    for place, node in enumerate(root.value):
        try:
            part = CasePart.model_validate(node.plain())
        except ValidationError as error:
            ledger.reject(error, (place,))
        else:
            _check_asker(part, place, ledger)
            found.append(_case(part, node))
    return ledger.faults() or tuple(found)


def _check_asker(part: CasePart, place: int, ledger: FaultCollector) -> None:
    """Exactly one asks."""
    said = [name for name in _ASKERS if name in part.model_fields_set]
    if not said:
        mend = (
            "say who asks: `user: U0CARLA`, `agent: U0CARLA` (an agent of hers), `machine: NAME` or `claims`"
        )
        ledger.add((place, "user"), "it is missing", mend)
    for other in said[1:]:
        ledger.add((place, other), f"`{said[0]}` says too who asks", "keep one of the two")


def _case(part: CasePart, node: Node) -> Case:
    asking = Asking(part.ask.variables, part.duration, part.reason, part.at, emergency=part.emergency)
    expect = {
        ExpectPart.model_fields[name].alias or name: _told(name, getattr(part.expect, name))
        for name in ExpectPart.model_fields
        if name in part.expect.model_fields_set
    }
    name = part.name or f"{_asker(part)} asks for {', '.join(_labels(part.ask))}"
    lines = {key: node.at(("expect", key)).line for key in expect}
    return Case(
        node.line, name, part.principal, part.member, asking, expect, lines, part.ask.sets, part.claims
    )


def _asker(part: CasePart) -> str:
    if part.claims is not None:
        return "a token"
    return f"an agent of {part.agent}" if part.agent else part.user or part.machine


def _labels(named: Names) -> tuple[str, ...]:
    return (*map(set_label, named.sets), *(variable.label for variable in named.variables))


_LENGTHS: Final = frozenset({"lasts", "longest", "usual", "pending", "use_within"})


def _told(name: str, value: Any) -> str:  # noqa: ANN401 - fields have many types
    """An expectation as `trial.outcome` has it."""
    if isinstance(value, bool):
        return YES if value else NO
    if name in _LENGTHS:
        return format_seconds(value)
    return " ".join(sorted(value)) if isinstance(value, tuple) else str(value)
