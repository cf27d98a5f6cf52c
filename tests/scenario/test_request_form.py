"""The request modal: searched, filled in wrongly, rightly, twice, and by those who may not."""

from typing import Any

from envaccess.domain.variable import Variable
from slack_emulator import Modal
from tests.scenario.harness import DB, STRIPE, ScenarioHarness
from tests.scenario.watch import DECIDE, buttons, one_request, settled

Json = dict[str, Any]


async def opened(harness: ScenarioHarness) -> Modal:
    """The form on Alice's screen."""
    reply = await harness.ask("")
    assert reply.error is None
    assert reply.message is None, "the form is the answer"
    assert harness.alice.modal is not None
    return harness.alice.modal


async def test_the_form_files_a_request_and_turns_into_its_confirmation(harness: ScenarioHarness) -> None:
    async with harness.bot():
        form = await opened(harness)
        sent = await form.submit(
            {"variables": ["STRIPE_KEY", "staging/DB_URL"], "duration": "30m", "reason": "to compare <both>"}
        )
        assert sent.errors == {}
        assert sent.next is not None
        assert sent.next.title == "Filed"
        request = await one_request(harness)
        assert request.id in sent.next.draw()
        assert "@bob or @carol can decide" in sent.next.draw()
        assert (request.variables, request.duration.seconds) == ((STRIPE, DB), 1800)
        await settled(harness)
        message = harness.slack.messages(harness.approvers)[0]
        assert "Why: to compare <both>" in harness.slack.draw(message)
        assert buttons(message) == DECIDE


async def test_the_list_is_searched_by_any_part_of_a_name_and_is_never_empty(
    harness: ScenarioHarness,
) -> None:
    """SLACK.md: an empty list of options hangs the form."""
    for number in range(120):
        await harness.store(Variable("default", f"MANY_{number:03}"), "x")
    async with harness.bot():
        form = await opened(harness)

        async def offered(typed: str) -> list[str]:
            return [str(option["text"]["text"]) for option in await form.suggest("variables", typed)]

        assert await offered("stripe") == ["STRIPE_KEY"]
        assert await offered("URL") == ["staging/DB_URL"]
        assert await offered("staging/") == ["staging/DB_URL"]
        assert len(await offered("")) == 100
        assert len(await offered("MANY_")) == 100
        for nothing in ("zzz", "<!channel>", "\u0000", "*", "x" * 3_000, "%s"):
            (only,) = await form.suggest("variables", nothing)
            assert "Nothing matches" in only["text"]["text"]
        sent = await form.submit({"variables": [only], "reason": "choosing nothing"})
        assert "choose at least one" in sent.errors["variables"]


def filled(**given: object) -> Any:
    """Send exactly these values; None leaves a field out."""
    fields: dict[str, tuple[str, str]] = {
        "variables": ("multi_external_select", "selected_options"),
        "duration": ("static_select", "selected_option"),
        "reason": ("plain_text_input", "value"),
    }

    def change(payload: Json) -> Json:
        values = {
            name: {name: {"type": fields[name][0], fields[name][1]: value}} for name, value in given.items()
        }
        return payload | {"view": payload["view"] | {"state": {"values": values}}}

    return change


def options(*values: str) -> list[Json]:
    return [{"text": {"type": "plain_text", "text": value}, "value": value} for value in values]


async def test_each_wrong_field_has_its_own_error_and_the_form_keeps_what_was_typed(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        form = await opened(harness)
        sent = await form.submit(
            forged=True, change=filled(variables=[], duration=options("1y")[0], reason="a")
        )
        assert set(sent.errors) == {"variables", "duration", "reason"}
        name, hour = options("default/STRIPE_KEY"), options("1h")[0]
        eleven = options(*(f"X{number}" for number in range(11)))
        for given, field in (
            (filled(variables=name, duration=options("9h")[0], reason="why not"), "duration"),
            (filled(variables=options("default/GONE"), duration=hour, reason="why not"), "variables"),
            (filled(variables=options("a,b;c"), duration=hour, reason="why not"), "variables"),
            (filled(variables=eleven, duration=hour, reason="why not"), "variables"),
            (filled(variables=name, reason="why not"), "duration"),
            (filled(variables=name, duration=hour), "reason"),
            (filled(variables="text", duration="text", reason=7), "reason"),
            (filled(variables=None, duration=None, reason=None), "reason"),
        ):
            sent = await form.submit(forged=True, change=given)
            assert field in sent.errors, sent.errors
            assert all(words and len(words) <= 150 for words in sent.errors.values())
        assert await harness.requests() == []
        sent = await form.submit({"variables": "STRIPE_KEY", "reason": "now it is right"})
        assert sent.next is not None
        assert sent.next.title == "Filed"
        assert (await one_request(harness)).duration.seconds == 3600


async def test_a_variable_deleted_while_the_form_was_open_is_named_at_its_field(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        form = await opened(harness)
        await form.fill({"variables": ["STRIPE_KEY", "staging/DB_URL"], "reason": "to compare the two"})
        await harness.delete(DB)
        sent = await form.submit()
        assert "does not exist any more" in sent.errors["variables"]
        sent = await form.submit({"variables": ["STRIPE_KEY"]})
        assert sent.next is not None
        assert sent.next.title == "Filed"


async def test_a_form_sent_twice_files_once(harness: ScenarioHarness) -> None:
    """Law 10: the view's id and what was filled in are the operation."""
    async with harness.bot():
        form = await opened(harness)
        sent = await form.submit({"variables": "STRIPE_KEY", "reason": "debugging a refund"})
        again = await harness.slack.repeat(sent.delivery)
        assert (await one_request(harness)).id in str(again.ack)
        await settled(harness)
        assert len(harness.slack.messages(harness.approvers)) == 1
    assert (await harness.tags()).count("request.created") == 1


async def test_a_form_sent_by_somebody_who_may_not_ask_turns_into_the_refusal(
    harness: ScenarioHarness,
) -> None:
    async with harness.bot():
        form = await opened(harness)
        await harness.slack.tell(harness.slack.change(harness.alice, is_restricted=True))
        sent = await form.submit({"variables": [options("default/STRIPE_KEY")[0]], "reason": "why not"})
        assert sent.next is not None
        assert sent.next.title == "Not filed"
        assert "guest" in sent.next.draw()
        assert "Nothing matches" in str(await form_options(harness))
    assert "request.created" not in await harness.tags()


async def form_options(harness: ScenarioHarness) -> object:
    """What a guest is offered in the list: no names."""
    await harness.ask("")
    assert harness.alice.modal is not None
    return await harness.alice.modal.suggest("variables", "STRIPE")


async def test_unknown_and_broken_forms_close_without_a_change(harness: ScenarioHarness) -> None:
    """Law 8: `callback_id`, `private_metadata` and values may be anything."""
    async with harness.bot():
        message = await harness.filed()
        for broken in (
            {"private_metadata": ""},
            {"private_metadata": "zzzzzzzz 1.1"},
            {"private_metadata": "x" * 3_000},
            {"private_metadata": None},
            {"callback_id": "unknown_form"},
        ):

            def change(payload: Json, broken: Json = broken) -> Json:
                return payload | {"view": payload["view"] | broken}

            await harness.bot_opens_deny(message)
            assert harness.bob.modal is not None
            sent = await harness.bob.modal.submit({"reason": "not today"}, change=change)
            assert sent.error is None, broken
            harness.bob.reload()
        assert buttons(message) == DECIDE
    assert "request.denied" not in await harness.tags()
