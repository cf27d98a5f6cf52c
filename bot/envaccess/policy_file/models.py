"""The shape of the file. A field's description is what editors show; the JSON Schema is made from this."""

from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from envaccess.domain.policy.hours import WORKDAYS
from envaccess.domain.signals.thresholds import USUAL
from envaccess.domain.signals.weeks import MONDAY
from envaccess.policy_file.program_models import MachinePart, PersonId, ServicePart
from envaccess.policy_file.scalars import (
    Approvals,
    Burst,
    Clock,
    Days,
    Deliveries,
    Least,
    Multiple,
    OpenOrNone,
    Pattern,
    Per,
    Percent,
    SpanOfDays,
    StartsWord,
    ThenWord,
    Times,
    WeeklyOrNone,
    WordsOrNone,
    Zone,
    split_hours,
)
from envaccess.policy_file.variable_sets import SetVariables
from envaccess.yaml_file.fault_collector import FileWords
from envaccess.yaml_file.part import Part
from envaccess.yaml_file.scalars import (
    NONE,
    FieldError,
    Flag,
    Hint,
    Match,
    Name,
    Seconds,
    SecondsOrNone,
    Version,
    Words,
    shown,
)
from envaccess.yaml_file.schema import schema_of

STEPS_MAX = 10


class HoursPart(Part):
    """Working hours: `mon-fri 09:00-18:00 Europe/Berlin`, or the same as fields."""

    zone: Zone = Field(description="An IANA time zone, such as Europe/Berlin.")
    begin: Clock = Field(alias="from", description="When they begin, such as '09:00'.")
    end: Clock = Field(alias="to", description="When they end; before `from`, it is on the next day.")
    days: Days = Field(WORKDAYS, description="The days on which they begin; mon to fri unless said.")


def _hours(value: object) -> object:
    return split_hours(value) if isinstance(value, str) else value


def _or_none(value: object) -> object:
    """`none` is None; other text is no mapping."""
    if isinstance(value, str) and value != NONE:
        raise FieldError(f"{shown(value)} stands here instead of fields", f"write its fields, or `{NONE}`")
    return None if value == NONE else value


def _hours_or_none(value: object) -> object:
    return None if value == NONE else _hours(value)


_NONE_SCHEMA = {"const": NONE}
_HOURS_TEXT = {"type": "string", "examples": ["mon-fri 09:00-18:00 Europe/Berlin"]}


class _Refer:
    """Let a field's schema be a mapping's or a short form's."""

    def __init__(self, *others: dict[str, object]) -> None:
        self.others = others

    def __get_pydantic_json_schema__(self, core: Any, handler: Any) -> dict[str, Any]:  # noqa: ANN401 - pydantic's own
        return {"anyOf": [_not_null(handler(core)), *self.others]}


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


_Hours = Annotated[HoursPart, BeforeValidator(_hours), _Refer(_HOURS_TEXT)]


class StepPart(Part):
    """One step of a chain."""

    approvers: Words = Field(
        description="Who may agree: ids, names of groups, owners; T...: also their people of that workspace."
    )
    approvals: Approvals = Field(1, description="How many distinct people must agree.")
    remind: Seconds = Field(
        0, description="When to remind them first; each later reminder takes twice as long."
    )
    timeout: Seconds = Field(0, description="How long they have; unless said, as long as the whole request.")
    then: ThenWord = Field("refuse", description="What happens when they did not answer in time.")
    escalate: Words = Field((), description="Who may decide as well after the timeout (then: escalate).")


class ReasonPart(Part):
    """What a reason must have."""

    least: Least = Field(3, description="Characters that it must have.")
    pattern: Pattern | None = Field(
        None, description="A regular expression that must be found in it, such as a ticket."
    )
    hint: Hint = Field("", description="That pattern in people's words: `a ticket such as PAY-123`.")


class AutomaticPart(Part):
    """Requests that nobody need agree to; always announced, and audited as such."""

    who: Words = Field(alias="for", description="Whose requests.")
    longest: Seconds = Field(alias="max", description="The longest.")
    hours: _Hours | None = Field(None, description="Only in these hours.")
    times: Times = Field(0, description="At most so often for one person or machine within `per`.")
    per: Per = Field(
        0, description="The time within which `times` counts; 7d unless said. `run`: one run of a machine."
    )


class EmergencyPart(Part):
    """Access at once, reviewed afterwards by somebody else."""

    who: Words = Field(alias="for", description="Who may.")
    longest: Seconds = Field(900, alias="max", description="How long it lasts; 15m unless said.")
    review: Words = Field(description="Who may close the review; never who had the access.")
    remind: Seconds = Field(3_600, description="When an open review is reminded of first; 1h unless said.")


class FieldsPart(Part):
    """What a rule says, and what `defaults` says for all rules."""

    requesters: WordsOrNone = Field((), description="Who may ask; anyone unless said; `none`: nobody.")
    approvers: Words = Field((), description="Who decides: short for a chain of one step.")
    steps: Annotated[tuple[StepPart, ...], Field(min_length=1, max_length=STEPS_MAX)] = Field(
        (), description="The approval chain, in order."
    )
    longest: Seconds = Field(0, alias="max", description="The longest that may be asked for; 8h unless said.")
    usual: Seconds = Field(0, alias="default", description="The usual length; 1h unless said.")
    pending: Seconds = Field(0, description="How long a request waits for its approvals; 4h unless said.")
    reason: Annotated[ReasonPart | None, BeforeValidator(_or_none), _Refer(_NONE_SCHEMA)] = Field(
        None, description="What a reason must have."
    )
    hours: Annotated[HoursPart | None, BeforeValidator(_hours_or_none), _Refer(_HOURS_TEXT)] = Field(
        None, description="When it may be asked for at all; `none`: at any time."
    )
    automatic: Annotated[AutomaticPart | None, BeforeValidator(_or_none), _Refer(_NONE_SCHEMA)] = Field(
        None, description="Whose requests nobody need agree to."
    )
    cool_down: SecondsOrNone = Field(
        0, description="How long after a denial or an end one may not ask for the same again."
    )
    open: OpenOrNone = Field(
        0, description="Requests and grants that one person may have under the rule at once."
    )
    single_use: Flag = Field(default=False, description="Every grant ends with its first reveal.")
    delivery: Deliveries = Field((), description="How the value may reach its requester.")
    starts: StartsWord = Field("approval", description="When the clock starts.")
    use_within: SecondsOrNone = Field(0, description="How soon a grant must be used, or it lapses.")
    tap: Flag = Field(
        default=False, description="Each release to a terminal waits for its person's press in Slack."
    )
    emergency: Annotated[EmergencyPart | None, BeforeValidator(_or_none), _Refer(_NONE_SCHEMA)] = Field(
        None, description="Who may have access at once, reviewed afterwards."
    )


class RulePart(FieldsPart):
    """One rule. The first rule that matches a name rules it; no match means no."""

    name: Name = Field("", description="How messages and the audit call it; what it matches unless said.")
    match: Match = Field(description="Globs over environment/NAME; without a slash, the default environment.")


class SignalsPart(Part):
    """From when on something is unusual: what approvers are shown, and what becomes an alert."""

    first: SpanOfDays = Field(
        USUAL.first,
        description="How long it is known that somebody asked for a variable; 90d unless said.",
    )
    silent: SpanOfDays = Field(
        USUAL.silent, description="After such a silence somebody is like a new one; 45d unless said."
    )
    odd_hour_after: Times = Field(
        USUAL.odd_hour_after, description="Requests of somebody before an hour can be odd; 20 unless said."
    )
    burst: Burst = Field(USUAL.burst, description="So many requests within an hour are told; 4 unless said.")
    more_variables: Multiple = Field(
        USUAL.more_variables, description="So many times as many variables as usual; 2 unless said."
    )
    after_denial: SpanOfDays = Field(
        USUAL.after_denial, description="How long it is told that somebody asks again; 1d unless said."
    )
    digest: WeeklyOrNone = Field(
        str(MONDAY),
        validate_default=True,
        description="When the weekly digest is posted, such as mon 09:00 Europe/Berlin; `none`: never.",
    )
    fast_approver: Seconds = Field(
        USUAL.fast_approver, description="Approvals in less are told in the digest; 5s unless said."
    )
    always_yes: Percent = Field(
        USUAL.always_yes, description="Percent of yes that is told in the digest; 95 unless said."
    )
    always_yes_after: Times = Field(
        USUAL.always_yes_after, description="Decisions that this is of, at least; 20 unless said."
    )
    mutual_approval: Times = Field(
        USUAL.mutual_approval,
        description="Approvals each way between two people that are told in the digest; 10 unless said.",
    )
    longer: Multiple = Field(USUAL.longer, description="So many times as long as usual; 3 unless said.")


class FilePart(Part):
    """The whole file."""

    version: Version = Field(description="The version of this format: 1.")
    groups: dict[str, Words] = Field(default_factory=dict, description="Names for circles of people.")
    security: Words = Field((), description="Who may end any access, close any review, and lock.")
    owners: dict[str, Words] = Field(
        default_factory=dict,
        description="Whose variables, by glob; the first counts. They may set their values, too.",
    )
    sets: dict[str, SetVariables] = Field(
        default_factory=dict, description="Names for variables that are asked for together: `@name`."
    )
    machines: dict[str, MachinePart] = Field(
        default_factory=dict, description="Pipelines that rules may name, by what their tokens say."
    )
    people: dict[str, PersonId] = Field(
        default_factory=dict,
        description="Who starts pipelines, by their platform's number, as people in Slack.",
    )
    services: dict[str, ServicePart] = Field(
        default_factory=dict, description="What agents may call with a value that they never see."
    )
    signals: SignalsPart = Field(
        default_factory=SignalsPart, description="From when on something is unusual."
    )
    defaults: FieldsPart = Field(
        default_factory=FieldsPart, description="What holds where a rule does not say."
    )
    rules: Annotated[tuple[RulePart, ...], Field(min_length=1)] = Field(description="The rules, in order.")


WORDS: Final = FileWords(
    "docs/reference/policy.md",
    {
        "version": "write `version: 1` as the first line",
        "rules": "write `rules:` and at least one rule; what no rule matches, nobody may ask for",
        "match": "write `match: [environment/NAME]`, with `*` where you like",
        "review": "name who closes the review, such as `review: [approvers]`",
    },
    merge="say it in `defaults`, or write it out",
)


def policy_schema() -> dict[str, Any]:
    """The schema, as JSON has it."""
    return schema_of(FilePart, "The policy file of envaccess")
