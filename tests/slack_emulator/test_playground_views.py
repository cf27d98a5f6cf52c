"""`views.*`: trigger ids, hashes, stacks, home tabs."""

from tests.slack_emulator.desk import modal, plain, trigger
from tests.slack_emulator.house import House


async def test_a_trigger_id_works_once(house: House) -> None:
    trigger_id = trigger(house)
    assert (await house.raw("views.open", trigger_id=trigger_id, view=modal()))["ok"]
    answer = await house.refused("views.open", trigger_id=trigger_id, view=modal())
    assert answer["error"] == "exchanged_trigger_id"


async def test_a_trigger_id_dies_after_three_seconds_of_the_playgrounds_clock(house: House) -> None:
    early, late = trigger(house), trigger(house)
    house.clock.advance(3.0)
    assert (await house.raw("views.open", trigger_id=early, view=modal()))["ok"]
    house.clock.advance(0.001)
    answer = await house.refused("views.open", trigger_id=late, view=modal())
    assert answer["error"] == "expired_trigger_id"


async def test_an_invented_trigger_id_opens_nothing(house: House) -> None:
    assert (await house.refused("views.open", trigger_id="1.2.3", view=modal()))[
        "error"
    ] == "invalid_trigger_id"
    assert house.alice.modal is None


async def test_a_bad_view_is_refused_and_does_not_spend_the_trigger(house: House) -> None:
    trigger_id = trigger(house)
    answer = await house.refused("views.open", trigger_id=trigger_id, view=modal("x" * 25))
    assert answer["error"] == "invalid_arguments"
    assert "json-pointer:/view/title/text" in answer["response_metadata"]["messages"][0]
    assert (await house.raw("views.open", trigger_id=trigger_id, view=modal()))["ok"]


async def test_the_answer_has_the_view_with_id_and_hash(house: House) -> None:
    answer = await house.client.views_open(trigger_id=trigger(house), view=modal(private_metadata="m"))
    view = answer["view"]
    assert view["root_view_id"] == view["id"]
    assert (view["previous_view_id"], view["private_metadata"]) == (None, "m")
    assert view["state"] == {
        "values": {"reason": {"reason_typed": {"type": "plain_text_input", "value": None}}}
    }
    assert view["hash"]


async def test_an_update_needs_the_right_id_and_hash(house: House) -> None:
    view = (await house.client.views_open(trigger_id=trigger(house), view=modal(external_id="mine")))["view"]
    wrong = {"view_id": view["id"], "view": modal("New"), "hash": "old"}
    assert (await house.refused("views.update", **wrong))["error"] == "hash_conflict"
    assert (await house.refused("views.update", view_id="V9", view=modal()))["error"] == "not_found"
    await house.client.views_update(
        view_id=view["id"], view=modal("By id", external_id="mine"), hash=view["hash"]
    )
    await house.client.views_update(external_id="mine", view=modal("By name"))
    assert house.alice.modal is not None
    assert house.alice.modal.title == "By name"


async def test_an_external_id_is_taken_while_its_view_is_open(house: House) -> None:
    await house.client.views_open(trigger_id=trigger(house), view=modal(external_id="mine"))
    other = house.slack.stage.triggers.mint(house.bob.id)
    answer = await house.refused("views.open", trigger_id=other, view=modal(external_id="mine"))
    assert answer["error"] == "duplicate_external_id"


async def test_at_most_three_modals_lie_on_each_other(house: House) -> None:
    await house.client.views_open(trigger_id=trigger(house), view=modal("1"))
    for title in ("2", "3"):
        await house.client.views_push(trigger_id=trigger(house), view=modal(title))
    answer = await house.refused("views.push", trigger_id=trigger(house), view=modal("4"))
    assert answer["error"] == "push_limit_reached"
    assert house.alice.modal is not None
    await house.alice.modal.close()
    assert house.alice.modal.title == "2"


async def test_a_home_tab_is_published_for_one_person(house: House) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    view = (await house.client.views_publish(user_id=house.alice.id, view=home))["view"]
    assert house.alice.home is not None
    assert house.slack.draw(house.alice.home) == "== Home ==\nWelcome"
    assert house.bob.home is None
    answer = await house.refused("views.publish", user_id=house.alice.id, view=home, hash="old")
    assert answer["error"] == "hash_conflict"
    await house.client.views_publish(user_id=house.alice.id, view=home, hash=view["hash"])
