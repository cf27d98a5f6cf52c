"""`users.lookupByEmail`, compared with https://docs.slack.dev/reference/methods/users.lookupByEmail."""

import pytest

from tests.fidelity.methods import (
    Documented,
    Refusal,
    assert_complete,
    assert_documented_whatever_is_sent,
    assert_refused,
)
from tests.fidelity.objects import USER_OBJECT, answered
from tests.fidelity.shapes import assert_fits
from tests.fidelity.silent import SILENT
from tests.slack_emulator.harness import EmulatorHarness

METHOD = Documented("users.lookupByEmail", answered({"user": USER_OBJECT}), frozenset({"users_not_found"}))


def allowed(emulator: EmulatorHarness) -> None:
    emulator.slack.state.scopes.append("users:read.email")


REFUSALS = [
    Refusal("invalid_arguments", "no address is given", lambda _: {}, allowed),
    Refusal("users_not_found", "nobody has it", lambda _: {"email": "nobody@example.com"}, allowed),
]


@pytest.mark.parametrize("case", REFUSALS, ids=str)
async def test_it_refuses_as_documented(emulator: EmulatorHarness, case: Refusal) -> None:
    await assert_refused(emulator, METHOD, case)


def test_every_documented_refusal_is_made_or_listed() -> None:
    assert_complete(METHOD, REFUSALS, SILENT[METHOD.name])


async def test_junk_is_refused_with_documented_errors(emulator: EmulatorHarness) -> None:
    allowed(emulator)
    await assert_documented_whatever_is_sent(emulator, METHOD, {"email": "a@example.com"})


async def test_somebody_is_found_by_their_address_in_any_case_until_they_are_deactivated(
    emulator: EmulatorHarness,
) -> None:
    allowed(emulator)
    emulator.slack.change(emulator.alice, email="alice@example.com")
    answer = await emulator.raw(METHOD.name, email="Alice@Example.com")
    assert_fits(answer, METHOD.answer)
    assert answer["user"]["id"] == emulator.alice.id
    emulator.slack.change(emulator.alice, deleted=True)
    assert (await emulator.refused(METHOD.name, email="alice@example.com"))["error"] == "users_not_found"
