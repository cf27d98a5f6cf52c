"""The catalogue of what the scenario suite shows is one to read and to compare."""

from pathlib import Path

import pytest

from tests.sentences.wording import sentences

DATA = Path(__file__).parents[1] / "data"
FILES = sorted(DATA.glob("*sentences*.txt"), key=lambda file: file.name)
LEAST = 650
"""Sentences: with fewer, either the product says much less, or not all is collected."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_line_is_one_sentence_in_order_and_nothing_in_it_changes_from_run_to_run(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))
    assert [line for line in lines if list(sentences(line)) != [line]] == []


def test_the_catalogue_has_what_all_kinds_of_answers_say() -> None:
    """A message, a card, a button, a private answer, a form, its fault, the Home tab, audit, the doctor."""
    lines = (DATA / "sentences.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= LEAST
    assert {
        "{person} asks for {code} for *{time}*.",
        ":key: You have access to {code}.",
        "Hide now",
        ":white_check_mark: Filed as request {code}: {code} for {time}.",
        "Why do you need it?",
        "Please say why you need it in at least {n} characters.",
        "You hold ({n})",
        "`grant.revealed` {person} revealed {code}",
        "envaccess: REDIS_URL must be a valid redis://, rediss:// or unix:/// URL",
    } - set(lines) == set()
