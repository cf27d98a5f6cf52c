"""`secrets import`: all of a file or nothing, and no value in any word about it."""

from pathlib import Path

import pytest

from bot.domain.errors import StoreUnavailableError
from tests.unit.cli.cli_front import Ended, FakeDesk, FakeFront, FakeValues, run, variable

VALUE = "value-for-tests-7Fh2"


@pytest.fixture
def front() -> FakeFront:
    return FakeFront()


def load(front: FakeFront, text: str | bytes, *options: str) -> Ended:
    found = text.encode() if isinstance(text, str) else text
    ended = run(front, "secrets", "import", "-", *options, stdin=found)
    assert "7Fh2" not in ended.said
    assert ended.out == ""
    return ended


def kept(front: FakeFront) -> dict[str, str]:
    return {name.label: value for name, value in front.inside.values.kept.items()}


def test_every_value_of_a_file_is_stored_as_it_stands(front: FakeFront) -> None:
    text = (
        "# a comment\n"
        "\n"
        f"A={VALUE}\n"
        'export B="two words"  # why\n'
        "C='single $A ${A}'\n"
        "D=plain $A ${A}\n"
        'E="line one\nline two"\n'
        "F=a=b=c\r\n"
        "G = spaced \n"
    )
    ended = load(front, text)
    assert (ended.code, ended.err) == (0, "7 created.\n")
    assert kept(front) == {
        "A": VALUE,
        "B": "two words",
        "C": "single $A ${A}",
        "D": "plain $A ${A}",
        "E": "line one\nline two",
        "F": "a=b=c",
        "G": "spaced",
    }


def test_an_environment_holds_all_names(front: FakeFront) -> None:
    assert load(front, f"A={VALUE}\nB=2", "--environment", "staging").code == 0
    assert kept(front) == {"staging/A": VALUE, "staging/B": "2"}


@pytest.mark.parametrize("environment", ["", "a/b", "ä", "-x", "x" * 21])
def test_what_is_no_environment_is_refused(front: FakeFront, environment: str) -> None:
    assert load(front, "A=1", "--environment", environment).code == 2
    assert kept(front) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"A=1\n2B={VALUE}", "line 2: what stands before `=` is no name"),
        (f"A=1\n\n\nprod/B={VALUE}", "line 4: what stands before `=` is no name"),
        (f"A=1\n{VALUE}\n", "line 2: what stands before `=` is no name"),
        ("A=1\nB", "line 2: there is no `=`"),
        ("A=1\n\n# c\nA=2", "line 4: A stands on line 1 already"),
        ("A=1\nB=\n", "line 2: the value of B is empty"),
        ('A=1\nB=""\n', "line 2: the value of B is empty"),
        (f'A=1\nB="{VALUE}\nC=3', "line 2: this is not NAME=value (perhaps a quote that is not closed)"),
        (f"A=1\nB={VALUE}\0", "line 2: the value of B holds a NUL"),
        ("A=1\nB=" + "7Fh2" * 40_000, "line 2: the value of B is longer than 131,072 bytes"),
        ("A=1\nsk_live_4eC39HqLyjWDarjtT17Fh2=x", "line 2: what stands before `=` is no name"),
        (f"A=1\n=B{VALUE}", "line 2: this is not NAME=value"),
    ],
)
def test_one_bad_line_is_named_and_nothing_is_stored(front: FakeFront, text: str, problem: str) -> None:
    ended = load(front, text)
    assert ended.code == 1
    assert problem in ended.err
    assert "1 line cannot be taken; nothing was stored." in ended.err
    assert kept(front) == {}
    assert front.opened == 0


def test_all_bad_lines_are_named_at_once(front: FakeFront) -> None:
    ended = load(front, f"1A={VALUE}\nB=\nC=3\nC=4\n")
    assert [line.partition(":")[0] for line in ended.err.splitlines()] == [
        "line 1",
        "line 2",
        "line 4",
        "envaccess",
    ]
    assert "3 lines cannot be taken" in ended.err


def test_an_unquoted_key_of_several_lines_gives_none_of_its_lines_away(front: FakeFront) -> None:
    body = "MIIEvQ7Fh2BADANBgkqhkiG9w0BAQEFAASC"
    ended = load(front, f"KEY=-----BEGIN TEST-----\n{body}\n{body}==\n{body}/+=\n-----END TEST-----\n")
    assert ended.code == 1
    assert "MIIE" not in ended.said
    assert kept(front) == {}


def test_existing_names_are_listed_and_nothing_is_stored_without_replace() -> None:
    front = FakeFront(FakeDesk(FakeValues({variable("B"): "old", variable("C"): "old"})))
    ended = load(front, f"A=1\nB={VALUE}\nC=3")
    assert ended.code == 1
    assert "These exist already: B, C" in ended.err
    assert "--replace" in ended.err
    assert kept(front) == {"B": "old", "C": "old"}


def test_replace_changes_what_exists_and_creates_the_rest() -> None:
    front = FakeFront(FakeDesk(FakeValues({variable("B"): "old"})))
    ended = load(front, f"A=1\nB={VALUE}", "--replace")
    assert (ended.code, ended.err) == (0, "1 created, 1 changed.\n")
    assert kept(front) == {"A": "1", "B": VALUE}


def test_a_name_created_by_somebody_else_meanwhile_is_left_as_it_is(front: FakeFront) -> None:
    front.inside.values.rivals = frozenset({variable("B")})
    ended = load(front, f"A=1\nB={VALUE}\nC=3")
    assert ended.code == 0
    assert "warning: B was created by somebody else meanwhile" in ended.err
    assert ended.err.endswith("2 created, 1 left alone.\n")
    assert kept(front)["B"] == "a rival's value"


def test_a_store_that_fails_half_way_says_how_far_it_came(front: FakeFront) -> None:
    front.inside.values.fault = StoreUnavailableError("Redis cannot be reached")
    front.inside.values.broken_from = 3
    ended = load(front, f"A=1\nB=2\nC={VALUE}\nD=4")
    assert ended.code == 1
    assert "2 of 4 are stored, not C" in ended.err
    assert ended.err.endswith("envaccess: Redis cannot be reached\n")


def test_lost_answers_store_nothing_twice(front: FakeFront) -> None:
    front.inside.values.lost_answers = 1
    assert load(front, "A=1\nB=2").err == "2 created.\n"
    assert set(front.inside.values.versions.values()) == {1}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_a_file_without_values_is_a_fault(front: FakeFront, text: str) -> None:
    ended = load(front, text)
    assert (ended.code, ended.err) == (1, "envaccess: The file holds no values.\n")


def test_bytes_that_are_no_text_are_refused(front: FakeFront) -> None:
    ended = load(front, f"A={VALUE}\xff".encode("latin-1"))
    assert ended.code == 1
    assert "not UTF-8" in ended.err


def test_a_mistaken_path_to_something_huge_is_refused(front: FakeFront) -> None:
    ended = load(front, b"A=" + b"x" * 4_194_304)
    assert ended.code == 1
    assert "more than 4,194,304 bytes" in ended.err


def test_a_long_value_is_stored_with_a_warning(front: FakeFront) -> None:
    assert "warning: A is longer than 3,000 characters" in load(front, "A=" + "x" * 3_001).err


def test_a_file_that_everybody_can_read_is_warned_about(front: FakeFront, tmp_path: Path) -> None:
    path = tmp_path / "x.env"
    path.write_text(f"A={VALUE}\n", encoding="utf-8")
    path.chmod(0o604)
    ended = run(front, "secrets", "import", str(path))
    assert ended.code == 0
    assert "warning: everybody on this machine can read this file" in ended.err
    path.chmod(0o600)
    assert "warning" not in run(front, "secrets", "import", str(path), "--replace").err


def test_a_file_that_cannot_be_read_is_one_line(front: FakeFront, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.env", tmp_path):
        ended = run(front, "secrets", "import", str(path))
        assert ended.code == 1
        assert ended.err.startswith("envaccess: The file cannot be read (")


def test_a_pasted_value_instead_of_a_file_is_not_echoed(front: FakeFront) -> None:
    for arguments in ([f"A={VALUE}"], ["x.env", VALUE], [f"--{VALUE}"]):
        ended = run(front, "secrets", "import", *arguments)
        assert ended.code in {1, 2}
        assert VALUE not in ended.said
