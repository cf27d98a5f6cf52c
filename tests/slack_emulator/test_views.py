"""`views.*`: trigger ids, hashes, stacks, home tabs."""

from tests.slack_emulator.app_views import modal, plain, trigger
from tests.slack_emulator.harness import EmulatorHarness


async def test_a_trigger_id_works_once(emulator: EmulatorHarness) -> None:
    trigger_id = trigger(emulator)
    assert (await emulator.raw("views.open", trigger_id=trigger_id, view=modal()))["ok"]
    answer = await emulator.refused("views.open", trigger_id=trigger_id, view=modal())
    assert answer["error"] == "exchanged_trigger_id"


async def test_a_trigger_id_dies_after_three_seconds_of_the_playgrounds_clock(
    emulator: EmulatorHarness,
) -> None:
    early, late = trigger(emulator), trigger(emulator)
    emulator.clock.advance(3.0)
    assert (await emulator.raw("views.open", trigger_id=early, view=modal()))["ok"]
    emulator.clock.advance(0.001)
    answer = await emulator.refused("views.open", trigger_id=late, view=modal())
    assert answer["error"] == "expired_trigger_id"


async def test_an_invented_trigger_id_opens_nothing(emulator: EmulatorHarness) -> None:
    assert (await emulator.refused("views.open", trigger_id="1.2.3", view=modal()))[
        "error"
    ] == "invalid_trigger_id"
    assert emulator.alice.modal is None


async def test_a_bad_view_is_refused_and_does_not_spend_the_trigger(emulator: EmulatorHarness) -> None:
    trigger_id = trigger(emulator)
    answer = await emulator.refused("views.open", trigger_id=trigger_id, view=modal("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert "json-pointer:/view/title/text" in answer["response_metadata"]["messages"][0]
    assert (await emulator.raw("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_the_answer_has_the_view_with_id_and_hash(emulator: EmulatorHarness) -> None:
    answer = await emulator.client.views_open(trigger_id=trigger(emulator), view=modal(private_metadata="m"))
    view = answer["view"]
    assert view["root_view_id"] == view["id"]
    assert (view["previous_view_id"], view["private_metadata"]) == (None, "m")
    assert view["state"] == {
        "values": {"reason": {"reason_typed": {"type": "plain_text_input", "value": None}}}
    }
    assert view["hash"]


async def test_an_update_needs_the_right_id_and_hash(emulator: EmulatorHarness) -> None:
    view = (await emulator.client.views_open(trigger_id=trigger(emulator), view=modal(external_id="mine")))[
        "view"
    ]
    wrong = {"view_id": view["id"], "view": modal("New"), "hash": "old"}
    assert (await emulator.refused("views.update", **wrong))["error"] == "hash_conflict"
    assert (await emulator.refused("views.update", view_id="V9", view=modal()))["error"] == "not_found"
    await emulator.client.views_update(
        view_id=view["id"], view=modal("By id", external_id="mine"), hash=view["hash"]
    )
    await emulator.client.views_update(external_id="mine", view=modal("By name"))
    assert emulator.alice.modal is not None
    assert emulator.alice.modal.title == "By name"


async def test_an_external_id_is_taken_while_its_view_is_open(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal(external_id="mine"))
    other = emulator.slack.state.triggers.mint(emulator.bob.id)
    answer = await emulator.refused("views.open", trigger_id=other, view=modal(external_id="mine"))
    assert answer["error"] == "duplicate_external_id"


async def test_at_most_three_modals_lie_on_each_other(emulator: EmulatorHarness) -> None:
    await emulator.client.views_open(trigger_id=trigger(emulator), view=modal("1"))
    for title in ("2", "3"):
        await emulator.client.views_push(trigger_id=trigger(emulator), view=modal(title))
    answer = await emulator.refused("views.push", trigger_id=trigger(emulator), view=modal("4"))
    assert answer["error"] == "push_limit_reached"
    assert emulator.alice.modal is not None
    await emulator.alice.modal.close()
    assert emulator.alice.modal.title == "2"


async def test_a_home_tab_is_published_for_one_person(emulator: EmulatorHarness) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    view = (await emulator.client.views_publish(user_id=emulator.alice.id, view=home))["view"]
    assert emulator.alice.home is not None
    assert emulator.slack.draw(emulator.alice.home) == "== Home ==\nWelcome"
    assert emulator.bob.home is None
    answer = await emulator.refused("views.publish", user_id=emulator.alice.id, view=home, hash="old")
    assert answer["error"] == "hash_conflict"
    await emulator.client.views_publish(user_id=emulator.alice.id, view=home, hash=view["hash"])
