"""The page of events names every tag, and every word with which something ends."""

import re
from pathlib import Path

import pytest

from envaccess.domain.audit import ActorKind, Tag
from envaccess.domain.end_reasons import EndReason
from envaccess.domain.proposal import DeclinedHow
from envaccess.domain.session import SessionEnd

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "events.md").read_text("utf-8")


def test_every_tag_has_its_row_and_no_other_is_there() -> None:
    rows = re.findall(r"^\| (`\w+\.\w+`(?:, `\w+\.\w+`)*) \|", PAGE, re.MULTILINE)
    assert sorted(tag for row in rows for tag in re.findall(r"\w+\.\w+", row)) == sorted(Tag)


@pytest.mark.parametrize("word", [*DeclinedHow, *SessionEnd, *sorted(set(EndReason) - {EndReason.DELETED})])
def test_every_word_of_an_end_is_there(word: str) -> None:
    assert f"`{word}`" in PAGE


@pytest.mark.parametrize("kind", ActorKind)
def test_every_kind_of_actor_is_there(kind: ActorKind) -> None:
    assert re.search(rf"`{kind}[:`]", PAGE)
