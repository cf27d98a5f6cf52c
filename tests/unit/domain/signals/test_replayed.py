"""A replay finds what a model finds that keeps everything; what is remembered may be written and read."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from envaccess.domain.audit import Event, Tag, read_actor
from envaccess.domain.signals.baseline import Baseline, encode_denied
from envaccess.domain.signals.facts import Fact
from envaccess.domain.signals.observe import ObservedRequest, observe
from envaccess.domain.signals.replay import SignalReplay
from envaccess.domain.signals.thresholds import USUAL

HOUR = 60
DAY = 24 * HOUR
MONDAY = 20_454 * DAY
NAMES = [f"{environment}/{name}" for environment in ("default", "staging", "prod") for name in "ABCD"]
WHO = ["U0ALICE", "U0BOB", "machine:deploy", "agent:ag_1", "agent:ag_2"]


@dataclass(frozen=True)
class Step:
    """Somebody asks, or is denied, some minutes after the step before."""

    later: int
    who: str
    names: tuple[str, ...]
    denied: bool

    def event(self, minute: int) -> Event:
        detail = {"duration": "1h", **({"hour": str(minute // HOUR % 24)} if ":" not in self.who else {})}
        if self.who.startswith("agent:"):
            detail["behind"] = "U0ALICE"
        actor = read_actor(self.who if ":" in self.who else f"person:{self.who}")
        tag = Tag.REQUEST_DENIED if self.denied else Tag.REQUEST_CREATED
        at = minute * 60_000 + 59_999
        return Event(f"{at}-0", tag, at, actor, "r", variables=self.names, requester=self.who, detail=detail)


@dataclass
class Model:
    """Keeps every request and denial, and looks through all of them."""

    asked: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)
    denied: list[tuple[int, str, tuple[str, ...]]] = field(default_factory=list)

    def ask(self, minute: int, who: str, names: tuple[str, ...]) -> set[Fact]:
        mine = [(at, known) for at, whose, known in self.asked if whose == who]
        denials = [(at, known[:4]) for at, whose, known in self.denied if whose == who]
        newest = max((at for at, _ in mine), default=None)
        new = newest is None or minute - newest >= 45 * DAY
        known = {name for at, some in mine for name in some if minute // DAY - at // DAY < 90}
        environments = {name.partition("/")[0] for _, some in mine for name in some}
        entries = [(at, name) for at, some in denials for name in some][-12:]
        found = {
            Fact.NEW_OR_SILENT: new,
            Fact.FIRST_VARIABLE: not new and not known.issuperset(names),
            Fact.FIRST_ENVIRONMENT: not new
            and not environments.issuperset(name.partition("/")[0] for name in names),
            Fact.BURST: sum(minute - at < HOUR for at, _ in mine) >= 3,
            Fact.ASKED_AFTER_DENIAL: any(minute - at < DAY and name in names for at, name in entries),
        }
        self.asked.append((minute, who, names))
        return {fact for fact, told in found.items() if told}


STEPS = st.builds(
    Step,
    later=st.one_of(st.integers(0, 40), st.integers(0, 50 * DAY)),
    who=st.sampled_from(WHO),
    names=st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True).map(tuple),
    denied=st.integers(0, 4).map(lambda number: number == 0),
)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=60, deadline=None)
def test_a_replay_finds_the_facts_of_a_model_that_forgets_nothing(steps: list[Step]) -> None:
    model, replayed, minute = Model(), SignalReplay(), MONDAY
    for step in steps:
        minute += step.later
        kept = "behind:U0ALICE" if step.who.startswith("agent:") else step.who
        event = step.event(minute)
        if step.denied:
            model.denied.append((minute, kept, step.names))
            replayed.read([event])
            continue
        told = {fact for fact in replayed.facts_of(event) if fact not in {Fact.ODD_HOUR, Fact.MORE_VARIABLES}}
        assert told == model.ask(minute, kept, step.names)


@given(st.lists(STEPS, max_size=30))
@settings(max_examples=30, deadline=None)
def test_what_is_written_and_read_at_each_step_is_what_was_kept(steps: list[Step]) -> None:
    kept = written = Baseline()
    minute = MONDAY
    for step in steps:
        minute += step.later
        if step.denied:
            kept, written = kept.with_denial(step.names, minute), written.with_denial(step.names, minute)
            continue
        asked = ObservedRequest("U0ALICE", minute, minute // HOUR % 24, step.names, 3_600)
        written = Baseline.decode(written.encode(), encode_denied(written.denied))
        (kept, told), (written, told_again) = observe(kept, asked, USUAL), observe(written, asked, USUAL)
        assert told == told_again
