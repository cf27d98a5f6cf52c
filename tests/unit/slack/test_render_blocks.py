"""The parts: whatever text goes in, nothing comes out that Slack would read as markup."""

from hypothesis import given
from hypothesis import strategies as st

from envaccess.slack.render.blocks import (
    MESSAGE_LIMIT,
    SECTION_LIMIT,
    Block,
    Rendered,
    code,
    escape,
    fit,
    mention,
    plain,
    quote,
    section,
    when,
)
from tests.unit.slack.checker import texts


@given(st.text(), st.integers(1, 60))
def test_escaped_text_keeps_to_its_limit_and_has_no_bracket(text: str, limit: int) -> None:
    escaped = escape(text, limit)
    assert len(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped


@given(st.text(max_size=300))
def test_escaping_loses_nothing_that_fits(text: str) -> None:
    undone = escape(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert undone == text


def test_a_cut_never_leaves_half_an_entity() -> None:
    assert escape("ab&cd", 6) == "ab…"
    assert escape("abcdefgh", 5) == "abcd…"
    assert escape("&&", 5) == "…"


@given(st.text(max_size=300))
def test_nothing_breaks_out_of_a_code_span(text: str) -> None:
    span = code(text)
    assert span.startswith("`")
    assert span.endswith("`")
    assert "`" not in span[1:-1]
    assert "\n" not in span


@given(st.text(max_size=300))
def test_a_mention_is_a_user_or_inert(text: str) -> None:
    drawn = mention(text)
    assert "<" not in drawn or (drawn == f"<@{text}>" and text.isalnum())


def test_a_user_is_mentioned() -> None:
    assert mention("U0ALICE") == "<@U0ALICE>"
    assert mention("W012A3CDE") == "<@W012A3CDE>"


def test_plain_text_is_never_empty() -> None:
    assert plain("")["text"] == "-"


def test_a_moment_is_local_to_its_reader_and_utc_where_slack_cannot_say() -> None:
    assert when(1_760_000_000_999) == "<!date^1760000000^{date_short_pretty} {time}|09 Oct 2025 08:53 UTC>"
    assert "{time_secs}|09 Oct 2025 08:53:20 UTC" in when(1_760_000_000_000, seconds=True)
    assert "({ago})" in when(1_760_000_000_000, left=True)


def test_repr_of_a_message_shows_no_blocks() -> None:
    assert "value-for-tests" not in repr(Rendered("text", [{"text": "value-for-tests"}]))


def typed(length: int) -> list[Block]:
    """Four quotes that make so many characters together."""
    whole, rest = divmod(length, 4)
    return [
        {"type": "section", "text": plain("x" * (whole + (rest if first else 0)))} for first in (1, 0, 0, 0)
    ]


def test_a_message_at_the_limit_is_not_cut_and_one_above_it_is() -> None:
    for over in (0, 1, 500):
        blocks = fit(typed(MESSAGE_LIMIT + over))
        assert MESSAGE_LIMIT - 8 <= sum(map(len, texts(blocks))) <= MESSAGE_LIMIT
        assert any("…" in text for text in texts(blocks)) is bool(over)


@given(st.integers(0, 3 * SECTION_LIMIT), st.lists(st.text(min_size=1, max_size=600), max_size=12))
def test_whatever_we_say_ourselves_every_quote_keeps_something(ours: int, reasons: list[str]) -> None:
    """Even where our own words leave no room: nothing is cut from the wrong end, or to nothing."""
    fixed = [section("x" * min(SECTION_LIMIT, ours - at)) for at in range(0, ours, SECTION_LIMIT)]
    blocks = fit([*fixed, *(quote("Why:", reason) for reason in reasons)])
    quotes = texts(blocks)[len(fixed) :]
    assert all(0 < len(text) <= SECTION_LIMIT for text in quotes)
    if ours + 700 * len(reasons) < MESSAGE_LIMIT:
        assert not any(text.endswith("…") for text in quotes if "…" not in "".join(reasons))
