"""`views.publish`, compared with https://docs.slack.dev/reference/methods/views.publish."""

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
from tests.slack_emulator.app_views import modal
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented(
    "views.publish",
    answered({"view": VIEW}),
    frozenset(
        {
            "duplicate_external_id",
            "hash_conflict",
            "missing_profile_id",
            "not_enabled",
            "not_implemented",
            "view_too_large",
        }
    ),
)
LARGE = {"type": "section", "text": {"type": "plain_text", "text": "x" * 3000}}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


def publishing(emulator: EmulatorHarness, **more: Any) -> Json:
    return {"user_id": emulator.alice.id, "view": home({"type": "divider"}), **more}


def published(emulator: EmulatorHarness) -> None:
    emulator.slack.state.views.publish(emulator.alice.id, home(), None)


def named_already(emulator: EmulatorHarness) -> None:
    published(emulator)
    emulator.slack.state.views.open(emulator.bob.id, modal(external_id="mine"))


def switched_off(emulator: EmulatorHarness) -> None:
    emulator.slack.state.home_tab = False


REFUSALS = [
    Refusal("invalid_arguments", "nobody is named", lambda _: {"view": home()}),
    Refusal("invalid_arguments", "there is nobody of that id", lambda h: publishing(h, user_id="U9NOBODY")),
    Refusal("invalid_arguments", "it is a modal", lambda h: publishing(h, view=modal())),
    Refusal("hash_conflict", "it was changed since", lambda h: publishing(h, hash="1.old"), published),
    Refusal("not_enabled", "the Home tab is off in the app's settings", publishing, switched_off),
    Refusal(
        "duplicate_external_id",
        "another view has it",
        lambda h: publishing(h, view=home(external_id="mine")),
        named_already,
    ),
    Refusal("view_too_large", "over 250 kB", lambda h: publishing(h, view=home(*[LARGE] * 90))),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    await assert_documented_whatever_is_sent(emulator, METHOD, publishing(emulator, hash=""))


async def test_an_unknown_person_is_named_as_in_the_pages_example(emulator: EmulatorHarness) -> None:
    answer = await emulator.refused(METHOD.name, **publishing(emulator, user_id="U9NOBODY"))
    assert answer["response_metadata"] == {"messages": ["[ERROR] invalid `user_id`"]}


async def test_the_answer_holds_the_home_tab(emulator: EmulatorHarness) -> None:
    answer = await emulator.raw(METHOD.name, **publishing(emulator))
    assert_fits(answer, METHOD.answer)
    view = answer["view"]
    assert (view["type"], view["close"], view["submit"]) == ("home", None, None)
    assert (view["root_view_id"], view["previous_view_id"]) == (view["id"], None)


async def test_the_hash_guards_the_next_one(emulator: EmulatorHarness) -> None:
    first = await emulator.raw(METHOD.name, **publishing(emulator))
    second = await emulator.raw(METHOD.name, **publishing(emulator, hash=first["view"]["hash"]))
    assert second["view"]["id"] == first["view"]["id"]
    stale = await emulator.refused(METHOD.name, **publishing(emulator, hash=first["view"]["hash"]))
    assert stale["error"] == "hash_conflict"
