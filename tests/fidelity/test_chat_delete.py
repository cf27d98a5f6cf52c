"""`chat.delete`, compared with https://docs.slack.dev/reference/methods/chat.delete."""

from typing import Any

import pytest

from slack_emulator import Json
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import answered
from tests.fidelity.shapes import CHANNEL, TS, assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "chat.delete",
    answered({"channel": CHANNEL, "ts": TS}),
    frozenset({"cant_delete_message", "channel_not_found", "message_not_found"}),
)


def own(emulator: EmulatorHarness, **more: Any) -> Json:
    message = emulator.slack.messages(emulator.general)[0]
    return {"channel": emulator.general.id, "ts": message.ts, **more}


REFUSALS = [
    Refusal("invalid_arguments", "no ts is given", lambda h: {"channel": h.general.id}),
    Refusal("channel_not_found", "it does not exist", lambda h: own(h, channel="C9NOWHERE")),
    Refusal("message_not_found", "there is no such message", lambda h: own(h, ts="1.000001")),
    Refusal(
        "cant_delete_message", "a person wrote it", lambda h: own(h, ts=h.alice.write(h.general, "x").ts)
    ),
]


@pytest.fixture
async def posted(emulator: EmulatorHarness) -> EmulatorHarness:
    await emulator.post("old")
    return emulator


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(posted: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(posted, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(posted: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(posted, METHOD, own(posted))


async def test_the_answer_names_what_is_gone(posted: EmulatorHarness) -> None:
    args = own(posted)
    answer = await posted.raw(METHOD.name, **args)
    assert_fits(answer, METHOD.answer)
    assert (answer["channel"], answer["ts"]) == (args["channel"], args["ts"])
    assert (await posted.refused(METHOD.name, **args))["error"] == "message_not_found"


async def test_an_ephemeral_message_cannot_be_reached(emulator: EmulatorHarness) -> None:
    seen = await emulator.raw(
        "chat.postEphemeral", channel=emulator.general.id, user=emulator.alice.id, text="psst"
    )
    args = {"channel": emulator.general.id, "ts": seen["message_ts"]}
    assert (await emulator.refused(METHOD.name, **args))["error"] == "message_not_found"
