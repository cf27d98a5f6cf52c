"""`views.open`, compared with https://docs.slack.dev/reference/methods/views.open."""

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
from tests.fidelity.objects import VIEW, answered
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.app_views import modal, trigger
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "views.open",
    answered({"view": VIEW}),
    frozenset(
        {
            "duplicate_external_id",
            "exchanged_trigger_id",
            "expired_trigger_id",
            "invalid_trigger_id",
            "view_too_large",
        }
    ),
)


def opening(emulator: EmulatorHarness, **more: Any) -> Json:
    return {"trigger_id": trigger(emulator), "view": modal(), **more}


def used(emulator: EmulatorHarness) -> str:
    trigger_id = trigger(emulator)
    emulator.slack.state.triggers.spend(trigger_id)
    return trigger_id


def late(emulator: EmulatorHarness) -> str:
    trigger_id = trigger(emulator)
    emulator.clock.advance(3.001)
    return trigger_id


def named_already(emulator: EmulatorHarness) -> None:
    emulator.slack.state.views.open(emulator.bob.id, modal(external_id="mine"))


LARGE = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}

REFUSALS = [
    Refusal("invalid_arguments", "no trigger is given", lambda _: {"view": modal()}),
    Refusal("invalid_arguments", "no view is given", lambda h: {"trigger_id": trigger(h)}),
    Refusal("invalid_arguments", "the title is too long", lambda h: opening(h, view=modal("x" * 25))),
    Refusal(
        "invalid_arguments", "it is a home tab", lambda h: opening(h, view={"type": "home", "blocks": []})
    ),
    Refusal("invalid_trigger_id", "it is made up", lambda h: opening(h, trigger_id="1.2.3")),
    Refusal("exchanged_trigger_id", "it was used", lambda h: opening(h, trigger_id=used(h))),
    Refusal("expired_trigger_id", "over 3 seconds old", lambda h: opening(h, trigger_id=late(h))),
    Refusal(
        "duplicate_external_id",
        "another open view has it",
        lambda h: opening(h, view=modal(external_id="mine")),
        named_already,
    ),
    Refusal("view_too_large", "over 250 kB", lambda h: opening(h, view=modal("Big", *[LARGE] * 90))),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, opening(emulator))


async def test_the_answer_holds_the_view_with_what_slack_added(emulator: EmulatorHarness) -> None:
    answer = await emulator.raw(METHOD.name, **opening(emulator))
    assert_fits(answer, METHOD.answer)
    view = answer["view"]
    assert (view["root_view_id"], view["previous_view_id"]) == (view["id"], None)
    assert view["state"]["values"] == {
        "reason": {"reason_typed": {"type": "plain_text_input", "value": None}}
    }


async def test_a_bare_view_has_the_defaults_of_its_page(emulator: EmulatorHarness) -> None:
    """https://docs.slack.dev/reference/views/modal-views: both flags are false, nothing is submitted."""
    view = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": []}
    answer = await emulator.raw(METHOD.name, **opening(emulator, view=view))
    assert_fits(answer, METHOD.answer)
    added = answer["view"]
    assert (added["clear_on_close"], added["notify_on_close"]) == (False, False)
    assert (added["submit"], added["close"], added["private_metadata"], added["callback_id"]) == (
        None,
        None,
        "",
        "",
    )


async def test_what_is_wrong_is_listed_once_with_its_place(emulator: EmulatorHarness) -> None:
    answer = await emulator.refused(METHOD.name, **opening(emulator, view=modal("x" * 25)))
    [message] = answer["response_metadata"]["messages"]
    assert message == "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    assert "errors" not in answer


async def test_a_refused_view_leaves_the_trigger_usable(emulator: EmulatorHarness) -> None:
    args = opening(emulator)
    await emulator.refused(METHOD.name, **{**args, "view": modal("x" * 25)})
    assert (await emulator.raw(METHOD.name, **args))["ok"]
