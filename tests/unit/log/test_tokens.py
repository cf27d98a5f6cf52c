"""What is refused where people type is in no line of the log either."""

import pytest

from envaccess.log.patterns import WITHHELD, withhold
from tests.unit.domain.made import lines_of, made, shapes_of


@pytest.mark.parametrize("shape", shapes_of("token_shapes.txt"))
def test_no_part_of_a_token_is_logged(shape: str) -> None:
    for seed in range(3):
        token = made(shape, seed + 1)
        for around in ("{}", "refused {} from U0BOB", '{{"error": "{}"}}', "x={}&y=1", "{}, {}"):
            kept = withhold(around.format(token, token))
            assert token not in kept
            assert token[-12:] not in kept or "{" not in shape
            assert WITHHELD in kept


def test_nothing_of_a_keys_file_is_logged() -> None:
    begin, end = "{dash:5}BEGIN PRIVATE KEY{dash:5}", "{dash:5}END PRIVATE KEY{dash:5}"
    text = made(f"could not read {begin}\n{{alnum:64}}\n{{alnum:64}}\n{end}")
    assert withhold(text) == f"could not read {WITHHELD}"


@pytest.mark.parametrize("word", lines_of("no_tokens.txt"))
def test_ordinary_words_stay_in_the_log(word: str) -> None:
    assert withhold(f"module {word} failed") == f"module {word} failed"


def test_what_stands_around_a_token_stays() -> None:
    token = made("ghp_{alnum:36}")
    assert withhold(f"a {token}, b ({token}) c") == f"a {WITHHELD}, b ({WITHHELD}) c"
