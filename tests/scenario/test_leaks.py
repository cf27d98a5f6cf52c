"""Law 7: after everything that can happen to a value, it was shown in one message and lies nowhere else."""

import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from envaccess import log
from envaccess.domain.audit import export_line
from tests.scenario.harness import STRIPE, ScenarioHarness
from tests.scenario.watch import id_on, say, settled, stored_with, told

Json = dict[str, Any]


class Log:
    """Everything that the process wrote since the test began, on both streams."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    def getvalue(self) -> str:
        written = self._capsys.readouterr()
        self._text += written.out + written.err
        return self._text


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Log]:
    """The log at its lowest level, set up as the bot sets it up."""
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    log.configure("json", "debug")
    yield Log(capsys)
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


def parts(value: str) -> list[str]:
    """The value as it may be written: plain, and as JSON, `repr` and URLs escape it."""
    return [value, json.dumps(value)[1:-1], repr(value)[1:-1], value.encode().hex()]


async def whole_story(harness: ScenarioHarness) -> str:
    """Reveal, refusals, a failing Slack, a denial, an end and an expiry; returns the first value."""
    value = await harness.store(STRIPE, "value`for tests\n<!channel> & \u00e9 0123456789")
    card = await harness.granted()
    face = card.revisions[-1]
    await harness.alice.press(card, "Reveal")
    await harness.until(lambda: harness.alice.find("Only you can see this"))
    for other in (harness.bob, harness.dana):
        await told(harness, await other.press(card, "Reveal", forged=True))
    await harness.alice.press(card, "End now")
    await told(harness, await harness.alice.press(card, "Reveal", shown=face))
    denied = await harness.filed("STRIPE_KEY 1h once more please")
    await harness.bot_opens_deny(denied)
    assert harness.bob.modal is not None
    await harness.bob.modal.submit({"reason": "once is enough"})
    withdrawn = await harness.filed("STRIPE_KEY 1h and once more")
    await say(harness, f"cancel {id_on(withdrawn)}")
    for text in ("list", "status", "show STRIPE_KEY", "help", "STRIPE_KEY 1h", "show", "cancel x"):
        await say(harness, text)
    await settled(harness)
    return value


async def test_a_revealed_value_is_in_one_call_and_nowhere_else(
    harness: ScenarioHarness, logged: Log
) -> None:
    async with harness.bot():
        value = await whole_story(harness)
        events = await harness.events()
    assert logged.getvalue(), "nothing was captured: this test sees nothing"
    said = harness.slack.said(value)
    assert [(one.via, one.direction, one.only_for) for one in said] == [
        ("chat.postEphemeral", "from bot", harness.alice.id)
    ]
    assert all(path.startswith("/blocks/") for one in said for path in one.where(value))
    for spelled in parts(value):
        assert await stored_with(harness, spelled) == []
        assert spelled not in logged.getvalue()
        assert not any(spelled in export_line(event) for event in events)


@pytest.mark.parametrize("fault", ["refused", "lost", "dropped", "broken", "limited"])
async def test_a_value_that_slack_did_not_take_leaks_by_no_error(
    harness: ScenarioHarness, logged: Log, fault: str
) -> None:
    """`SlackApiError` holds the body and the token: neither may reach a log, an answer or the audit."""
    faults = harness.slack.faults
    async with harness.bot():
        card = await harness.granted()
        switch = {
            "refused": lambda: faults.answer("chat.postEphemeral", "msg_too_long", times=1),
            "lost": lambda: faults.lose_reply("chat.postEphemeral", times=1),
            "dropped": lambda: faults.refuse("chat.postEphemeral", times=1),
            "broken": lambda: faults.break_down("chat.postEphemeral", times=1),
            "limited": lambda: faults.rate_limit("chat.postEphemeral", times=1),
        }
        switch[fault]()
        press = await harness.alice.press(card, "Reveal")
        answer = await told(harness, press)
        await settled(harness)
    value = harness.values[STRIPE]
    assert value not in answer
    assert {one.via for one in harness.slack.said(value)} <= {"chat.postEphemeral"}
    assert await stored_with(harness, value) == []
    for secret in (value, harness.slack.bot_token, harness.slack.app_token):
        assert secret not in logged.getvalue()


async def test_a_value_whose_key_is_lost_fails_without_a_word_of_it(
    harness: ScenarioHarness, logged: Log
) -> None:
    """A sealed value that does not open says nothing of what it holds, and the use is given back."""
    async with harness.bot():
        card = await harness.granted()
        sealed = harness.runner.key("secret", str(STRIPE))
        other = harness.runner.key("secret", "staging/DB_URL")
        copied = await harness.runner.client.hget(other, "sealed")
        await harness.runner.client.hset(sealed, "sealed", copied)
        press = await harness.alice.press(card, "Reveal")
        answer = await told(harness, press)
        assert "could not be opened" in answer
        await settled(harness)
    for value in harness.values.values():
        assert not harness.slack.said(value)
        assert value not in logged.getvalue()
    assert "grant.reveal_failed" in await harness.tags()


PASTED = "sk_" + "live_" + "51Hx0123456789abcdefgh"


async def test_a_pasted_secret_is_echoed_nowhere_and_kept_nowhere(
    harness: ScenarioHarness, logged: Log
) -> None:
    """People paste into the wrong field: in every place of every command it is refused without a trace."""
    places = (
        f"{PASTED} 1h debugging a failed refund",
        f"staging/{PASTED} 1h debugging a failed refund",
        f"STRIPE_KEY,{PASTED} 1h debugging a failed refund",
        f"STRIPE_KEY {PASTED} debugging a failed refund",
        f"STRIPE_KEY 1h it fails with {PASTED}",
        f"STRIPE_KEY 1h password={PASTED[8:]}",
        f"STRIPE_KEY 1h {PASTED[:10]}\u200b{PASTED[10:]}",
        f"show {PASTED}",
        f"show staging/{PASTED}",
        f"cancel {PASTED}",
        f"revoke {PASTED}",
        f"list {PASTED}",
        f"help {PASTED}",
        f"status {PASTED}",
        PASTED,
        f"{PASTED}, {PASTED} 1h why not",
    )
    async with harness.bot():
        for text in places:
            assert PASTED[10:] not in await say(harness, text), text
        await harness.ask("")
        form = harness.alice.modal
        assert form is not None
        sent = await form.submit(forged=True, change=filled(variables=PASTED, reason="debugging a refund"))
        assert "variables" in sent.errors
        sent = await form.submit(forged=True, change=filled(duration=PASTED, reason="debugging a refund"))
        assert "duration" in sent.errors
        sent = await form.submit(forged=True, change=filled(reason=f"it is {PASTED}"))
        assert "something like a secret" in sent.errors["reason"]
        options = await form.suggest("variables", PASTED)
        assert PASTED not in str(options)
        await settled(harness)
        assert harness.slack.messages(harness.approvers) == []
    assert {one.direction for one in harness.slack.said(PASTED[10:])} == {"to bot"}
    assert await stored_with(harness, PASTED[10:]) == []
    assert PASTED[10:] not in logged.getvalue()
    assert all(event.event != "request.created" for event in await harness.events())


def filled(variables: str = "default/STRIPE_KEY", duration: str = "1h", reason: str = "") -> Any:
    """Send the form filled in so, whatever the client's own checks are."""

    def change(payload: Json) -> Json:
        option = {"text": {"type": "plain_text", "text": variables}, "value": variables}
        length = {"text": {"type": "plain_text", "text": duration}, "value": duration}
        values = {
            "variables": {"variables": {"type": "multi_external_select", "selected_options": [option]}},
            "duration": {"duration": {"type": "static_select", "selected_option": length}},
            "reason": {"reason": {"type": "plain_text_input", "value": reason}},
        }
        return payload | {"view": payload["view"] | {"state": {"values": values}}}

    return change


async def test_what_people_type_is_in_no_log(harness: ScenarioHarness, logged: Log) -> None:
    """The log holds ids and tags: a reason, a wrong name and a denial's words are nobody else's business."""
    async with harness.bot():
        message = await harness.filed("STRIPE_KEY 1h peculiar reason words")
        await say(harness, "PECULIAR_NAME 1h debugging a refund")
        await say(harness, "STRIPE_KEY peculiar-duration debugging")
        await harness.bot_opens_deny(message)
        assert harness.bob.modal is not None
        await harness.bob.modal.submit({"reason": "peculiar denial words"})
        await settled(harness)
    assert "peculiar" not in logged.getvalue().lower()
