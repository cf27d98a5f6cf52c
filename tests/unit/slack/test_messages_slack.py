"""Slack's messages: one call each, drawn from state, harmless in every field, and every fault told apart."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from envaccess.domain.audit import Event, person
from envaccess.domain.outcome import Claim
from envaccess.domain.request import Request, State, Surfaces
from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    MessageUncertainError,
)
from envaccess.projections.ports import Messages
from envaccess.slack.client import SlackClient
from envaccess.slack.messages import SlackMessages
from slack_emulator import Channel, SlackEmulator, User
from tests.fakes.rulings import usual
from tests.unit.slack.slack_stage import KEY, NOON, SILENT, make_request, on_stage, opened

VALUE = "value-for-tests :smile: <!channel> `x`"


class Office:
    """The channels and the people that messages go to."""

    def __init__(self, slack: SlackEmulator, client: SlackClient) -> None:
        self.slack = slack
        self.alice: User = slack.add_person("alice")
        self.approvers: Channel = slack.add_channel("approvers", [self.alice], private=True)
        self.audit: Channel = slack.add_channel("audit")
        self.messages = SlackMessages(client, audit_channel=self.audit.id)

    def request(self, surfaces: Surfaces | None = None, **changes: Any) -> Request:
        return make_request(self.alice.id, surfaces, ruling=usual(self.approvers.id), **changes)

    def claim(self) -> Claim:
        return Claim("op", "4kq7m2xz", self.alice.id, (KEY,), once=False, expires_at=NOON, fresh=True)

    async def show(self) -> None:
        dm = await self.messages.dm_in_time(self.alice.id)
        await self.messages.show_values(replace(self.claim(), place=dm), {KEY: VALUE})


def event(detail: str = "") -> Event:
    return Event("1-0", "request.created", NOON, person("U1"), "4kq7m2xz", detail={"why": detail})


async def test_it_fits_the_port() -> None:
    def fitting(messages: Messages) -> Messages:
        return messages

    async with on_stage() as stage:
        assert fitting(Office(stage.slack, stage.client).messages)


async def test_a_request_is_posted_once_and_redrawn_in_place() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        ts = await office.messages.post_request(office.request())
        decided = office.request(Surfaces(message=ts), state=State.DENIED, decided_by="U2", decided_at=NOON)
        await office.messages.update_request(decided)
        shown = stage.slack.messages(office.approvers)
        assert [message.ts for message in shown] == [ts]
        assert "Approve" not in stage.slack.draw(shown[0])


async def test_the_card_lies_in_the_requesters_direct_messages() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        dm = await office.messages.dm(office.alice.id)
        ts = await office.messages.post_card(office.request(Surfaces(dm=dm)))
        await office.messages.update_card(office.request(Surfaces(dm=dm, card=ts), state=State.CANCELLED))
        assert office.alice.dm
        assert office.alice.dm.id == dm
        assert [message.ts for message in stage.slack.messages(office.alice.dm)] == [ts]


async def test_direct_messages_are_opened_once_for_each_person() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        assert await office.messages.dm(office.alice.id) == await office.messages.dm(office.alice.id)
        assert len(stage.slack.calls_of("conversations.open")) == 1


async def test_audit_lines_are_threaded_under_the_first() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        first, _ = await office.messages.post_lines([event()], "")
        await office.messages.post_lines([event()], first)
        assert await office.messages.post_digest([event()] * 31) == 31
        lines = stage.slack.messages(office.audit)
        assert [line.thread_ts for line in lines] == [first, first, None]
        assert "31" in stage.slack.draw(lines[2])


async def test_the_longest_audit_line_fits_slacks_sections() -> None:
    long = Event(
        "1-0", "request.created", NOON, person("U1"), "4kq7m2xz",
        variables=tuple(f"{'e' * 40}/{'N' * 90}{number}" for number in range(10)),
        detail={"why": "&" * 500, "more": "<" * 500},
    )  # fmt: skip
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        await office.messages.post_lines([long], "")
        blocks = stage.slack.calls_of("chat.postMessage")[0].args["blocks"]
        assert all(len(block["text"]["text"]) <= 3_000 for block in blocks)


async def test_every_message_is_harmless_in_every_field() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        ts = await office.messages.post_request(office.request(reason="<!channel> & co"))
        await office.messages.update_request(office.request(Surfaces(message=ts)))
        await office.messages.post_lines([event("<!channel>")], "")
        await office.show()
        calls = [call for call in stage.slack.calls if call.method.startswith("chat.")]
        assert len(calls) == 4
        for made in calls:
            assert made.args["parse"] == "none"
            assert made.args["blocks"]
            assert made.args["text"]
            assert "metadata" not in made.args
            assert "<!channel>" not in made.args["text"]
        for made in stage.slack.calls_of("chat.postMessage"):
            assert made.args["unfurl_links"] is False
            assert made.args["unfurl_media"] is False


async def test_a_value_is_said_once_to_one_person_and_in_a_block_only() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        await office.show()
        said = stage.slack.said(VALUE)
        assert [(found.via, found.only_for) for found in said] == [("chat.postEphemeral", office.alice.id)]
        assert all(path.startswith("/blocks/") for path in said[0].where(VALUE))
        assert office.alice.dm
        assert office.alice.find(VALUE, office.alice.dm)


async def test_deleting_what_is_gone_is_no_error_but_a_refusal_is() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        ts = await office.messages.post_request(office.request())
        await office.messages.delete(office.approvers.id, ts)
        await office.messages.delete(office.approvers.id, ts)
        assert not stage.slack.messages(office.approvers)
        stage.slack.faults.answer("chat.delete", "cant_delete_message")
        with pytest.raises(MessageRefusedError):
            await office.messages.delete(office.approvers.id, ts)


async def test_redrawing_a_deleted_message_says_so_by_its_code() -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        with pytest.raises(MessageRefusedError) as refused:
            await office.messages.update_request(office.request(Surfaces(message="1.000001")))
        assert refused.value.code == "message_not_found"


MISSHAPEN = ["msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format"]


@pytest.mark.parametrize("code", MISSHAPEN)
async def test_a_message_that_slack_refuses_for_its_form_is_shown_in_a_shorter_one_with_its_buttons(
    code: str,
) -> None:
    """A request that nobody can decide on because its message is too long would be lost."""
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        for method in ("chat.postMessage", "chat.update"):
            stage.slack.faults.answer(method, code, times=1)
        ts = await office.messages.post_request(office.request())
        (shown,) = stage.slack.messages(office.approvers)
        assert "[ Approve ]" in stage.slack.draw(shown)
        await office.messages.update_request(office.request(Surfaces(message=ts)))
        assert "[ Deny ]" in stage.slack.draw(shown)
        decided = office.request(Surfaces(message=ts), state=State.DENIED, decided_by="U2", decided_at=NOON)
        stage.slack.faults.answer("chat.update", code, times=1)
        await office.messages.update_request(decided)
        assert "Approve" not in stage.slack.draw(shown)
        assert len(stage.slack.calls_of("chat.postMessage")) == 2


async def test_a_value_has_no_short_form() -> None:
    """Law 7: a second message about a value would have to carry it too; the use is given back instead."""
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        stage.slack.faults.answer("chat.postEphemeral", "msg_blocks_too_long")
        with pytest.raises(MessageRefusedError):
            await office.show()
        assert len(stage.slack.calls_of("chat.postEphemeral")) == 1


Fault = Callable[[SlackEmulator, str], object]
KNOWN: list[tuple[Fault, type[MessageError]]] = [
    (lambda slack, method: slack.faults.answer(method, "channel_not_found"), MessageRefusedError),
    (lambda slack, method: slack.faults.rate_limit(method, retry_after=9), MessageDelayedError),
]
UNKNOWN: list[Fault] = [
    lambda slack, method: slack.faults.break_down(method),
    lambda slack, method: slack.faults.lose_reply(method),
    lambda slack, method: slack.faults.refuse(method),
]


@pytest.mark.parametrize(("fault", "error"), [*KNOWN, *((fault, MessageUncertainError) for fault in UNKNOWN)])
async def test_what_became_of_a_post_is_told_apart(fault: Fault, error: type[MessageError]) -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        fault(stage.slack, "chat.postMessage")
        with pytest.raises(error):
            await office.messages.post_request(office.request())
        assert len(stage.slack.calls_of("chat.postMessage")) == 1


@pytest.mark.parametrize("fault", UNKNOWN)
async def test_a_value_that_may_have_been_seen_is_never_called_refused(fault: Fault) -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        fault(stage.slack, "chat.postEphemeral")
        with pytest.raises(MessageUncertainError):
            await office.show()


@pytest.mark.parametrize("fault", [fault for fault, _ in KNOWN])
async def test_a_value_that_slack_refused_is_known_not_to_have_left(fault: Fault) -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        fault(stage.slack, "chat.postEphemeral")
        with pytest.raises((MessageRefusedError, MessageDelayedError)):
            await office.show()


@pytest.mark.parametrize("fault", [*UNKNOWN, *(fault for fault, _ in KNOWN)])
async def test_a_value_is_known_not_to_have_left_while_the_dm_could_not_be_opened(fault: Fault) -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        fault(stage.slack, "conversations.open")
        with pytest.raises((MessageRefusedError, MessageDelayedError)):
            await office.show()
        assert not stage.slack.calls_of("chat.postEphemeral")


async def test_a_value_is_known_not_to_have_left_when_nobody_listens() -> None:
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as client:
        messages = SlackMessages(client, audit_channel="C2")
        claim = Claim("op", "4kq7m2xz", "U1", (KEY,), once=True, expires_at=NOON, fresh=True, place="D1")
        with pytest.raises(MessageDelayedError):
            await messages.show_values(claim, {KEY: VALUE})


@pytest.mark.parametrize("fault", [*UNKNOWN, *(fault for fault, _ in KNOWN)])
async def test_no_fault_carries_the_value_or_the_token(fault: Fault) -> None:
    async with on_stage() as stage:
        office = Office(stage.slack, stage.client)
        fault(stage.slack, "chat.postEphemeral")
        error = await _raised(office.show())
        seen = repr(error) + str(error) + repr(vars(error))
        assert error.__cause__ is None
        assert error.__context__ is None or error.__suppress_context__
        assert VALUE not in seen
        assert stage.slack.bot_token not in seen


async def _raised(doing: Awaitable[None]) -> BaseException:
    with pytest.raises(MessageError) as caught:
        await doing
    return caught.value
