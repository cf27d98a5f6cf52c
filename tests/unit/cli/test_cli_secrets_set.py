"""`secrets set`: a value comes from a prompt or from stdin, and is never seen again."""

import pytest

from envaccess.domain.errors import SealError, SettingsError, StoreUnavailableError
from tests.unit.cli.cli_front import FakeFront, run, variable

VALUE = "value-for-tests-7Fh2"
STRIPE = variable("STRIPE_KEY")


@pytest.fixture
def front() -> FakeFront:
    return FakeFront()


def kept(front: FakeFront) -> dict[str, str]:
    return {name.label: value for name, value in front.inside.values.kept.items()}


def test_a_value_from_stdin_is_stored_without_its_final_newline(front: FakeFront) -> None:
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=f"{VALUE}\n".encode())
    assert (ended.code, ended.out, ended.err) == (0, "", "Created STRIPE_KEY in Acme.\n")
    assert kept(front) == {"STRIPE_KEY": VALUE}


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (b"a", "a"),
        (b"a\n", "a"),
        (b"a\r\n", "a"),
        (b"a\n\n", "a\n"),
        (b" a ", " a "),
        (b"-----BEGIN-----\nx\n-----END-----\n", "-----BEGIN-----\nx\n-----END-----"),
        ("\ufeffgrün".encode(), "grün"),
        ("\u202egrün \U0001f511".encode(), "\u202egrün \U0001f511"),
    ],
)
def test_only_one_final_newline_is_dropped(front: FakeFront, given: bytes, stored: str) -> None:
    assert run(front, "secrets", "set", "A", stdin=given).code == 0
    assert kept(front) == {"A": stored}


def test_an_existing_value_is_replaced_and_the_words_say_so(front: FakeFront) -> None:
    run(front, "secrets", "set", "production/DB_URL", stdin=b"old")
    ended = run(front, "secrets", "set", "production/DB_URL", stdin=VALUE.encode())
    assert ended.err == "Changed production/DB_URL in Acme.\n"
    assert kept(front) == {"production/DB_URL": VALUE}


@pytest.mark.parametrize(
    "arguments",
    [
        ["STRIPE_KEY", VALUE],
        ["STRIPE_KEY", VALUE, "more"],
        ["STRIPE_KEY", f"--value={VALUE}"],
        ["STRIPE_KEY", "--value", VALUE],
        [f"--value={VALUE}", "STRIPE_KEY"],
        ["STRIPE_KEY", f"--{VALUE}"],
        ["STRIPE_KEY", f"-----BEGIN {VALUE}-----"],
        ["STRIPE_KEY", "-7F2", VALUE],
        ["STRIPE_KEY", "--", VALUE],
        ["STRIPE_KEY", "--", f"--{VALUE}"],
        [f"STRIPE_KEY={VALUE}"],
        [f"production/STRIPE_KEY={VALUE}"],
        [VALUE],
        [f"--{VALUE}"],
    ],
)
def test_a_value_pasted_as_an_argument_is_refused_and_never_echoed(
    front: FakeFront, arguments: list[str]
) -> None:
    ended = run(front, "secrets", "set", *arguments, stdin=b"from stdin")
    assert ended.code == 2
    assert VALUE not in ended.said
    assert "7Fh2" not in ended.said
    assert kept(front) == {}


def test_a_pasted_value_that_looks_like_short_options_is_not_echoed(front: FakeFront) -> None:
    ended = run(front, "secrets", "set", "STRIPE_KEY", f"-{VALUE}", stdin=b"from stdin")
    assert VALUE not in ended.said
    assert kept(front) == {}


def test_the_refusal_of_an_argument_says_why_on_one_line(front: FakeFront) -> None:
    ended = run(front, "secrets", "set", "STRIPE_KEY", VALUE)
    assert ended.err.startswith(
        "envaccess: A value is never taken as an argument, because the shell's history"
    )
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("command", [["secrets", VALUE], [VALUE], ["secrets", "STRIPE_KEY", VALUE]])
def test_a_value_where_a_command_belongs_is_not_echoed(front: FakeFront, command: list[str]) -> None:
    ended = run(front, *command)
    assert ended.code == 2
    assert VALUE not in ended.said


def test_an_option_that_looks_like_a_key_is_not_echoed(front: FakeFront) -> None:
    ended = run(front, "secrets", "list", "--ghp_16C7e42F292c6912E7710c838347Ae178B4a")
    assert ended.code == 2
    assert "ghp_" not in ended.said


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"", "empty"),
        (b"\n", "empty"),
        (f"{VALUE}\0tail".encode(), "NUL"),
        (f"{VALUE}\xff".encode("latin-1"), "not UTF-8"),
        (b"7Fh2" * 40_000, "more than 131,074 bytes"),
        (b"7Fh2" * 32_768 + b"x\n", "longer than 131,072 bytes"),
    ],
)
def test_what_cannot_be_a_value_is_refused_in_a_sentence_without_it(
    front: FakeFront, given: bytes, words: str
) -> None:
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=given)
    assert ended.code == 1
    assert words in ended.err
    assert ended.err.endswith("nothing was changed.\n")
    assert "7Fh2" not in ended.said
    assert kept(front) == {}


def test_a_value_too_long_for_slack_is_stored_with_a_warning(front: FakeFront) -> None:
    ended = run(front, "secrets", "set", "CERT", stdin=b"x" * 3_001)
    assert ended.code == 0
    assert "warning: CERT is longer than 3,000 characters: Slack cannot show it" in ended.err
    assert "warning" not in run(front, "secrets", "set", "CERT", stdin=b"x" * 3_000).err


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1A",
        "A-B",
        "a/b/C",
        "/A",
        "prod/",
        "A B",
        "Ä",
        "A\n",
        "x" * 129,
        "sk_live_4eC39HqLyjWDarjtT1zdp7dc",
    ],
)
def test_what_is_no_name_is_refused_without_an_echo(front: FakeFront, name: str) -> None:
    ended = run(front, "secrets", "set", name, stdin=VALUE.encode())
    assert ended.code == 2
    assert "no variable's name" in ended.err
    assert len(name) < 3 or name not in ended.said
    assert kept(front) == {}


@pytest.mark.parametrize(
    "name", ["AWS_S3_BUCKET_2_KEY_ID_V1", "Serilog__WriteTo__0__Args__apiKey", "_", "npm_config_registry"]
)
def test_an_unusual_name_is_a_name(front: FakeFront, name: str) -> None:
    assert run(front, "secrets", "set", name, stdin=VALUE.encode()).code == 0
    assert kept(front) == {name: VALUE}


def test_a_missing_setting_is_told_before_anybody_types_a_value() -> None:
    front = FakeFront(unset=SettingsError("SLACK_BOT_TOKEN is not set: copy it"))
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=VALUE.encode())
    assert (ended.code, ended.err) == (2, "envaccess: SLACK_BOT_TOKEN is not set: copy it\n")
    assert front.opened == 0


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (StoreUnavailableError("Redis cannot be reached"), 1),
        (SealError("A value could not be sealed or opened."), 1),
    ],
)
def test_a_fault_is_one_line_without_the_value(fault: Exception, code: int) -> None:
    ended = run(FakeFront(fault=fault), "secrets", "set", "STRIPE_KEY", stdin=VALUE.encode())
    assert (ended.code, ended.err) == (code, f"envaccess: {fault}\n")
    assert VALUE not in ended.said


def test_an_unforeseen_fault_shows_its_place_and_never_its_words() -> None:
    front = FakeFront(fault=RuntimeError(f"cannot handle {VALUE}"))
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=VALUE.encode())
    assert ended.code == 1
    assert "RuntimeError" in ended.err
    assert "bot/envaccess/cli/secrets.py" in ended.err
    assert VALUE not in ended.err


def test_a_lost_answer_is_asked_for_again_and_the_value_lands_once(front: FakeFront) -> None:
    front.inside.values.lost_answers = 1
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=VALUE.encode())
    assert (ended.code, ended.err) == (0, "Created STRIPE_KEY in Acme.\n")
    assert front.inside.values.versions == {STRIPE: 1}


def test_two_lost_answers_are_a_fault(front: FakeFront) -> None:
    front.inside.values.lost_answers = 2
    ended = run(front, "secrets", "set", "STRIPE_KEY", stdin=VALUE.encode())
    assert (ended.code, ended.err) == (1, "envaccess: Redis did not answer in time\n")
