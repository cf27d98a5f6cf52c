"""Modals on a screen: typing, submitting, searching, closing."""

from typing import Any

import pytest

from slack_emulator import ImpossibleError, Json
from tests.slack_emulator.app_views import SEARCH, Desk, modal, opened, option, plain, text_input, trigger
from tests.slack_emulator.harness import EmulatorHarness


async def test_a_submission_carries_what_was_typed_and_closes(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator, modal("Ask", text_input("reason"), private_metadata="meta"))
    assert emulator.alice.modal is not None
    assert emulator.bob.modal is None
    submission = await emulator.alice.modal.submit({"reason": "a failed refund"})
    assert (submission.errors, submission.next, submission.error) == ({}, None, None)
    [body] = desk.heard
    typed = {"type": "plain_text_input", "value": "a failed refund"}
    assert body["view"]["state"]["values"] == {"reason": {"reason_typed": typed}}
    assert body["view"]["private_metadata"] == "meta"
    assert (body["type"], body["user"]["id"], body["response_urls"]) == (
        "view_submission",
        emulator.alice.id,
        [],
    )
    assert emulator.alice.modal is None


async def test_errors_keep_the_modal_open_and_what_was_typed_in_it(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    desk.answer = {"response_action": "errors", "errors": {"reason": "too short"}}
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert submission.errors == {"reason": "too short"}
    assert submission.next is not None
    assert submission.next.view is emulator.alice.modal.view
    desk.answer = {}
    assert (await emulator.alice.modal.submit()).errors == {}
    assert desk.heard[-1]["view"]["state"]["values"]["reason"]["reason_typed"]["value"] == "x"


async def test_errors_about_blocks_that_are_no_inputs_are_refused(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    desk.answer = {"response_action": "errors", "errors": {"elsewhere": "wrong"}}
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert submission.error is not None
    assert submission.error.startswith("invalid_errors")
    assert emulator.alice.modal is not None


@pytest.mark.parametrize(
    ("answer", "title"),
    [
        ({"response_action": "update", "view": modal("Second")}, "Second"),
        ({"response_action": "push", "view": modal("Over it")}, "Over it"),
        ({"response_action": "clear"}, None),
    ],
)
async def test_a_submission_may_lead_to_another_view(
    emulator: EmulatorHarness, answer: Json, title: str | None
) -> None:
    desk = await opened(emulator)
    desk.answer = answer
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert (submission.next.title if submission.next else None) == title


async def test_a_bad_view_in_an_answer_is_shown_as_an_error(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    desk.answer = {"response_action": "update", "view": modal("x" * 25)}
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert submission.error is not None
    assert submission.error.startswith("invalid_arguments")


async def test_a_person_cannot_submit_what_slacks_client_stops(emulator: EmulatorHarness) -> None:
    optional = text_input("note", optional=True)
    short = text_input("short", element={"max_length": 3})
    desk = await opened(emulator, modal("Ask", text_input("reason"), optional, short))
    assert emulator.alice.modal is not None
    with pytest.raises(ImpossibleError, match="'Reason' is required"):
        await emulator.alice.modal.submit()
    with pytest.raises(ImpossibleError, match="0 to 3 characters"):
        await emulator.alice.modal.submit({"short": "long"})
    with pytest.raises(ImpossibleError, match="0 controls"):
        await emulator.alice.modal.submit({"nowhere": "x"})
    assert desk.heard == []
    await emulator.alice.modal.submit({"reason": "x", "short": "x"})
    assert len(desk.heard) == 1


async def test_a_forged_submission_goes_through_all_the_same(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    assert emulator.alice.modal is not None
    await emulator.alice.modal.submit(
        forged=True, change=lambda payload: payload | {"team": {"id": "T0OTHER"}}
    )
    assert desk.heard[0]["team"]["id"] == "T0OTHER"


async def test_a_select_suggests_what_the_bot_answers(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator, modal("Ask", SEARCH))
    desk.options = [option("STRIPE_KEY"), option("DB_URL")]
    assert emulator.alice.modal is not None
    assert await emulator.alice.modal.suggest("search", "STR") == [option("STRIPE_KEY"), option("DB_URL")]
    [asked] = desk.heard
    assert (asked["type"], asked["value"]) == ("block_suggestion", "STR")
    assert (asked["action_id"], asked["block_id"]) == ("search", "variable")
    assert asked["container"] == {"type": "view", "view_id": asked["view"]["id"]}
    await emulator.alice.modal.submit({"search": "DB_URL"})
    chosen = desk.heard[-1]["view"]["state"]["values"]["variable"]["search"]
    assert chosen == {"type": "external_select", "selected_option": option("DB_URL")}


async def test_a_select_asks_nothing_below_its_least_length(emulator: EmulatorHarness) -> None:
    search = SEARCH | {"element": {"type": "external_select", "action_id": "search"}}
    desk = await opened(emulator, modal("Ask", search))
    assert emulator.alice.modal is not None
    assert await emulator.alice.modal.suggest("search", "ST") == []
    assert desk.heard == []


async def test_bad_options_are_refused(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator, modal("Ask", SEARCH))
    desk.options = [option("x" * 76)]
    assert emulator.alice.modal is not None
    with pytest.raises(ImpossibleError, match="less than 76"):
        await emulator.alice.modal.suggest("search", "x")


async def test_closing_is_told_only_if_the_view_asks(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator, modal(notify_on_close=True))
    assert emulator.alice.modal is not None
    await emulator.alice.modal.close()
    [body] = desk.heard
    assert (body["type"], body["is_cleared"]) == ("view_closed", False)
    assert emulator.alice.modal is None


async def test_closing_is_silent_otherwise(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    assert emulator.alice.modal is not None
    assert await emulator.alice.modal.close() is None
    assert desk.heard == []


async def test_a_button_in_a_modal_sends_the_view_not_a_message(emulator: EmulatorHarness) -> None:
    button = {"type": "button", "action_id": "press", "text": plain("Press me"), "value": "v"}
    desk = await opened(emulator, modal("Ask", {"type": "actions", "elements": [button]}))
    assert emulator.alice.modal is not None
    assert (await emulator.alice.modal.press("Press me")).acked
    [body] = desk.heard
    assert body["view"]["callback_id"] == "ask"
    assert "message" not in body
    assert "response_url" not in body
    assert body["actions"][0]["value"] == "v"


async def test_a_modal_is_drawn_with_its_inputs_and_buttons(emulator: EmulatorHarness) -> None:
    chosen = {
        "type": "static_select",
        "action_id": "how_long",
        "options": [option("1h")],
        "initial_option": option("1h"),
    }
    duration = {"type": "input", "label": plain("Duration"), "element": chosen, "hint": plain("At most 8h")}
    reason = text_input("reason", optional=True, element={"placeholder": plain("why")})
    await opened(emulator, modal("Ask", duration, reason, close=plain("Never mind")))
    assert emulator.alice.modal is not None
    assert emulator.slack.draw(emulator.alice.modal).splitlines() == [
        "== Ask ==",
        "Duration: [1h]",
        "  At most 8h",
        "Reason (optional): [why _]",
        "[ Never mind ]  [ Send ]",
    ]


async def test_several_options_can_be_searched_and_chosen(emulator: EmulatorHarness) -> None:
    many = {"type": "multi_external_select", "action_id": "search", "min_query_length": 0}
    desk = await opened(emulator, modal("Ask", SEARCH | {"element": many}))
    desk.options = [option("A"), option("B")]
    assert emulator.alice.modal is not None
    with pytest.raises(ImpossibleError, match="'C' is not offered"):
        await emulator.alice.modal.submit({"search": "C"})
    await emulator.alice.modal.submit({"search": ["A", option("B")]})
    chosen = desk.heard[-1]["view"]["state"]["values"]["variable"]["search"]["selected_options"]
    assert chosen == [option("A"), option("B")]


async def test_every_kind_of_input_holds_its_own_field(emulator: EmulatorHarness) -> None:
    kinds: dict[str, tuple[dict[str, Any], object, str]] = {
        "users": ({"type": "users_select"}, "U1", "selected_user"),
        "places": ({"type": "multi_conversations_select"}, ["C1"], "selected_conversations"),
        "day": ({"type": "datepicker"}, "2026-01-01", "selected_date"),
        "hour": ({"type": "timepicker"}, "12:00", "selected_time"),
        "when": ({"type": "datetimepicker"}, 1_700_000_000, "selected_date_time"),
        "mail": ({"type": "email_text_input"}, "a@example.com", "value"),
        "count": ({"type": "number_input", "is_decimal_allowed": False}, 3, "value"),
        "boxes": ({"type": "checkboxes", "options": [option("A")]}, ["A"], "selected_options"),
        "radio": ({"type": "radio_buttons", "options": [option("A")]}, "A", "selected_option"),
    }
    blocks = [
        {"type": "input", "label": plain(name), "block_id": name, "element": {"action_id": name, **element}}
        for name, (element, _, _) in kinds.items()
    ]
    desk = await opened(emulator, modal("Ask", *blocks))
    assert emulator.alice.modal is not None
    await emulator.alice.modal.submit({name: value for name, (_, value, _) in kinds.items()})
    values = desk.heard[-1]["view"]["state"]["values"]
    held = {name: values[name][name][field] for name, (_, _, field) in kinds.items()}
    expected = {name: value for name, (_, value, _) in kinds.items()}
    chosen = option("A") | {"text": plain("A") | {"emoji": True}}
    assert held == expected | {"count": "3", "boxes": [chosen], "radio": chosen}


async def test_closing_a_clearing_view_closes_the_whole_stack(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("1"))
    await emulator.client.views_push(trigger_id=trigger(emulator), view=modal("2", clear_on_close=True))
    assert emulator.alice.modal is not None
    await emulator.alice.modal.close()
    assert emulator.alice.modal is None


async def test_a_closed_modal_cannot_be_submitted_or_updated(emulator: EmulatorHarness) -> None:
    desk = await opened(emulator)
    old = emulator.alice.modal
    assert old is not None
    emulator.alice.reload()
    assert not old.is_open
    with pytest.raises(ImpossibleError, match="cannot be submitted"):
        await old.submit({"reason": "x"})
    assert (await emulator.refused("views.update", view_id=old.view.id, view=modal()))["error"] == "not_found"
    assert desk.heard == []


async def test_an_unknown_response_action_is_an_error(emulator: EmulatorHarness) -> None:
    async def odd(ack: Any) -> None:
        await ack({"response_action": "explode"})

    desk = Desk(emulator, modal(callback_id="odd"))
    app = emulator.app()
    app.command("/ask")(desk.ask)
    app.view("odd")(odd)
    await emulator.connect(app)
    await emulator.alice.command("/ask")
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert submission.error == "unknown response_action 'explode'"


async def test_a_submission_nobody_hears_leaves_the_modal_open(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal())
    assert emulator.alice.modal is not None
    submission = await emulator.alice.modal.submit({"reason": "x"})
    assert submission.error == "dispatch_failed"
    assert submission.next is not None


async def test_an_untouched_select_that_nobody_answers_is_an_error(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Ask", SEARCH))
    assert emulator.alice.modal is not None
    with pytest.raises(ImpossibleError, match="dispatch_failed"):
        await emulator.alice.modal.suggest("search", "x")


async def test_a_choice_in_a_modals_actions_stays_in_its_state(emulator: EmulatorHarness) -> None:
    pick = {"type": "static_select", "action_id": "press", "options": [option("A"), option("B")]}
    row = {"type": "actions", "block_id": "row", "elements": [pick]}
    desk = await opened(emulator, modal("Ask", row))
    assert emulator.alice.modal is not None
    await emulator.alice.modal.press("press", choose="B")
    await emulator.alice.modal.submit()
    assert desk.heard[-1]["view"]["state"]["values"]["row"]["press"]["selected_option"]["value"] == "B"
