"""Messages drawn as text, and whom they would notify."""

from typing import Any

import pytest

from slack_emulator import Message, mrkdwn
from slack_emulator.mentions import pings
from tests.slack_emulator.harness import EmulatorHarness


async def drawn(emulator: EmulatorHarness, *blocks: dict[str, Any], text: str = "fallback") -> list[str]:
    await emulator.post(text, blocks=list(blocks))
    return emulator.slack.draw(emulator.alice.sees(emulator.general)[-1]).splitlines()


async def test_a_message_is_drawn_as_its_reader_sees_it(emulator: EmulatorHarness) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "Access request"}}
    when = "<!date^1700000000^{date_short} at {time}|later>"
    body = f"<@{emulator.alice.id}> in <#{emulator.general.id}> until {when}: a &lt; b &amp; c"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": body}}
    fields = {"type": "section", "fields": [{"type": "mrkdwn", "text": "*How long*\n1h"}]}
    context = {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": "id R1"}, {"type": "mrkdwn", "text": "v2"}],
    }
    buttons = [
        {"type": "button", "action_id": name, "text": {"type": "plain_text", "text": name}}
        for name in ("Approve", "Deny")
    ]
    lines = await drawn(
        emulator,
        header,
        section,
        fields,
        {"type": "divider"},
        context,
        {"type": "actions", "elements": buttons},
    )
    assert lines == [
        "envaccess  22:13",
        "Access request",
        "==============",
        "@alice in #general until Nov 14, 2023 at 22:13: a < b & c",
        "*How long*",
        "1h",
        "-" * 40,
        "  id R1  v2",
        "[ Approve ]  [ Deny ]",
    ]


async def test_rich_text_is_drawn_with_its_code_indented(emulator: EmulatorHarness) -> None:
    elements = [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "For "},
                {"type": "user", "user_id": emulator.bob.id},
                {"type": "text", "text": " in "},
                {"type": "channel", "channel_id": emulator.general.id},
                {"type": "emoji", "name": "key"},
                {"type": "link", "url": "https://example.com"},
                {"type": "broadcast", "range": "here"},
                {"type": "date", "timestamp": 1_700_000_000, "format": " {date_num}", "fallback": "x"},
            ],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "line :x:\nline 2"}]},
        {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]},
        {
            "type": "rich_text_list",
            "style": "ordered",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "dot"}]},
            ],
        },
    ]
    assert (await drawn(emulator, {"type": "rich_text", "elements": elements}))[1:] == [
        "For @bob in #general:key:https://example.com@here 2023-11-14",
        "    line :x:",
        "    line 2",
        "> said",
        "1. one",
        "- dot",
    ]


async def test_a_user_group_is_drawn_by_its_handle(emulator: EmulatorHarness) -> None:
    group = emulator.slack.add_group("on-call")
    text = f"<!subteam^{group.id}> <!subteam^{group.id}|@old> <!subteam^S9|@theirs> <!subteam^S9>"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    named = [{"type": "usergroup", "usergroup_id": group.id}]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": named}]}
    assert (await drawn(emulator, section, rich))[1:] == ["@on-call @on-call @theirs @S9", "@on-call"]


async def test_pictures_menus_and_inputs_have_a_stand_in(emulator: EmulatorHarness) -> None:
    image = {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "a key"}
    option = {"text": {"type": "plain_text", "text": "x"}, "value": "x"}
    menu = {"type": "overflow", "action_id": "m", "options": [option]}
    checks = {"type": "checkboxes", "action_id": "c", "options": [option], "initial_options": [option]}
    lines = await drawn(
        emulator,
        image,
        {"type": "context", "elements": [image]},
        {"type": "section", "text": {"type": "plain_text", "text": "t"}, "accessory": menu},
        {"type": "section", "text": {"type": "plain_text", "text": "t"}, "accessory": image},
        {"type": "actions", "elements": [checks]},
    )
    assert lines[1:] == ["(a key)", "  (a key)", "t", "    [ ... ]", "t", "    (a key)", "[x]"]


async def test_a_message_without_blocks_shows_its_text_and_that_it_was_edited(
    emulator: EmulatorHarness,
) -> None:
    stamp = await emulator.post("one")
    text = "two <https://example.com|here> <!subteam^S1|@team> <@U9NOBODY> <#C9|gone> <!date^x^{date}|soon>"
    await emulator.client.chat_update(channel=emulator.general.id, ts=stamp, text=text)
    assert emulator.slack.draw(emulator.alice.sees(emulator.general)[0]).splitlines() == [
        "envaccess  22:13 (edited)",
        "two here @team @U9NOBODY #gone soon",
    ]


def message(text: str, blocks: list[dict[str, Any]] | None = None, **formatting: Any) -> Message:
    return Message("C1", "1.1", "U0BOT", text, blocks or [], formatting=formatting)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<!channel> <!here> <@U1>", ["channel", "here", "U1"]),
        ("<!subteam^S1|team>", ["S1"]),
        ("&lt;!channel&gt; @here", []),
        ("<https://example.com> <#C1|x> <!date^1^{date}|x>", []),
    ],
)
def test_whom_a_text_notifies(text: str, found: list[str]) -> None:
    mrkdwn = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    plain = {"type": "section", "text": {"type": "plain_text", "text": text}}
    assert pings(message(text)) == found
    assert pings(message("x", [mrkdwn])) == found
    assert pings(message("x", [plain])) == []


def test_bare_names_notify_only_if_the_call_asks_for_it() -> None:
    assert pings(message("@here @alice", parse="none")) == []
    assert pings(message("@here @alice", parse="full")) == ["here", "alice"]
    assert pings(message("@here", link_names=True)) == ["here"]


def test_rich_text_notifies_by_its_elements() -> None:
    elements = [
        {"type": "text", "text": "<!channel>"},
        {"type": "user", "user_id": "U1"},
        {"type": "broadcast", "range": "everyone"},
    ]
    section = {"type": "rich_text_section", "elements": elements}
    assert pings(message("x", [{"type": "rich_text", "elements": [section]}])) == ["U1", "everyone"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(300, "in 5 minutes"), (3_600, "in 1 hour"), (-59, "59 seconds ago"), (-172_800, "2 days ago")],
)
def test_a_date_says_how_far_away_it_is(seconds: int, words: str) -> None:
    assert mrkdwn.date(1_700_000_000 + seconds, "{ago}", now=1_700_000_000) == words


async def test_a_chart_is_drawn_by_its_numbers(emulator: EmulatorHarness) -> None:
    days = [{"label": "Mon", "value": 3}, {"label": "Tue", "value": 0}]
    bar = {
        "type": "bar",
        "series": [{"name": "Requests", "data": days}],
        "axis_config": {"categories": ["Mon", "Tue"]},
    }
    pie = {"type": "pie", "segments": [{"label": "yes", "value": 2}]}
    charts = [{"type": "data_visualization", "title": "A week", "chart": chart} for chart in (bar, pie)]
    lines = await drawn(emulator, *charts)
    assert lines[1:] == ["chart: A week", "    Requests: Mon 3, Tue 0", "chart: A week", "    yes 2"]
