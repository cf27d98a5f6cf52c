"""`secrets import`: all of a file or nothing, and no value in any word about it."""

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.errors import StoreUnavailableError
from tests.unit.cli.cli_front import Ended, FakeDesk, FakeFront, FakeValues, run, variable

VALUE = "value-for-tests-7Fh2"
ROTATE = "Whoever had them before knows them: rotate what others have seen.\n"


@pytest.fixture
def front() -> FakeFront:
    return FakeFront()


def load(front: FakeFront, text: str | bytes, *options: str) -> Ended:
    found = text.encode() if isinstance(text, str) else text
    ended = run(front, "secrets", "import", "-", "--yes", *options, stdin=found)
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
    assert (ended.code, ended.err) == (0, f"7 created.\n{ROTATE}")
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
        (f"A=1\n{VALUE}\n", "line 2: there is no `=`"),
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


B64 = "Q0Y3Rmgyd0xNN0ZoMjRLbThRN0ZoMnpQ"
TAIL = "TTdGaDJ"
"""Two lines of a key in base64, and the end of one."""


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"A={VALUE}\n{TAIL}==\n", 2),
        (f"A={VALUE}\n  {TAIL}== \r\n", 2),
        (f"{TAIL}==\n", 1),
        (f"{TAIL}= =\n", 1),
        (f"A={VALUE}\n\n\n{TAIL}== # the key\n", 4),
        (f"A={B64}\n{TAIL}=\n", 2),
        (f"A={B64}\r\n{TAIL}=\r\n", 2),
        (f"A={B64}\n{TAIL}\n", 2),
        (f"A={B64}\nQUI=\n", 2),
        (f"A={B64}/\n{TAIL}+/=\n", 2),
        (f"A={B64}\n{TAIL}-_=\n", 2),
        (f"A=-----BEGIN TEST KEY-----\nB={VALUE}\n", 1),
        (f"set A={VALUE}\n", 1),
        (f"A+={VALUE}\n", 1),
        (f"$env:A={VALUE}\n", 1),
        (f"A='{VALUE}\n", 1),
        (f'A="{VALUE}" {TAIL}\n', 1),
        (f"A=1\n{TAIL}\n", 2),
        (f"export {TAIL}\n", 1),
        (f"A\0={VALUE}\n", 1),
    ],
)
def test_a_line_that_is_no_binding_stores_nothing_and_names_nothing(
    front: FakeFront, text: str, line: int
) -> None:
    """The rest of a wrapped key must neither be lost from its value nor become a name that everybody sees."""
    for rest in ("", "OTHER_NAME=1\nOTHER_NAME=2\nEMPTY_NAME=\n"):
        for option in ([], ["--skip-empty"]):
            ended = load(front, text + rest, *option)
            assert ended.code == 1
            assert f"line {line}: " in ended.err
            for piece in (TAIL, B64, "QUI", "OTHER_NAME", "EMPTY_NAME", "TEST KEY"):
                assert piece not in ended.said
    assert kept(front) == {}
    assert front.opened == 0


@given(st.binary(min_size=12, max_size=600), st.integers(8, 76))
def test_a_wrapped_base64_key_is_never_stored_in_part(key: bytes, width: int) -> None:
    front = FakeFront()
    text = base64.b64encode(key).decode()
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    ended = run(
        front, "secrets", "import", "-", "--yes", stdin="\n".join([f"KEY={lines[0]}", *lines[1:]]).encode()
    )
    assert kept(front) in ({}, {"KEY": text})
    assert ended.out == ""
    assert not any(line.strip("=") in ended.err for line in lines[1:] if len(line) > 8)


def test_lines_are_counted_whatever_ends_them(front: FakeFront) -> None:
    """An invalid line that ends with CRLF is counted twice by python-dotenv (its pull request 669)."""
    ended = load(front, f"A=1\r\nno binding\r\nno binding\r\n{TAIL}==\r\n")
    assert [line.partition(":")[0] for line in ended.err.splitlines()[:3]] == ["line 2", "line 3", "line 4"]
    ended = load(front, f"A=1\rno binding\r\r{TAIL}==\r")
    assert [line.partition(":")[0] for line in ended.err.splitlines()[:2]] == ["line 2", "line 4"]


def test_an_empty_value_may_be_the_end_of_a_key_and_is_not_named(front: FakeFront) -> None:
    ended = load(front, "A=1\nabC=\n")
    assert "line 2: the value is empty; --skip-empty leaves such lines out" in ended.err
    assert "abC" not in ended.said


def test_empty_values_are_skipped_where_that_is_asked_for(front: FakeFront) -> None:
    text = f"A={VALUE}\nB=\nC=\"\"\nD=''\nE= # nothing\nF=2\n"
    assert load(front, text).code == 1
    ended = load(front, text, "--skip-empty")
    assert (ended.code, ended.err) == (
        0,
        "note: lines 2, 3, 4, 5 are empty, and skipped.\n2 created.\n" + ROTATE,
    )
    assert kept(front) == {"A": VALUE, "F": "2"}


def test_an_empty_name_in_capitals_may_follow_a_token(front: FakeFront) -> None:
    assert load(front, f"A={B64}\nSENTRY_DSN=\n", "--skip-empty").code == 0
    assert kept(front) == {"A": B64}


def test_a_file_of_empty_values_alone_holds_none(front: FakeFront) -> None:
    assert load(front, "A=\nB=\n", "--skip-empty").err == "envaccess: The file holds no values.\n"


@pytest.mark.parametrize(
    ("value", "note"),
    [
        (f"{VALUE} # not a comment", "cut at ` #`"),
        (f"{VALUE}\t#x", "cut at ` #`"),
        (f"a\\${VALUE}", "with `\\$`"),
        (f'"a\\${VALUE}"', "with `\\$`"),
        (f"`echo {VALUE}`", "with a backtick"),
        (f"a$(echo {VALUE})", "with a backtick"),
        (f"{VALUE}\\", "ending with a backslash"),
        (f'"a\nOTHER={VALUE}\n"', "over several lines, one of them like NAME=value"),
    ],
)
def test_what_may_have_been_meant_otherwise_is_noted_by_name(front: FakeFront, value: str, note: str) -> None:
    ended = load(front, f"FIRST={value}\nPLAIN=1\nLAST={value}\n")
    assert ended.code == 0
    assert f"note: FIRST, LAST: {note}" in ended.err
    assert "PLAIN" not in ended.err


@pytest.mark.parametrize(
    "value", [f"'a`{VALUE}`'", "'a\\$b'", "'${A}'", "plain $A ${A}", '"a # b"', "a#b", "https://x.example/#a"]
)
def test_what_is_clear_is_not_noted(front: FakeFront, value: str) -> None:
    assert load(front, f"A={value}").err == "1 created.\n" + ROTATE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_is_refused(front: FakeFront, encoding: str) -> None:
    assert load(front, f"A={VALUE}\n".encode(encoding)).code == 1
    assert kept(front) == {}


def test_a_byte_order_mark_belongs_to_no_name(front: FakeFront) -> None:
    assert load(front, b"\xef\xbb\xbf" + f"A={VALUE}\n".encode()).code == 0
    assert kept(front) == {"A": VALUE}


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
    assert (ended.code, ended.err) == (0, f"1 created, 1 changed.\n{ROTATE}")
    assert kept(front) == {"A": "1", "B": VALUE}


def test_a_name_created_by_somebody_else_meanwhile_is_left_as_it_is(front: FakeFront) -> None:
    front.inside.values.rivals = frozenset({variable("B")})
    ended = load(front, f"A=1\nB={VALUE}\nC=3")
    assert ended.code == 0
    assert "warning: B was created by somebody else meanwhile" in ended.err
    assert ended.err.endswith(f"2 created, 1 left alone.\n{ROTATE}")
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
    assert load(front, "A=1\nB=2").err == "2 created.\n" + ROTATE
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
    ended = run(front, "secrets", "import", str(path), "--yes")
    assert ended.code == 0
    assert "warning: everybody on this machine can read this file" in ended.err
    path.chmod(0o600)
    assert "warning" not in run(front, "secrets", "import", str(path), "--yes", "--replace").err


def test_a_file_that_cannot_be_read_is_one_line(front: FakeFront, tmp_path: Path) -> None:
    for path in (tmp_path / "missing.env", tmp_path):
        ended = run(front, "secrets", "import", str(path), "--yes")
        assert ended.code == 1
        assert ended.err.startswith("envaccess: The file cannot be read (")


def test_a_pasted_value_instead_of_a_file_is_not_echoed(front: FakeFront) -> None:
    for arguments in ([f"A={VALUE}"], ["x.env", VALUE], [f"--{VALUE}"]):
        ended = run(front, "secrets", "import", *arguments)
        assert ended.code in {1, 2}
        assert VALUE not in ended.said
