from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from slack_emulator.page.actions import REQUIRED
from tests.slack_emulator.page_browser import Browser, browser, named

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.slack_emulator.page_harness import PageHarness

PLAIN = {"type": "plain_text", "text": "A label"}
OPTIONS = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Red", "Blue")]
SELECT = {"type": "static_select", "action_id": "colour", "options": OPTIONS}
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "v"}
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": PLAIN,
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "why",
            "label": PLAIN,
            "element": {"type": "plain_text_input", "action_id": "text", "max_length": 10},
        },
        {
            "type": "input",
            "block_id": "which",
            "label": PLAIN,
            "element": {"type": "external_select", "action_id": "name", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "hue",
            "optional": True,
            "label": PLAIN,
            "element": {"type": "multi_static_select", "action_id": "hues", "options": OPTIONS},
        },
        {"type": "actions", "block_id": "acts", "elements": [BUTTON]},
    ],
}


class App:
    """A small app: it answers commands, opens a form, remembers what it was handed."""

    def __init__(self, page_harness: PageHarness) -> None:
        self.heard: list[Any] = []
        self.errors: dict[str, str] = {}
        self.app: Any = page_harness.emulator.app()
        self.app.command("/envaccess")(self.answer)
        for action in ("go", "colour"):
            self.app.action({"type": "block_actions", "action_id": action})(self.hear)
        self.app.options("name")(self.suggest)
        self.app.view("form")(self.rule)

    async def answer(self, ack: Any, body: Any, client: Any) -> None:
        self.heard.append(body)
        await ack(f"you typed {body['text']}")
        if body["text"] == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def hear(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack()

    async def suggest(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack(options=OPTIONS)

    async def rule(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack(**({"response_action": "errors", "errors": self.errors} if self.errors else {}))


@pytest.fixture
async def app(page_harness: PageHarness) -> App:
    made = App(page_harness)
    await page_harness.emulator.connect(made.app)
    return made


@pytest.fixture
async def page(page_harness: PageHarness, app: App) -> AsyncIterator[Browser]:  # noqa: ARG001 - the app must be there
    async with browser(page_harness.address) as opened:
        await opened.sit("alice", "bob", "gus", "eve")
        yield opened


async def form(page: Browser, page_harness: PageHarness) -> Any:
    await page.command("alice", "/envaccess form")
    await page.modal("alice")
    return page_harness.alice.modal and page.views[page_harness.alice.id]["modal"]


def chosen(number: int = 0) -> Any:
    return {**OPTIONS[number], "text": {**OPTIONS[number]["text"], "emoji": True}}  # type: ignore[dict-item]


# -- commands


async def test_a_command_is_answered_to_whoever_typed_it(page: Browser, page_harness: PageHarness) -> None:
    await page.command("alice", "/envaccess  hello there ")
    await page.until(lambda: "you typed hello there" in page.everything("alice"))
    assert "you typed" not in page.everything("bob")
    assert page.sees("alice", page_harness.general.id)[0]["ephemeral"] is True


async def test_a_command_works_in_the_messages_with_the_bot(page: Browser) -> None:
    await page.do("command", seat=page.person("gus"), channel=page.dm("gus"), text="/envaccess")
    await page.until(lambda: "you typed" in page.everything("gus"))


@pytest.mark.parametrize("text", ["/other x", "envaccess", "", "/", "/envaccessx"])
async def test_what_is_no_command_is_told_so(page: Browser, app: App, text: str) -> None:
    answer = await page.refused(
        "command", seat=page.person("alice"), channel=page.channel("general"), text=text
    )
    assert answer.endswith("is not a valid command.")
    assert not app.heard


async def test_a_stranger_types_no_command(page: Browser, app: App) -> None:
    answer = await page.refused(
        "command", seat=page.person("eve"), channel=page.channel("shared"), text="/envaccess"
    )
    assert "cannot use this workspace's commands" in answer
    assert not app.heard


@pytest.mark.parametrize("what", ["command", "write"])
async def test_nobody_speaks_in_a_channel_that_they_are_not_in(
    page: Browser, page_harness: PageHarness, what: str
) -> None:
    answer = await page.refused(
        what, seat=page_harness.alice.id, channel=page_harness.secret.id, text="/envaccess x"
    )
    assert answer == "alice is not in that channel."


async def test_a_bot_that_is_not_there_is_told_as_slackbot_tells_it(
    page: Browser, page_harness: PageHarness
) -> None:
    await page_harness.emulator.handlers.pop().close_async()
    await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.connections == 0)
    answer = await page.refused(
        "command", seat=page_harness.alice.id, channel=page_harness.general.id, text="/envaccess x"
    )
    assert answer == '/envaccess failed with the error "dispatch_failed"'


# -- messages


async def test_what_is_written_cannot_fire_a_mention_nor_forge_slack_s_marks(
    page: Browser, page_harness: PageHarness
) -> None:
    typed = "<!channel> <@U0BOT> @bob #general <!date^1^{date}|x> &amp; @channel"
    await page.do("write", seat=page_harness.alice.id, channel=page_harness.general.id, text=typed)
    await page.until(lambda: page.sees("bob", page_harness.general.id))
    message = page.sees("bob", page_harness.general.id)[0]
    assert message["text"] == (
        f"&lt;!channel&gt; &lt;@U0BOT&gt; <@{page_harness.bob.id}|bob> <#{page_harness.general.id}|general> "
        "&lt;!date^1^{date}|x&gt; &amp;amp; <!channel>"
    )
    assert message["author"] == {"id": page_harness.alice.id, "name": "alice", "bot": False}


async def test_a_reply_goes_under_its_message(page: Browser, page_harness: PageHarness) -> None:
    stamp = await page_harness.post(page_harness.general, "parent")
    await page.do(
        "write", seat=page_harness.alice.id, channel=page_harness.general.id, text="reply", thread_ts=stamp
    )
    await page.until(lambda: len(page.sees("bob", page_harness.general.id)) == 2)
    assert [m["thread_ts"] for m in page.sees("bob", page_harness.general.id)] == [stamp, stamp]
    answer = await page.refused(
        "write", seat=page_harness.alice.id, channel=page_harness.general.id, text="x", thread_ts="1.000000"
    )
    assert answer == "That thread is not there any more."


@pytest.mark.parametrize("text", ["", "   ", "\n"])
async def test_nothing_is_not_written(page: Browser, page_harness: PageHarness, text: str) -> None:
    await page.refused("write", seat=page_harness.alice.id, channel=page_harness.general.id, text=text)
    assert not page_harness.emulator.slack.messages(page_harness.general)


# -- presses


async def with_controls(page: Browser, page_harness: PageHarness) -> Any:
    elements: list[Any] = [BUTTON, SELECT]
    await page_harness.post(
        page_harness.general, blocks=[{"type": "actions", "block_id": "b", "elements": elements}]
    )
    await page.until(lambda: page.button("alice", "Go"))
    return {**(page.button("alice", "Go") or {}), "seat": page_harness.alice.id}


async def test_a_press_reaches_the_app_with_its_message(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    await page.do("press", **press)
    body = app.heard[-1]
    assert body["user"]["id"] == page_harness.alice.id
    assert (body["actions"][0]["action_id"], body["actions"][0]["value"]) == ("go", "v")
    assert body["container"]["message_ts"] == press["ts"]


async def test_a_select_sends_the_offered_option_and_no_other(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    press |= {"action_id": "colour", "value": None}
    await page.do("press", **press, option="blue")
    assert app.heard[-1]["actions"][0]["selected_option"]["value"] == "blue"
    await page.do("press", **press, option={"value": "red", "text": "forged"})
    assert app.heard[-1]["actions"][0]["selected_option"] == chosen(0)
    for forged in ("green", "Blue", 7, ["blue"], {"value": "green"}):
        assert await page.refused("press", **press, option=forged) == "That is not offered."


async def test_an_older_face_can_still_be_pressed(page: Browser, page_harness: PageHarness, app: App) -> None:
    """A screen lags behind: Slack delivers that press too, and the app must rule it."""
    press = await with_controls(page, page_harness)
    await page_harness.emulator.client.chat_update(
        channel=page_harness.general.id, ts=press["ts"], text="done", blocks=[]
    )
    await page.until(lambda: not page.button("alice", "Go"))
    await page.do("press", **press)
    assert app.heard[-1]["actions"][0]["action_id"] == "go"
    assert "controls are called" in await page.refused("press", **{**press, "revision": 1})
    assert "revision must be" in await page.refused("press", **{**press, "revision": 2})


async def test_nobody_presses_what_they_do_not_see(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    press = await with_controls(page, page_harness)
    assert "not in that channel" in await page.refused("press", **{**press, "seat": page_harness.gus.id})
    await page_harness.emulator.client.chat_delete(channel=page_harness.general.id, ts=press["ts"])
    assert await page.refused("press", **press) == "That message is not there any more."
    assert not app.heard


# -- forms


async def test_a_form_is_sent_with_what_was_entered(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": ["red", "blue"]}}
    await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    state = app.heard[-1]["view"]["state"]["values"]
    assert state["why"]["text"]["value"] == "because"
    assert state["which"]["name"]["selected_option"] == chosen(0)
    assert [one["value"] for one in state["hue"]["hues"]["selected_options"]] == ["red", "blue"]
    await page.until(lambda: page.views[page_harness.alice.id]["modal"] is None)


async def test_the_app_s_errors_come_back_and_the_form_stays(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    app.errors = {"why": "Say more"}
    view = await form(page, page_harness)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}}
    answer = await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer["errors"] == {"why": "Say more"}
    assert page.views[page_harness.alice.id]["modal"]["id"] == view["id"]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"why": REQUIRED, "which": REQUIRED}),
        ({"why": {"text": ""}, "which": {"name": None}}, {"why": REQUIRED, "which": REQUIRED}),
        ({"why": {"text": "x" * 11}, "which": {"name": OPTIONS[0]}}, {"why": "Enter 0 to 10 characters."}),
        ({"why": {"text": 7}, "which": {"name": OPTIONS[0]}}, {"why": "A text is needed."}),
        ({"why": {"text": "x"}, "which": {"name": "red"}}, {"which": "Choose one of the suggestions."}),
        (
            {"why": {"text": "x"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": ["green"]}},
            {"hue": "That is not offered."},
        ),
        (
            {"why": {"text": "x"}, "which": {"name": OPTIONS[0]}, "hue": {"hues": "red"}},
            {"hue": "A list of at most 100 is needed."},
        ),
    ],
)
async def test_what_slack_itself_would_not_send_is_told_under_its_input(
    page: Browser, page_harness: PageHarness, app: App, values: Any, errors: Any
) -> None:
    view = await form(page, page_harness)
    app.heard.clear()
    answer = await page.do("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer["errors"] == errors
    assert not app.heard


async def test_an_emptied_input_is_empty(page: Browser, page_harness: PageHarness) -> None:
    view = await form(page, page_harness)
    seat = {"seat": page_harness.alice.id, "view": view["id"]}
    await page.do("submit", **seat, values={"why": {"text": "x"}})
    answer = await page.do("submit", **seat, values={"why": {"text": ""}, "which": {"name": OPTIONS[0]}})
    assert answer["errors"] == {"why": REQUIRED}


async def test_typing_in_a_select_brings_the_app_s_options(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    order = {"seat": page_harness.alice.id, **named(view, "name")}
    assert (await page.do("suggest", **order, query="r"))["options"] == OPTIONS
    assert app.heard[-1]["value"] == "r"
    assert (await page.do("suggest", **order, query=""))["options"] == []
    assert app.heard[-1]["value"] == "r"
    order |= {"block_id": "why", "action_id": "text"}
    assert "does not ask for options" in await page.refused("suggest", **order, query="r")


async def test_a_press_in_a_form_carries_what_is_typed_so_far(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    order = {"seat": page_harness.alice.id, **named(view, "go")}
    await page.do("view_press", **order, values={"why": {"text": "half"}})
    assert app.heard[-1]["view"]["state"]["values"]["why"]["text"]["value"] == "half"
    assert app.heard[-1]["actions"][0]["value"] == "v"


async def test_a_form_is_sent_by_whoever_has_it_on_the_screen(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    view = await form(page, page_harness)
    for what in ("submit", "close", "view_press", "suggest"):
        order = {"block_id": "acts", "action_id": "go", "view": view["id"]}
        assert "not open" in await page.refused(what, seat=page_harness.bob.id, **order)
    await page.do("close", seat=page_harness.alice.id, view=view["id"])
    assert "not open" in await page.refused("submit", seat=page_harness.alice.id, view=view["id"])
    assert len(app.heard) == 1


async def test_a_form_that_nobody_answers_can_be_tried_again(
    page: Browser, page_harness: PageHarness
) -> None:
    view = await form(page, page_harness)
    await page_harness.emulator.handlers.pop().close_async()
    await page_harness.emulator.slack.until(lambda: page_harness.emulator.slack.connections == 0)
    values = {"why": {"text": "because"}, "which": {"name": OPTIONS[0]}}
    answer = await page.refused("submit", seat=page_harness.alice.id, view=view["id"], values=values)
    assert answer == "We had some trouble connecting. Try again?"
    assert page.views[page_harness.alice.id]["modal"]["id"] == view["id"]


async def test_opening_the_home_tab_is_told_to_the_app(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    async def publish(event: Any, client: Any) -> None:
        await client.views_publish(
            user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]}
        )

    app.app.event("app_home_opened")(publish)
    await page.do("home", seat=page_harness.alice.id)
    await page.until(lambda: page.views[page_harness.alice.id]["home"])
    assert "cannot open" in await page.refused("home", seat=page_harness.eve.id)


async def test_opening_the_messages_is_told_to_the_app_too(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    tabs: list[str] = []

    async def note(event: Any) -> None:
        tabs.append(event["tab"])

    app.app.event("app_home_opened")(note)
    await page.do("home", seat=page_harness.alice.id, tab="messages")
    await page.do("home", seat=page_harness.alice.id, tab="home")
    assert tabs == ["messages", "home"]
    assert "tabs" in await page.refused("home", seat=page_harness.alice.id, tab="about")


async def test_a_press_on_the_home_tab_is_one_on_a_view(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    """The whole view comes along with its state, and no address for an answer."""
    grouped = [{"label": PLAIN, "options": OPTIONS}]
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": OPTIONS, "initial_options": OPTIONS[:1]}
    select = {"type": "static_select", "action_id": "colour", "option_groups": grouped}
    home: Any = {
        "type": "home",
        "private_metadata": "page 2",
        "blocks": [{"type": "actions", "block_id": "acts", "elements": [select, boxes, BUTTON]}],
    }
    await page_harness.emulator.client.views_publish(user_id=page_harness.alice.id, view=home)
    view = await page.until(lambda: page.views[page_harness.alice.id]["home"])
    seat = {"seat": page_harness.alice.id}
    await page.do("view_press", **seat, **named(view, "colour"), option=OPTIONS[1])
    entered = {"acts": {"boxes": ["red", "blue"]}}
    await page.do("view_press", **seat, **named(view, "go"), value="v", values=entered)
    chosen, pressed = app.heard
    assert chosen["actions"][0]["selected_option"]["value"] == "blue"
    assert pressed["container"] == {"type": "view", "view_id": view["id"]}
    assert (pressed["view"]["type"], pressed["view"]["hash"]) == ("home", view["hash"])
    assert pressed["view"]["private_metadata"] == "page 2"
    assert {"trigger_id", "response_url", "message", "channel"} & pressed.keys() == {"trigger_id"}
    held = pressed["view"]["state"]["values"]["acts"]
    assert held["colour"]["selected_option"]["value"] == "blue"
    assert [one["value"] for one in held["boxes"]["selected_options"]] == ["red", "blue"]
    assert "not offered" in await page.refused(
        "view_press", **seat, **named(view, "colour"), option={"value": "mauve"}
    )


async def test_what_is_chosen_in_a_message_stays_chosen_until_its_reader_reloads(
    page: Browser, page_harness: PageHarness, app: App
) -> None:
    select, go = {**SELECT, "action_id": "pick"}, BUTTON
    row = {"type": "actions", "block_id": "acts", "elements": [select, go]}
    ts = await page_harness.post(page_harness.general, blocks=[row])
    where = {"seat": page_harness.alice.id, "channel": page_harness.general.id, "ts": ts, "block_id": "acts"}
    await page.until(lambda: page.sees("alice", page_harness.general.id))
    await page.do("press", **where, action_id="go", value="v", values={"acts": {"pick": "red"}})
    await page.do("press", **where, action_id="go", value="v")
    await page.do("reload", seat=page_harness.alice.id)
    await page.do("press", **where, action_id="go", value="v")
    held = [body["state"]["values"]["acts"]["pick"]["selected_option"] for body in app.heard]
    assert [one and one["value"] for one in held] == ["red", "red", None]
