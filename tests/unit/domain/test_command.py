"""The grammar of `/envaccess`: everything that can be typed is a command or a refusal that says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.command import (
    VERBS,
    Ask,
    Cancel,
    Help,
    ListVariables,
    OpenForm,
    Revoke,
    Show,
    Status,
    parse_command,
)
from envaccess.domain.duration import ONCE, Duration
from envaccess.domain.named import Names
from envaccess.domain.policy.ruling import USUAL
from envaccess.domain.policy.variable_sets import parse_set
from envaccess.domain.screening import looks_secret
from envaccess.domain.text import REASON_MAX, TEXT_MAX, clean
from envaccess.domain.typed_parts import VARIABLES_MAX, BadCommand, Problem, read_names, read_reason
from envaccess.domain.variable import Variable

STRIPE = Variable("default", "STRIPE_KEY")
DB = Variable("staging", "DB_URL")
WHY = "debugging a failed refund"
PASTED = "sk_live_" + "x9Q" * 8


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        (f"STRIPE_KEY 1h {WHY}", Ask((STRIPE,), Duration(3600), WHY)),
        (f"STRIPE_KEY,staging/DB_URL 30m {WHY}", Ask((STRIPE, DB), Duration(1800), WHY)),
        (f"STRIPE_KEY, staging/DB_URL 30m {WHY}", Ask((STRIPE, DB), Duration(1800), WHY)),
        (f"STRIPE_KEY , staging/DB_URL 30m {WHY}", Ask((STRIPE, DB), Duration(1800), WHY)),
        (f"STRIPE_KEY ,staging/DB_URL 30m {WHY}", Ask((STRIPE, DB), Duration(1800), WHY)),
        (f"STRIPE_KEY, 1h {WHY}", Ask((STRIPE,), Duration(3600), WHY)),
        (f"STRIPE_KEY,,staging/DB_URL,1h30m {WHY}", Ask((STRIPE, DB), Duration(5400), WHY)),
        (f"STRIPE_KEY once {WHY}", Ask((STRIPE,), ONCE, WHY)),
        (f"  STRIPE_KEY\n1h\t{WHY}  ", Ask((STRIPE,), Duration(3600), WHY)),
        (f"STRIPE_KEY,STRIPE_KEY,default/STRIPE_KEY 1h {WHY}", Ask((STRIPE,), Duration(3600), WHY)),
        ("STRIPE_KEY 1h why, oh why", Ask((STRIPE,), Duration(3600), "why, oh why")),
        ("STRIPE_KEY 1h 2h is not enough", Ask((STRIPE,), Duration(3600), "2h is not enough")),
        ("default/list 1h why not", Ask((Variable("default", "list"),), Duration(3600), "why not")),
        ("listing 1h why not", Ask((Variable("default", "listing"),), Duration(3600), "why not")),
        ("STRIPE_KEY 1h למה לא 👍🏽", Ask((STRIPE,), Duration(3600), "למה לא 👍🏽")),
        (f"STRIPE_KEY\u200b 1h\u202e {WHY}\x00", Ask((STRIPE,), Duration(3600), WHY)),
        (f"STRIPE_KEY 1h {'x' * REASON_MAX}", Ask((STRIPE,), Duration(3600), "x" * REASON_MAX)),
    ],
)
def test_requests_are_read_as_people_type_them(text: str, ask: Ask) -> None:
    assert parse_command(text) == ask


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", OpenForm()),
        ("   \n ", OpenForm()),
        ("\u200b\x00", OpenForm()),
        ("help", Help()),
        (" help ", Help()),
        ("list", ListVariables()),
        ("status", Status()),
        ("show STRIPE_KEY", Show(STRIPE)),
        ("show  staging/DB_URL ", Show(DB)),
        ("show list", Show(Variable("default", "list"))),
        ("cancel 7k2m9xq4", Cancel("7k2m9xq4")),
        ("cancel 7K2M9XQ4", Cancel("7k2m9xq4")),
        ("cancel `7k2m9xq4`", Cancel("7k2m9xq4")),
        ("revoke 7k2m-9xq4", Revoke("7k2m9xq4")),
        ("revoke #7k2m9xqo", Revoke("7k2m9xq0")),
        ("revoke 7k2m9xql", Revoke("7k2m9xq1")),
    ],
)
def test_verbs_are_read(text: str, command: object) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    ("text", "problem", "word", "verb"),
    [
        ("x" * (TEXT_MAX + 1), Problem.TOO_MUCH_TEXT, "", ""),
        ("help me", Problem.ARGUMENT, "me", "help"),
        ("list all", Problem.ARGUMENT, "all", "list"),
        ("show", Problem.NAME_MISSING, "", "show"),
        ("show A B", Problem.NAME, "A B", "show"),
        ("show A,B", Problem.NAME, "A,B", "show"),
        ("cancel", Problem.ID, "", "cancel"),
        ("cancel it", Problem.ID, "it", "cancel"),
        ("revoke 7k2m9xq", Problem.ID, "7k2m9xq", "revoke"),
        ("revoke 7k2m9xqu", Problem.ID, "7k2m9xqu", "revoke"),
        ("LIST", Problem.VERB_CASE, "LIST", "list"),
        ("Status", Problem.VERB_CASE, "Status", "status"),
        ("Show STRIPE_KEY", Problem.VERB_CASE, "Show", "show"),
        ("statsu", Problem.VERB_LIKE, "statsu", "status"),
        ("hepl", Problem.VERB_LIKE, "hepl", "help"),
        ("Lst", Problem.VERB_LIKE, "Lst", "list"),
        ("cancle 7k2m9xq4", Problem.VERB_LIKE, "cancle", "cancel"),
        ("emrgency STRIPE_KEY it is down", Problem.VERB_LIKE, "emrgency", "emergency"),
        ("SHOP because", Problem.DURATION_MISSING, "because", ""),
        ("db_url because", Problem.DURATION_MISSING, "because", ""),
        ("1A 1h why", Problem.NAME, "1A", ""),
        ("A-B 1h why", Problem.NAME, "A-B", ""),
        ("A,,1B 1h why", Problem.NAME, "1B", ""),
        ("A,once why", Problem.DURATION_MISSING, "why", ""),
        (", A 1h why", Problem.NAME, ", A 1h why", ""),
        ("A,1B 1h why", Problem.NAME, "1B", ""),
        ("a/b/C 1h why", Problem.NAME, "a/b/C", ""),
        ("STRIPE_KEY", Problem.DURATION_MISSING, "", ""),
        ("STRIPE_KEY because", Problem.DURATION_MISSING, "because", ""),
        ("STRIPE_KEY 90 why", Problem.DURATION, "90", ""),
        ("STRIPE_KEY 1H why", Problem.DURATION, "1H", ""),
        ("STRIPE_KEY 0m why", Problem.DURATION, "0m", ""),
        ("STRIPE_KEY 1h", Problem.REASON_MISSING, "", ""),
        ("STRIPE_KEY 1h \u3164\u200d", Problem.REASON_MISSING, "", ""),
        ("STRIPE_KEY 1h ok", Problem.REASON_SHORT, "", ""),
        (f"STRIPE_KEY 1h {'x' * (REASON_MAX + 1)}", Problem.REASON_LONG, "", ""),
        (f"STRIPE_KEY 1h it is {PASTED}", Problem.REASON_SECRET, "", ""),
        (",".join("ABCDEFGHIJK") + " 1h why", Problem.NAMES_TOO_MANY, "", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_was_wrong(text: str, problem: Problem, word: str, verb: str) -> None:
    found = parse_command(text)
    assert isinstance(found, BadCommand)
    assert (found.problem, found.verb) == (problem, verb)
    assert found.word == word


@pytest.mark.parametrize(
    "text",
    [
        f"{PASTED}! 1h why",
        f"A,{PASTED}! 1h why",
        f"A {PASTED} why",
        f"show {PASTED}!",
        f"cancel {PASTED}",
        f"revoke {PASTED}",
        f"help {PASTED}",
        f"A 1h {PASTED}",
        f", {PASTED}",
    ],
)
def test_a_pasted_secret_is_never_repeated(text: str) -> None:
    """Law 7: the private answer stays in the person's history, and clients sync it."""
    found = parse_command(text)
    assert isinstance(found, BadCommand)
    assert found.word == ""


def test_a_long_word_is_not_repeated() -> None:
    found = parse_command("-" * 61 + " 1h why")
    assert isinstance(found, BadCommand)
    assert found.word == ""


def test_a_word_of_sixty_letters_is_repeated() -> None:
    assert parse_command("-" * 60 + " 1h why") == BadCommand(Problem.NAME, "-" * 60)


def test_a_command_of_the_greatest_length_is_read() -> None:
    found = parse_command(f"STRIPE_KEY 1h {WHY}".ljust(TEXT_MAX))
    assert found == Ask((STRIPE,), Duration(3600), WHY)


@pytest.mark.parametrize("size", [3, 500])
def test_a_reason_may_have_3_to_500_characters(size: int) -> None:
    assert read_reason("é" * size) == "é" * size


def test_a_reason_is_measured_after_trimming_and_never_cut() -> None:
    assert read_reason("  a\u200b b ") == "a b"
    assert read_reason(" " * 100 + "x" * 500 + " " * 100) == "x" * 500
    assert read_reason("x" * 501) == BadCommand(Problem.REASON_LONG)


def test_ten_names_are_allowed_each_counted_once() -> None:
    names = [f"V{number}" for number in range(VARIABLES_MAX)]
    found = read_names(",".join(names * 3))
    assert found == Names(tuple(Variable("default", name) for name in names))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (f"@shop 1h {WHY}", Ask((), Duration(3600), WHY, sets=("shop",))),
        (f"@Shop once {WHY}", Ask((), ONCE, WHY, sets=("shop",))),
        (f"@shop,STRIPE_KEY,@pay-2 1h {WHY}", Ask((STRIPE,), Duration(3600), WHY, sets=("shop", "pay-2"))),
        (f"STRIPE_KEY, @shop 1h {WHY}", Ask((STRIPE,), Duration(3600), WHY, sets=("shop",))),
        (f"@shop,@SHOP,@shop 1h {WHY}", Ask((), Duration(3600), WHY, sets=("shop",))),
        (f"emergency @shop {WHY}", Ask((), USUAL, WHY, emergency=True, sets=("shop",))),
        (f"@list 1h {WHY}", Ask((), Duration(3600), WHY, sets=("list",))),
    ],
)
def test_a_set_is_asked_for_by_its_name(text: str, command: Ask) -> None:
    assert parse_command(text) == command


@pytest.mark.parametrize(
    "word", ["@", "@@shop", "@1shop", "@-", "@a/B", "@A.B", f"@{'a' * 41}", "@shöp", "@sh*p", "shop@", "@a@b"]
)
def test_what_no_set_can_be_called_is_no_name(word: str) -> None:
    found = parse_command(f"{word} 1h {WHY}")
    assert (isinstance(found, BadCommand) and found.problem) is Problem.NAME


def test_a_set_counts_as_one_name() -> None:
    names = [f"@s{number}" for number in range(VARIABLES_MAX)]
    assert read_names(",".join(names)) == Names(sets=tuple(name[1:] for name in names))
    assert read_names(",".join([*names, "A"])) == BadCommand(Problem.NAMES_TOO_MANY)


@given(st.text(alphabet="@aA1_-/, ", max_size=40))
def test_words_with_a_set_s_mark_are_names_or_refused(text: str) -> None:
    found = read_names(text)
    if isinstance(found, Names):
        assert found.variables or found.sets
        assert all(parse_set(f"@{name}") == name for name in found.sets)


def test_every_verb_of_the_grammar_is_a_lower_case_word() -> None:
    words = {"help", "list", "status", "show", "cancel", "revoke", "extend", "emergency", "delegate"}
    words |= {"lock", "unlock", "login", "sessions", "review", "audit", "seen", "rotate"}
    assert words == VERBS


LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="&<>")


@given(st.text(max_size=200))
def test_any_text_is_a_command_or_a_refusal(text: str) -> None:
    """Emoji, right-to-left text, control characters, null bytes: a clear answer, never a crash."""
    found = parse_command(text)
    if isinstance(found, Ask):
        assert 0 < len(found.variables) <= VARIABLES_MAX
        assert found.duration.seconds > 0
        assert 3 <= len(found.reason) <= REASON_MAX
        assert clean(found.reason) == found.reason
        assert not looks_secret(found.reason)
    if isinstance(found, BadCommand):
        assert len(found.word) <= 60
        assert not looks_secret(found.word)


@given(
    st.lists(st.sampled_from(["A", "staging/B", "C_1"]), min_size=1, max_size=3, unique=True),
    st.sampled_from(["1h", "45s", "1h30m", "once"]),
    st.text(LETTERS, min_size=3, max_size=80),
    st.sampled_from([",", ", ", " ,", " , "]),
)  # fmt: skip
def test_what_follows_the_form_is_read_to_the_letter(
    names: list[str], duration: str, why: str, comma: str
) -> None:
    found = parse_command(f"{comma.join(names)} {duration} {why}")
    if isinstance(found, BadCommand):
        assert found.problem in {Problem.REASON_SECRET, Problem.REASON_SHORT, Problem.REASON_MISSING}
    else:
        assert isinstance(found, Ask)
        assert [variable.label for variable in found.variables] == names
        assert str(found.duration) == duration
        assert found.reason == clean(why)
