"""A slash command's payload, compared with its page and a recorded one.

https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling; recorded:
java-slack-sdk, `SlashCommandPayload.json`, and its `EnvelopeTest`. `enterprise_id` and `enterprise_name`
come only from an enterprise.
"""

import pytest

from tests.fidelity.shapes import APP, CHANNEL, TEAM, TEXT, TRIGGER, URL, USER, Doc, assert_fits, exactly
from tests.fidelity.socket_connection import payload_of
from tests.slack_emulator.harness import EmulatorHarness

COMMAND = Doc(
    {
        "token": TEXT,
        "team_id": TEAM,
        "team_domain": TEXT,
        "channel_id": CHANNEL,
        "channel_name": TEXT,
        "user_id": USER,
        "user_name": TEXT,
        "command": TEXT,
        "text": TEXT,
        "api_app_id": APP,
        "is_enterprise_install": exactly("false"),  # a word: the payload is a form
        "response_url": URL,
        "trigger_id": TRIGGER,
    }
)


async def test_a_command_has_the_documented_fields(emulator: EmulatorHarness) -> None:
    payload = await payload_of(emulator, emulator.alice.command("/hey", "you", channel=emulator.general))
    assert_fits(payload, COMMAND)
    assert (payload["command"], payload["text"]) == ("/hey", "you")
    assert (payload["channel_name"], payload["user_name"]) == ("general", "alice")


async def test_a_command_without_text_has_an_empty_one(emulator: EmulatorHarness) -> None:
    payload = await payload_of(emulator, emulator.alice.command("/hey", channel=emulator.general))
    assert payload["text"] == ""


async def test_private_places_do_not_tell_their_names(emulator: EmulatorHarness) -> None:
    """Recorded: `privategroup` and `directmessage`."""
    private = emulator.slack.add_channel("plans", [emulator.alice], private=True)
    names = []
    for place in (private, emulator.slack.add_dm(emulator.alice, emulator.bob), None):
        payload = await payload_of(emulator, emulator.alice.command("/hey", channel=place))
        assert_fits(payload, COMMAND)
        names.append(payload["channel_name"])
    assert names == ["privategroup", "directmessage", "directmessage"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        # The page, "Escaping users, channels, and links in your slash commands".
        ("ask @bob in #general", "ask <@{bob}|bob> in <#{general}|general>"),
        ("see https://example.com", "see <https://example.com>"),
        # https://docs.slack.dev/messaging/formatting-message-text#escaping
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
    ],
)
async def test_typed_text_is_escaped_as_should_escape_asks(
    emulator: EmulatorHarness, typed: str, sent: str
) -> None:
    payload = await payload_of(emulator, emulator.alice.command("/hey", typed, channel=emulator.general))
    assert payload["text"] == sent.format(bob=emulator.bob.id, general=emulator.general.id)


async def test_the_answer_is_private_unless_it_says_in_channel(emulator: EmulatorHarness) -> None:
    """The page, "Responding to commands": `ephemeral` is the default."""
    for answer, readers in (({"text": "1"}, 1), ({"text": "2", "response_type": "in_channel"}, 2)):
        await payload_of(emulator, emulator.alice.command("/hey", channel=emulator.general), answer)
        seen = [
            bool(person.find(answer["text"], emulator.general)) for person in (emulator.alice, emulator.bob)
        ]
        assert seen.count(True) == readers
