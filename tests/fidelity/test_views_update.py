"""`views.update`, compared with https://docs.slack.dev/reference/methods/views.update."""

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
from tests.slack_emulator.app_views import modal, text_input, trigger
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "views.update",
    answered({"view": VIEW}),
    frozenset({"duplicate_external_id", "hash_conflict", "not_found", "view_too_large"}),
)
LARGE = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}


def changing(emulator: EmulatorHarness, **more: Any) -> Json:
    """Arguments that change Alice's open modal."""
    view = emulator.slack.state.views.top(emulator.alice.id)
    assert view is not None
    return {"view_id": view.id, "view": modal("New"), **more}


def named_already(emulator: EmulatorHarness) -> None:
    emulator.slack.state.views.open(emulator.bob.id, modal(external_id="mine"))


def closed(emulator: EmulatorHarness) -> None:
    emulator.alice.reload()


REFUSALS = [
    Refusal("invalid_arguments", "no view is given", lambda _: {"view_id": "V1"}),
    Refusal("invalid_arguments", "neither id is given", lambda _: {"view": modal()}),
    Refusal("invalid_arguments", "the title is too long", lambda h: changing(h, view=modal("x" * 25))),
    Refusal("not_found", "there is no such view", lambda h: changing(h, view_id="V9NOWHERE")),
    Refusal("not_found", "no view has that name", lambda _: {"external_id": "nobodys", "view": modal()}),
    Refusal("hash_conflict", "it was changed since", lambda h: changing(h, hash="1.old")),
    Refusal(
        "duplicate_external_id",
        "another open view has it",
        lambda h: changing(h, view=modal(external_id="mine")),
        named_already,
    ),
    Refusal("view_too_large", "over 250 kB", lambda h: changing(h, view=modal("Big", *[LARGE] * 90))),
]


@pytest.fixture
async def opened(emulator: EmulatorHarness) -> EmulatorHarness:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("Old"))
    return emulator


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(opened: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(opened, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(opened: EmulatorHarness) -> None:
    good = changing(opened, hash="", external_id="")
    await assert_documented_whatever_is_sent(opened, METHOD, good)


async def test_a_closed_view_is_not_found(opened: EmulatorHarness) -> None:
    args = changing(opened)
    opened.alice.reload()
    assert (await opened.refused(METHOD.name, **args))["error"] == "not_found"


async def test_the_answer_holds_the_view_with_a_new_hash(opened: EmulatorHarness) -> None:
    first = await opened.raw(METHOD.name, **changing(opened))
    assert_fits(first, METHOD.answer)
    second = await opened.raw(METHOD.name, **changing(opened, hash=first["view"]["hash"]))
    assert second["view"]["hash"] != first["view"]["hash"]
    assert second["view"]["id"] == first["view"]["id"]


async def test_what_was_typed_stays_where_the_ids_stay(opened: EmulatorHarness) -> None:
    """https://docs.slack.dev/reference/views/modal-views, "Preserving input entry"."""
    assert opened.alice.modal is not None
    await opened.alice.modal.fill({"reason": "because"})
    same = await opened.raw(METHOD.name, **changing(opened))
    assert same["view"]["state"]["values"]["reason"]["reason_typed"]["value"] == "because"
    other = await opened.raw(METHOD.name, **changing(opened, view=modal("New", text_input("other"))))
    assert other["view"]["state"]["values"]["other"]["other_typed"]["value"] is None
