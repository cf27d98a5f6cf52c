"""`conversations.replies`, compared with https://docs.slack.dev/reference/methods/conversations.replies."""

import pytest

from tests.fidelity.histories import ANSWER, readable, said
from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "conversations.replies",
    ANSWER,
    frozenset(
        {
            "channel_not_found",
            "invalid_cursor",
            "invalid_metadata_filter_keys",
            "invalid_ts_latest",
            "invalid_ts_oldest",
            "list_record_comment_fetch_failed",
            "method_not_supported_for_channel_type",
            "thread_not_found",
        }
    ),
)


def arguments(emulator: EmulatorHarness, **more: str) -> dict[str, str]:
    [message] = said(emulator, "parent")
    return {"channel": emulator.general.id, "ts": message.ts, **more}


REFUSALS = [
    Refusal("invalid_arguments", "no thread is given", lambda h: {"channel": h.general.id}),
    Refusal("channel_not_found", "it does not exist", lambda _: {"channel": "C9NOWHERE", "ts": "1.1"}),
    Refusal("thread_not_found", "no message", lambda h: {"channel": h.general.id, "ts": "1.1"}, readable),
    Refusal("invalid_cursor", "made up", lambda h: arguments(h, cursor="rubbish"), readable),
    Refusal("invalid_ts_latest", "no stamp", lambda h: arguments(h, latest="now"), readable),
    Refusal("invalid_ts_oldest", "no stamp", lambda h: arguments(h, oldest="x"), readable),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    readable(emulator)
    good = {**arguments(emulator), "limit": 10, "cursor": "", "latest": "", "oldest": ""}
    await assert_documented_whatever_is_sent(emulator, METHOD, good)


@pytest.mark.parametrize("named", ["parent", "reply"])
async def test_a_thread_comes_with_its_parent_first_whichever_message_names_it(
    emulator: EmulatorHarness, named: str
) -> None:
    readable(emulator)
    [parent, _] = said(emulator, "parent", "beside it")
    stamps = {"parent": parent.ts, "reply": await emulator.post("first", thread_ts=parent.ts)}
    await emulator.post("second", thread_ts=parent.ts)
    answer = await emulator.raw(METHOD.name, channel=emulator.general.id, ts=stamps[named])
    assert_fits(answer, METHOD.answer)
    assert [message["text"] for message in answer["messages"]] == ["parent", "first", "second"]
    assert answer["messages"][1]["parent_user_id"] == emulator.alice.id


async def test_a_message_without_replies_comes_alone(emulator: EmulatorHarness) -> None:
    readable(emulator)
    answer = await emulator.raw(METHOD.name, **arguments(emulator))
    assert_fits(answer, METHOD.answer)
    assert [message["text"] for message in answer["messages"]] == ["parent"]
