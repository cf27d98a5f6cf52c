"""The front door's own two calls: what is said privately to a press, and the form that it opens."""

from dataclasses import dataclass, field

import pytest
from aiohttp import web

from envaccess.projections.errors import (
    MessageDelayedError,
    MessageError,
    MessageRefusedError,
    MessageUncertainError,
)
from envaccess.slack.answers import SlackForms, SlackResponder
from envaccess.slack.background import Forms, Responder
from envaccess.slack.client import SlackClient
from envaccess.slack.render.blocks import say
from envaccess.slack.render.forms import request_form
from tests.unit.slack.slack_stage import SILENT, Stage, answering, on_stage, opened


def mint(stage: Stage) -> str:
    alice = stage.slack.add_person("alice")
    channel = stage.slack.add_channel("general", [alice])
    return (
        stage.slack.state.base_url
        + stage.slack.state.response_urls.mint("commands", alice.id, channel.id).path
    )


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
        hook = stage.slack.state.response_urls.find(url.removeprefix(stage.slack.state.base_url))
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
    async with opened(SlackClient("xoxb-test", SILENT, loopback=True)) as nobody:
        with pytest.raises(MessageDelayedError):
            await SlackResponder(nobody).answer(SILENT, say("words"))


@dataclass
class Elsewhere:
    """A server of ours that no payload may have us call."""

    hits: list[str] = field(default_factory=list)
    redirects_to: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.hits.append(request.path)
        if self.redirects_to:
            raise web.HTTPTemporaryRedirect(self.redirects_to)
        return web.json_response({"ok": True})


async def test_no_payload_has_us_post_into_our_own_network() -> None:
    """Whoever forges a payload, or steals the signing secret, must not reach what only this machine can."""
    elsewhere = Elsewhere()
    async with on_stage() as stage, answering(elsewhere.handle) as url:
        responder = SlackResponder(stage.client)
        for address in (url, f"{url}latest/meta-data", url.replace("127.0.0.1", "localhost")):
            with pytest.raises(MessageRefusedError):
                await responder.answer(address, say("words"))
            with pytest.raises(MessageRefusedError):
                await responder.delete_original(address)
    assert elsewhere.hits == []


async def test_a_redirect_is_not_followed() -> None:
    elsewhere, slack = Elsewhere(), Elsewhere()
    async with answering(elsewhere.handle) as url, answering(slack.handle) as base:
        slack.redirects_to = f"{url}latest"
        async with opened(SlackClient("xoxb-test", base, loopback=True)) as client:
            with pytest.raises(MessageRefusedError, match="http_307"):
                await SlackResponder(client).answer(f"{base}commands/1", say("words"))
    assert (slack.hits, elsewhere.hits) == (["/commands/1"], [])


NOT_SLACKS = [
    "http://hooks.slack.com/actions/1",
    "https://hooks.slack.com.evil.example/actions/1",
    "https://evil.example/hooks.slack.com",
    "https://hooks.slack.com@evil.example/actions/1",
    "https://hooks.slack.com\\@evil.example/actions/1",
    "https://somebody@hooks.slack.com/actions/1",
    "https://hooks.slack.com:8443/actions/1",
    "https://slack.com/actions/1",
    "https://127.0.0.1/actions/1",
    "//hooks.slack.com/actions/1",
    "https:hooks.slack.com/actions/1",
    "https://[::1/actions",
    "https://hooks.slack.com:99999/x",
]


@pytest.mark.parametrize("loopback", [True, False])
@pytest.mark.parametrize("url", NOT_SLACKS)
async def test_only_slacks_own_addresses_are_called(url: str, loopback: bool) -> None:
    base = SILENT if loopback else "https://slack.com/api/"
    async with opened(SlackClient("xoxb-test", base, loopback=loopback)) as client:
        with pytest.raises(MessageRefusedError) as caught:
            await SlackResponder(client).answer(url, say("words"))
    assert "evil" not in str(caught.value)


async def test_slacks_own_addresses_pass_and_this_machines_only_while_slack_is_there() -> None:
    async with (
        opened(SlackClient("xoxb-test", "https://slack.com/api/", loopback=False)) as real,
        opened(SlackClient("xoxb-test", SILENT, loopback=True)) as local,
    ):
        for url in ("https://hooks.slack.com/commands/T/1/x", "https://hooks.slack-gov.com/actions/T/1/x"):
            assert str(SlackResponder(real)._read_url(url)) == url
        assert SlackResponder(local)._read_url("http://127.0.0.1:1/commands/1")
        with pytest.raises(MessageRefusedError):
            SlackResponder(real)._read_url("http://127.0.0.1:1/commands/1")


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
        trigger = stage.slack.state.triggers.mint(alice.id)
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
