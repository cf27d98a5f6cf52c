"""`secrets list` prints names only; `secrets delete` asks first and says what ended."""

import json

import pytest

from tests.unit.cli.cli_front import FakeDesk, FakeFront, FakeValues, run, variable

VALUE = "value-for-tests-7Fh2"


@pytest.fixture
def front() -> FakeFront:
    names = [variable("STRIPE_KEY"), variable("production/DB_URL")]
    values = FakeValues(dict.fromkeys(names, VALUE), dict.fromkeys(names, 3))
    return FakeFront(FakeDesk(values))


def test_list_is_one_name_a_line_as_people_ask_for_it(front: FakeFront) -> None:
    ended = run(front, "secrets", "list")
    assert (ended.code, ended.out, ended.err) == (0, "STRIPE_KEY\nproduction/DB_URL\n", "")


def test_list_as_jsonl_names_environment_version_and_time(front: FakeFront) -> None:
    ended = run(front, "secrets", "list", "--format", "jsonl")
    assert [json.loads(line) for line in ended.out.splitlines()] == [
        {"name": "default/STRIPE_KEY", "version": 3, "changed_at": "2025-10-09T12:00:00.123Z"},
        {"name": "production/DB_URL", "version": 3, "changed_at": "2025-10-09T12:00:00.123Z"},
    ]
    assert VALUE not in ended.said


def test_variables_whose_records_do_not_hold_are_not_called_none(front: FakeFront) -> None:
    front.inside.values.refused = frozenset(front.inside.values.kept)
    ended = run(front, "secrets", "list", "--format", "jsonl")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("form", ["names", "jsonl"])
def test_an_empty_list_prints_no_data(form: str) -> None:
    ended = run(FakeFront(), "secrets", "list", "--format", form)
    assert (ended.code, ended.out) == (0, "")
    assert "secrets set" in ended.err


@pytest.mark.parametrize(
    ("ends", "words"), [(0, "no grant was live"), (1, "1 live grant ended"), (7, "7 live grants ended")]
)
def test_delete_says_how_many_grants_ended(front: FakeFront, ends: int, words: str) -> None:
    front.inside.values.ends = ends
    ended = run(front, "secrets", "delete", "STRIPE_KEY", "--yes")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("Deleted STRIPE_KEY; ")
    assert words in ended.err
    assert variable("STRIPE_KEY") not in front.inside.values.kept


def test_delete_without_a_terminal_changes_nothing_unless_told_yes(front: FakeFront) -> None:
    ended = run(front, "secrets", "delete", "STRIPE_KEY", stdin=b"y\n")
    assert ended.code == 2
    assert "--yes" in ended.err
    assert variable("STRIPE_KEY") in front.inside.values.kept


def test_delete_of_what_does_not_exist_fails_and_suggests(front: FakeFront) -> None:
    ended = run(front, "secrets", "delete", "STRIPE_KEYS", "--yes")
    assert (ended.code, ended.err) == (
        1,
        "envaccess: There is no variable STRIPE_KEYS. Did you mean STRIPE_KEY?\n",
    )


def test_delete_of_what_resembles_nothing_suggests_nothing(front: FakeFront) -> None:
    assert run(front, "secrets", "delete", "X", "--yes").err == "envaccess: There is no variable X.\n"


def test_delete_takes_one_name_and_echoes_no_other(front: FakeFront) -> None:
    ended = run(front, "secrets", "delete", "STRIPE_KEY", VALUE, "--yes")
    assert ended.code == 2
    assert VALUE not in ended.said
    assert len(front.inside.values.kept) == 2


def test_delete_whose_answer_was_lost_still_says_how_many_grants_ended(front: FakeFront) -> None:
    front.inside.values.ends = 2
    front.inside.values.lost_answers = 1
    ended = run(front, "secrets", "delete", "STRIPE_KEY", "--yes")
    assert ended.code == 0
    assert "2 live grants" in ended.err


def test_reseal_says_how_many_values_moved_and_how_many_were_right_already(front: FakeFront) -> None:
    front.inside.values.stale = {variable("STRIPE_KEY")}
    ended = run(front, "secrets", "reseal")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err == "Resealed 1 value; 1 value stood under the first key already.\n"


def test_reseal_says_that_the_key_that_seals_moved_too(front: FakeFront) -> None:
    front.inside.moved_keys = 1
    told = run(front, "secrets", "reseal").err.splitlines()
    assert told[1:] == ["The key that seals what people do is under the first master key now, too."]


def test_a_leaked_key_is_dropped_only_where_nobody_serves(front: FakeFront) -> None:
    told = run(front, "secrets", "reseal", "--leaked").err.splitlines()
    assert told[-1] == "Dropped the key that seals: the next start makes another one, and ends what is live."
    front.inside.served_now = True
    ended = run(front, "secrets", "reseal", "--leaked")
    assert ended.code != 0
    assert "stop every bot" in ended.err


def test_a_leaked_key_is_not_needed_to_drop_what_it_opens(front: FakeFront) -> None:
    """It may be lost: nothing is put under another key first that is dropped in the next step."""
    front.inside.moved_keys = 1
    told = run(front, "secrets", "reseal", "--leaked").err
    assert "The key that seals what people do" not in told


@pytest.mark.parametrize("typed", [("reseal",), ("read", "STRIPE_KEY", "--why", "laptop stolen")])
def test_a_value_that_does_not_open_is_named_with_where_to_look(
    front: FakeFront, typed: tuple[str, ...]
) -> None:
    front.inside.values.shut = frozenset({variable("STRIPE_KEY")})
    ended = run(front, "secrets", *typed)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err == (
        "envaccess: STRIPE_KEY: A value could not be sealed or opened. "
        "`envaccess doctor` says whether a master key is missing.\n"
    )


def test_reseal_goes_on_past_a_variable_that_is_deleted_at_that_moment(front: FakeFront) -> None:
    front.inside.values.leavers = frozenset({variable("STRIPE_KEY")})
    front.inside.values.stale = {variable("production/DB_URL")}
    assert run(front, "secrets", "reseal").err.startswith("Resealed 1 value; 0 values")


def test_a_lost_answer_reseals_once(front: FakeFront) -> None:
    front.inside.values.stale = {variable("STRIPE_KEY"), variable("production/DB_URL")}
    front.inside.values.lost_answers = 1
    assert run(front, "secrets", "reseal").err.startswith("Resealed 2 values; 0 values")
