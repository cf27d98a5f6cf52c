"""`envaccess exposure`: what is current and somebody has seen, the worst first."""

import asyncio
import json

import pytest

from envaccess.cli import exposure
from envaccess.domain.exposure import Seen, Seer, SeerKind
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from tests.unit.cli.cli_front import ME, FakeFront, run

STRIPE, DB = Variable("default", "STRIPE_KEY"), Variable("staging", "DB_URL")


@pytest.fixture
def front() -> FakeFront:
    """Two have seen STRIPE_KEY, one the other."""
    front = FakeFront()
    desk = front.inside

    async def see() -> None:
        for variable in (STRIPE, DB):
            desk.values.kept[variable] = "value-for-tests"
            await desk.ledger.see_on_host(f"op-{variable}", variable, Value("value-for-tests", "1"), ME)
        await desk.ledger.unknown("import", STRIPE, Value("value-for-tests", "1"), ME)

    asyncio.run(see())
    return front


def test_what_most_have_seen_is_first(front: FakeFront) -> None:
    lines = [line.split("\t")[:3] for line in run(front, "exposure").out.splitlines()]
    assert lines == [
        ["STRIPE_KEY", str(ME), "host 1"],
        ["STRIPE_KEY", "unknown", "imported 1"],
        ["staging/DB_URL", str(ME), "host 1"],
    ]


def test_one_variable_or_some_people_as_json(front: FakeFront) -> None:
    one = run(front, "exposure", "--variable", "staging/DB_URL", "--json")
    (found,) = map(json.loads, one.out.splitlines())
    assert (found["variable"], found["how"], found["leased"]) == ("staging/DB_URL", {"host": 1}, False)
    leaver = run(front, "exposure", "--leaver", str(ME), "--leaver", "U0BOB", "--json")
    assert len(leaver.out.splitlines()) == 2
    assert json.loads(leaver.out.splitlines()[0])["seer"] == str(Seer(SeerKind.PERSON, str(ME)))


def test_nothing_to_show_is_said_and_what_cannot_be_meant_is_refused(front: FakeFront) -> None:
    nobody = run(front, "exposure", "--person", "U0BOB")
    assert (nobody.code, nobody.out) == (0, "")
    assert "Nobody of these has seen a value that is current." in nobody.err
    assert run(front, "exposure", "--person", "U0BOB", "--variable", "STRIPE_KEY").code == 2
    assert run(front, "exposure", "--variable", "not a name").code == 2
    assert "Did you mean STRIPE_KEY?" in run(front, "exposure", "--variable", "STRIPE_KEYS").err


@pytest.mark.parametrize(("width", "first"), [(80, False), (140, True)])
def test_on_a_terminal_it_is_a_table(
    front: FakeFront, monkeypatch: pytest.MonkeyPatch, width: int, *, first: bool
) -> None:
    monkeypatch.setattr(exposure, "columns", lambda _: width)
    header, *rows = run(front, "exposure").out.splitlines()
    assert header.split("  ")[0] == "VARIABLE"
    assert ("FIRST SEEN" in header) is first
    assert header.endswith("HOW OFTEN")
    assert [row.split()[0] for row in rows] == ["STRIPE_KEY", "STRIPE_KEY", "staging/DB_URL"]
    assert all(len(row) <= width for row in (header, *rows))
    assert rows[0].index("host 1") == header.index("HOW OFTEN")


def test_what_somebody_wrote_into_the_store_commands_no_terminal(front: FakeFront) -> None:
    evil = Seer(SeerKind.PROCESS, "U0\x1b[2J\x9b1A\nBOB\t")
    entries = front.inside.ledger.entries
    for known in entries.values():
        for seer, seen in list(known.items()):
            known[evil] = Seen(evil, seen.first, seen.last, {"run\x1b]0;x\x07": 1})
            del known[seer]
    printed = run(front, "exposure").out
    assert all(one.isprintable() for one in printed.replace("\n", "").replace("\t", ""))
    assert len(printed.splitlines()) == len(entries)
