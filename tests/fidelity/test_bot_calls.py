"""What the real bot asks of Slack: documented methods, with arguments that their pages list.

Slack passes over an argument that it does not know, and so does the local Slack: a misspelt one would show
nowhere else. Arguments: https://docs.slack.dev/reference/methods; answers through a `response_url`:
https://docs.slack.dev/interactivity/handling-user-interaction#message_responses.
"""

from slack_emulator.faults import RESPONSE_URL
from tests.scenario.harness import STRIPE, ScenarioHarness

ARGUMENTS = {
    "apps.connections.open": "",
    "auth.test": "",
    "chat.delete": "as_user channel ts",
    "chat.postEphemeral": (
        "as_user attachments blocks channel icon_emoji icon_url link_names markdown_text metadata parse text"
        " thread_ts user username"
    ),
    "chat.postMessage": (
        "as_user attachments blocks channel icon_emoji icon_url link_names markdown_text metadata mrkdwn"
        " parse reply_broadcast text thread_ts unfurl_links unfurl_media username"
    ),
    "chat.update": (
        "as_user attachments blocks channel file_ids link_names markdown_text metadata parse"
        " reply_broadcast text ts unfurled_attachments"
    ),
    "conversations.info": "channel include_locale include_num_members",
    "conversations.members": "channel cursor limit",
    "conversations.open": "channel prevent_creation return_im users",
    "usergroups.list": "include_count include_disabled include_users team_id",
    "usergroups.users.list": "include_disabled team_id usergroup",
    "users.info": "include_locale user",
    "views.open": "interactivity_pointer trigger_id view",
    "views.publish": "hash interactivity_pointer user_id view",
    "views.update": "external_id hash view view_id",
    # What an incoming webhook takes, and the three that only an interaction's address takes.
    RESPONSE_URL: (
        "attachments blocks delete_original link_names metadata mrkdwn parse replace_original"
        " response_type text thread_ts unfurl_links unfurl_media"
    ),
}


async def test_a_whole_story_uses_only_documented_methods_and_arguments(harness: ScenarioHarness) -> None:
    async with harness.bot():
        await _ask_by_form(harness)
        await harness.bot_opens_deny(await harness.filed("staging/DB_URL 1h debugging a refund"))
        await _reveal_and_hide(harness)
        await harness.ask("revoke nothing")
    unknown = {
        (call.method, name)
        for call in harness.slack.calls
        for name in call.args
        if name not in ARGUMENTS.get(call.method, "").split()
    }
    assert unknown == set()
    assert {call.method for call in harness.slack.calls} - set(ARGUMENTS) == set()


async def _ask_by_form(harness: ScenarioHarness) -> None:
    await harness.ask("")
    form = await harness.until(lambda: harness.alice.modal)
    assert form.title


async def _reveal_and_hide(harness: ScenarioHarness) -> None:
    card = await harness.granted()
    await harness.alice.press(card, "Reveal")
    shown = await harness.until(lambda: harness.alice.find(harness.values[STRIPE]))
    await harness.alice.press(shown, "Hide now")
    await harness.until(lambda: harness.alice.find(harness.values[STRIPE]) is None)
