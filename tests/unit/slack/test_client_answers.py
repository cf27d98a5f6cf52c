"""The front door's own two calls: what is said privately to a press, and the form that it opens."""

import pytest

from bot.domain.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    MessageUncertainError,
)
from bot.slack.answers import SlackForms, SlackResponder
from bot.slack.background import Forms, Responder
from bot.slack.render import request_form, say
from tests.unit.slack.slack_stage import SILENT, Stage, on_stage


def mint(stage: Stage) -> str:
    alice = stage.slack.add_person("alice")
    channel = stage.slack.add_channel("general", [alice])
    return stage.slack.stage.base_url + stage.slack.stage.hooks.mint("commands", alice.id, channel.id).path


def fitting(responder: Responder, forms: Forms) -> tuple[Responder, Forms]:
    return responder, forms


async def test_both_fit_what_the_front_door_asks_for() -> None:
    async with on_stage() as stage:
        assert fitting(SlackResponder(stage.client), SlackForms(stage.client))


async def test_an_answer_is_seen_by_the_presser_alone_in_one_post() -> None:
    async with on_stage() as stage:
        url = mint(stage)
        await SlackResponder(stage.client).answer(url, say("You cannot approve your own request."))
        posts = stage.slack.calls_of("response_url")
        assert [post.args["response_type"] for post in posts] == ["ephemeral"]
        assert posts[0].args["replace_original"] is False
        hook = stage.slack.stage.hooks.find(url.removeprefix(stage.slack.stage.base_url))
        assert hook is not None
        assert hook.answers[0].is_ephemeral


async def test_the_original_is_deleted_on_hide() -> None:
    async with on_stage() as stage:
        await SlackResponder(stage.client).delete_original(mint(stage))
        assert stage.slack.calls_of("response_url")[0].args == {"delete_original": True}


async def test_a_spent_url_is_refused_though_nothing_raises_in_bolt() -> None:
    async with on_stage() as stage:
        url, responder = mint(stage), SlackResponder(stage.client)
        for _ in range(5):
            await responder.answer(url, say("again"))
        with pytest.raises(MessageRefusedError):
            await responder.answer(url, say("again"))


async def test_what_became_of_an_answer_is_told_apart() -> None:
    async with on_stage() as stage:
        url, responder, faults = mint(stage), SlackResponder(stage.client), stage.slack.faults
        for fault, expected in (
            (faults.rate_limit("response_url"), MessageDelayedError),
            (faults.break_down("response_url"), MessageUncertainError),
            (faults.lose_reply("response_url"), MessageUncertainError),
            (faults.answer("response_url", "invalid_blocks"), MessageRefusedError),
        ):
            with pytest.raises(expected):
                await responder.answer(url, say("words"))
            fault.stop()
        with pytest.raises(MessageDelayedError):
            await responder.answer(SILENT, say("words"))


@pytest.mark.parametrize("url", ["", "not a url", "http://", "ftp://127.0.0.1/x"])
async def test_a_broken_url_is_a_message_error_that_does_not_repeat_it(url: str) -> None:
    async with on_stage() as stage:
        with pytest.raises(MessageError) as caught:
            await SlackResponder(stage.client).answer(url, say("words"))
    assert not url or url not in str(caught.value)
    assert caught.value.__suppress_context__


async def test_a_form_is_opened_once_by_a_living_trigger_and_a_dead_one_is_refused() -> None:
    async with on_stage() as stage:
        alice = stage.slack.add_person("alice")
        trigger = stage.slack.stage.triggers.mint(alice.id)
        forms = SlackForms(stage.client)
        await forms.open_view(trigger, request_form())
        assert alice.modal
        await forms.open_view(trigger, request_form())  # a repeated delivery: it is open already (law 10)
        with pytest.raises(MessageRefusedError):
            await forms.open_view("1.2.forged", request_form())


async def test_a_rate_limit_on_a_form_is_not_waited_for() -> None:
    async with on_stage() as stage:
        stage.slack.faults.rate_limit("views.open", retry_after=30)
        with pytest.raises(MessageDelayedError):
            await SlackForms(stage.client).open_view("1.2.3", request_form())
        assert len(stage.slack.calls_of("views.open")) == 1
