"""A sentence in the catalogue is the same from run to run, and holds nothing that a test made up."""

from typing import Any

import pytest

from tests.sentences.leaves import texts
from tests.sentences.printed import texts_printed
from tests.sentences.wording import all_sentences, sentences

SAME = (
    ("<@U0003BOB>, <@U0004CAROL> or 3 others can decide", "{person} or {n} others can decide"),
    ("`STRIPE_KEY`, `DB_URL` and `A` for 1 hour 30 minutes", "{code} for {time}"),
    ("Lapses: <!date^1^{date_short_pretty} {time}|01 Jan 1970 00:00 UTC>", "Lapses: {moment}"),
    ("<!subteam^S1> or anyone in <#C1>", "{group} or anyone in {channel}"),
    ("To withdraw it: `/envaccess cancel 7k2m9xq4`", "To withdraw it: `/envaccess cancel {id}`"),
    ("type `/envaccess staging/DB_URL 1h` and why", "type `/envaccess {name} 1h` and why"),
    ("The form is `/envaccess show NAME`", "The form is `/envaccess show NAME`"),
    ("Page 1 of 12", "Page {n} of {n}"),
    ("type 45s, 30m, 1h or from 22:00", "type 45s, 30m, 1h or from 22:00"),
    ("asked for only in these hours: mon 04:00-04:01 UTC.", "asked for only in these hours: {hours}."),
    ("over 3,000 characters", "over {n} characters"),
    ("`request.created` <@U1> asked", "`request.created` {person} asked"),
    ("<@U1> asks for `A` for 1 hour: a\nb. C for 1 hour: d", "{person} asks for {code} for {time}: {typed}"),
)


@pytest.mark.parametrize(("text", "told"), SAME)
def test_what_a_test_made_up_is_a_word_in_braces(text: str, told: str) -> None:
    assert sentences(text) == [told]


def test_a_paragraph_is_told_by_sentence_and_by_the_parts_of_a_line() -> None:
    text = "Nothing was done. `/envaccess list` shows 2.5 s.\nAnd more · `a`, `b` · event `1-0`"
    assert sentences(text) == [
        "Nothing was done.",
        "`/envaccess list` shows 2.5 s.",
        "And more",
        "event {code}",
    ]


def test_each_detail_of_an_audit_line_is_a_part_so_their_order_and_number_do_not_matter() -> None:
    assert sentences("says program `a`, ends: <!date^1^{x}|y>, who is <@U1>") == [
        "says program {code}",
        "ends: {moment}",
        "who is {person}",
    ]
    assert sentences("because it was locked, session `a`") == ["because it was locked", "session {code}"]
    assert sentences("who is <@U1>, and Bob, who asked") == ["who is {person}, and Bob, who asked"]


MESSAGE: dict[str, Any] = {
    "channel": "C1",
    "text": "Notification",
    "metadata": {"event_type": "machine", "event_payload": {"id": "7k2m9xq4"}},
    "blocks": '[{"type": "section", "text": {"type": "plain_text", "text": "Why: typed: by somebody"}}]',
}
VIEW: dict[str, Any] = {
    "callback_id": "machine",
    "private_metadata": "machine",
    "title": {"type": "plain_text", "text": "Title"},
    "blocks": [
        {"type": "section", "text": {"type": "plain_text", "text": "Answer: (none yet)"}},
        {"type": "image", "alt_text": "Picture", "image_url": "machine"},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "value": "machine",
                    "action_id": "machine",
                    "text": {"type": "plain_text", "text": "Button"},
                    "confirm": {"title": {"type": "plain_text", "text": "Sure?"}},
                }
            ],
        },
        {
            "type": "input",
            "label": {"type": "plain_text", "text": "Label"},
            "element": {
                "type": "static_select",
                "options": [
                    {"text": {"type": "plain_text", "text": "NAME"}, "value": "default/NAME"},
                    {"text": {"type": "plain_text", "text": "Usual"}, "value": "usual"},
                ],
            },
        },
    ],
}
VALUE = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [{"type": "text", "text": "NAME", "style": {"bold": True}}],
        },
        {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "value-for-tests"}]},
    ],
}


def test_all_that_people_read_is_taken_and_nothing_that_machines_or_people_wrote() -> None:
    assert list(texts(MESSAGE)) == ["Notification", "Why: {typed}"]
    shown = ["Title", "Answer: (none yet)", "Picture", "Button", "Sure?", "Label", "Usual"]
    assert list(texts({"view": VIEW})) == shown
    assert list(texts({"response_action": "errors", "errors": {"reason": "Say why."}})) == ["Say why."]
    assert list(texts({"blocks": [VALUE]})) == []


def test_a_sentence_of_the_catalogue_stays_as_it_is() -> None:
    told = {told for _, told in SAME}
    assert all_sentences(told) == told


PRINTED = """\
Usage: envaccess secrets set [OPTIONS] NAME
Try 'envaccess --help' for help.
value-for-tests
STRIPE_KEY\t2025-10-09T08:53:20.000Z\tcli:tester
2025-10-09T12:00:00.124Z request.created person:U1
{"name":"default/STRIPE_KEY","version":3}
      "description": "How long it lasts.",
    /work/envaccess/cli/front.py:281 in run
Locked production/DB_URL in Acme; no grant was live. `envaccess unlock production/DB_URL` lifts it.
/tmp/pytest-7/policy.yml:3: rules[0].max: `8x` is no length of time -> write it as `45s`
"""


def test_of_what_a_command_prints_only_that_is_taken_which_it_says_to_people() -> None:
    assert all_sentences(texts_printed(PRINTED)) == {
        "How long it lasts.",
        "Locked {name} in Acme; no grant was live.",
        "`envaccess unlock {name}` lifts it.",
        "{folder}/policy.yml:3: rules[{n}].max: {code} is no length of time -> write it as {code}",
    }
