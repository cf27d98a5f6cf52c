"""`envaccess sources adopt`: rules on stdout, words on stderr, no value anywhere, and no file rewritten."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from envaccess.application.place_variables import Placed
from envaccess.cli import sources_adopt
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.found_secret import FoundSecret
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.variable import Variable
from tests.unit.cli.cli_front import Ended, FakeDesk, FakeFront, run

RULE = NameRule(("production/STRIPE_*",), "kv", options={"path": "kv/stripe", "field": "{name}"})
HAS = [
    FoundSecret(f"kv/stripe {name}", {"path": "kv/stripe", "field": name}, name)
    for name in ("STRIPE_KEY", "URL")
]


@dataclass
class Tools:
    """A file with one source, and what that has."""

    file: Path | None = Path("sources.yml")
    found: SourcesFile = field(
        default_factory=lambda: SourcesFile({"kv": SourceSpec("kv", SourceKind.VAULT)}, [RULE])
    )
    has: Sequence[FoundSecret] | SourceFaultError | None = field(default_factory=lambda: list(HAS))

    def read(self, _path: Path, *, offline: bool) -> SourcesFile:
        assert not offline
        return self.found

    async def names(self, _file: SourcesFile, source: str) -> Sequence[FoundSecret] | None:
        assert source == "kv"
        if isinstance(self.has, SourceFaultError):
            raise self.has
        return self.has


@dataclass
class Desk(FakeDesk):
    """Where variables are placed."""

    placed: list[Variable] = field(default_factory=list)
    outcome: Placed = field(default_factory=lambda: Placed(Counter({"created": 1})))

    async def place(self, _file: SourcesFile, variables: Collection[Variable]) -> Placed:
        self.placed += variables
        return self.outcome


@dataclass
class SourcesFront(FakeFront):
    """With a file of sources."""

    tools: Tools = field(default_factory=Tools)

    def sources(self) -> Tools:
        return self.tools


def adopt(*args: str, tools: Tools | None = None, desk: Desk | None = None) -> Ended:
    return run(SourcesFront(desk or Desk(), tools=tools or Tools()), "sources", "adopt", *args)


def test_rules_for_what_is_missing_go_to_stdout_and_nothing_is_written_down() -> None:
    desk = Desk()
    ended = adopt("kv", "--environment", "staging", desk=desk)
    assert ended.code == 0
    assert yaml.safe_load(ended.out)["names"] == [
        {"match": "staging/URL", "read": {"source": "kv", "path": "kv/stripe", "field": "{name}"}}
    ]
    assert "kv has 1 name that the rules find, and 1 other name." in ended.err
    assert "Found by the rules:\n  production/STRIPE_KEY\n" in ended.err
    assert "Nothing was written down: --yes" in ended.err
    assert desk.placed == []


def test_yes_lets_people_ask_for_what_the_rules_find() -> None:
    desk = Desk()
    assert "1 created." in adopt("kv", "--yes", desk=desk).err
    assert desk.placed == [Variable("production", "STRIPE_KEY")]
    desk.outcome = Placed(Counter(), 2, (Variable("default", "A"),))
    told = adopt("kv", "--yes", desk=desk).err
    assert "All of them can be asked for already." in told
    assert "2 live grants ended, because their values are kept elsewhere now." in told
    assert "A: changed meanwhile" in told


def test_a_pattern_names_what_it_is_for() -> None:
    has = [FoundSecret(f"p X_{n}", {"path": "p", "field": f"X_{n}"}, f"X_{n}") for n in ("A", "B", "C")]
    ended = adopt("kv", tools=Tools(has=has))
    assert "  #   X_A\n  #   X_B\n  #   X_C\n  - {match: 'default/X_*'," in ended.out


def test_what_has_no_name_is_listed_by_its_title() -> None:
    ended = adopt("kv", tools=Tools(has=[FoundSecret("kv/9", {"path": "kv/9"}, "9")]))
    assert (ended.code, ended.out) == (0, "")
    assert "No rule was made for 1 entry: write a rule with a name for each.\n  kv/9\n" in ended.err


def test_a_source_that_does_not_answer_is_one_sentence() -> None:
    fault = SourceFaultError(SourceFault.DENIED, "kv", "The source kv answered 403")
    ended = adopt("kv", tools=Tools(has=fault))
    assert (ended.code, ended.err) == (
        1,
        "envaccess: kv could not be asked (denied): The source kv answered 403.\n",
    )


def test_a_source_that_only_makes_values_has_none_to_list() -> None:
    ended = adopt("kv", tools=Tools(has=None))
    assert (ended.code, ended.out) == (1, "")
    assert "kv keeps no values: it makes them for each grant" in ended.err


def test_what_is_no_source_is_not_repeated() -> None:
    for given in ("sealed", "value-for-tests"):
        ended = adopt(given)
        assert (ended.code, ended.err) == (2, "envaccess: The file has no such source: there is kv.\n")
    assert adopt("kv", tools=Tools(file=None)).code == 2


def test_what_we_may_not_look_into_and_what_no_list_tells_is_said() -> None:
    parts = FoundSecret("prod/db", {"path": "kv/db"}, "db", narrowed_by=("field",))
    by_parts = NameRule(("production/DB_*",), "kv", options={"path": "kv/db", "field": "{name}"})
    tools = Tools(has=[FoundSecret("kv/closed/", {}, "", closed=True), parts])
    tools.found = SourcesFile({"kv": SourceSpec("kv", SourceKind.VAULT)}, [by_parts])
    ended = adopt("kv", tools=tools)
    assert (ended.code, ended.out) == (0, "")
    assert "there are no rules for what they hold:\n  kv/closed/\n" in ended.err
    assert "Read field by field; write the names of its fields in full:\n  prod/db\n" in ended.err


def test_more_than_a_list_or_a_file_can_hold_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_adopt, "LISTED_MOST", 2)
    monkeypatch.setattr(sources_adopt, "NAMES_MOST", 1)
    ended = adopt("kv")
    assert "kv has more than 2 entries: what is beyond them was not looked at." in ended.err
    assert "A file holds 1 rules at most" in ended.err
