"""The weekly digest: what needs doing first, then a chart, the numbers, and what could be a rule."""

from collections.abc import Sequence
from typing import Final

from envaccess.domain.signals.digest import Digest
from envaccess.domain.signals.digest_words import (
    SUGGESTIONS_SHOWN,
    Spelling,
    facts,
    remarks,
    sealed,
    sparkline,
    suggestion,
    table,
    title,
    to_do,
)
from envaccess.domain.text import count
from envaccess.domain.variable import parse_variable
from envaccess.slack.render.blocks import Block, Rendered, code, context, section, when
from envaccess.slack.render.words import actor_of, chunks

PATCH_MOST: Final = 1_800
"""Characters of a policy's part that a message has; what is longer, the command prints."""
_HEADING: Final = 150
_WEEK: Final = 7
_ALL: Final = "`envaccess signals digest` prints it with more names."

_SPELLING: Final = Spelling(person=actor_of, name=lambda name: code(_label(name), 80), when=when)


def render_week(digest: Digest, now: int, patch: str, *, again: bool, chart: bool) -> Rendered:
    """One message.

    Args:
        digest: the week.
        now: milliseconds since the epoch.
        patch: YAML of what it suggests; empty for none.
        again: whether it may have been posted before.
        chart: whether there is a chart; else bars of text.
    """
    waiting = to_do(digest, now, _SPELLING)
    notes = [*remarks(digest, now, _SPELLING), *([_AGAIN] if again else [])]
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": title(digest)[:_HEADING], "emoji": False}},
        *([context(" ".join(notes))] if notes else []),
        *_listed("To do", waiting or ["Nothing waits for anybody."]),
        *([_chart(digest)] if chart else []),
        _fixed([*table(digest), *([] if chart else ["", *sparkline(digest)])]),
        *_listed("", list(facts(digest, _SPELLING))),
        *_suggested(digest, patch),
        context(f"{sealed(digest, _SPELLING)}. Days are those of {code(digest.week.zone, 60)}. {_ALL}"),
    ]
    text = f"{title(digest)}: {count(len(waiting), 'thing')} to do" if waiting else f"{title(digest)}"
    return Rendered(text, blocks)


_AGAIN: Final = "It may be here twice: the first time, Slack did not say whether it arrived."


def _label(name: str) -> str:
    variable = parse_variable(name)
    return variable.label if variable else name


def _listed(heading: str, lines: Sequence[str]) -> list[Block]:
    said = [f"*{heading}*"] if heading else []
    return [section(text) for text in chunks([*said, *(f"• {line}" for line in lines)])] if lines else []


def _fixed(lines: Sequence[str]) -> Block:
    """Letters of one width, in which nothing is markup."""
    text = {"type": "text", "text": "\n".join(lines)}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [text]}]}


def _chart(digest: Digest) -> Block:
    """Requests of each day, beside the week before where there is one (docs/explanation/slack.md)."""
    labels = [f"{day:%a} {day.day}" for day in digest.week.days]
    series = [("This week", digest.days[_WEEK:])]
    if digest.before is not None:
        series.insert(0, ("The week before", digest.days[:_WEEK]))
    drawn = [
        {
            "name": name,
            "data": [{"label": label, "value": day} for label, day in zip(labels, days, strict=True)],
        }
        for name, days in series
    ]
    chart = {"type": "bar", "series": drawn, "axis_config": {"categories": labels, "y_label": "Requests"}}
    return {"type": "data_visualization", "title": "Requests a day", "chart": chart}


def _suggested(digest: Digest, patch: str) -> list[Block]:
    found = digest.suggestions
    if not found:
        return []
    lines = [suggestion(one, _SPELLING) for one in found[:SUGGESTIONS_SHOWN]]
    more = len(found) - SUGGESTIONS_SHOWN
    if more > 0:
        lines.append(f"{count(more, 'more variable')} of that kind")
    fits = patch and len(patch) <= PATCH_MOST
    told = context("`envaccess signals digest --patch` prints what to add to the policy file.")
    shown = _fixed(patch.rstrip("\n").split("\n")) if fits else told
    return [*_listed("Could be a rule", lines), shown]
