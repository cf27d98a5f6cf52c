"""What others' rotations were reported to do wrong, tried on ours."""

from collections.abc import Callable

from envaccess.domain.errors import StoreUnavailableError
from envaccess.domain.rotation import RotationError
from envaccess.domain.seals.rotations import RotationStage
from tests.fakes.rotations import FIRST, World


async def test_password_that_the_issuer_does_not_take_is_not_tried_again_for_ever() -> None:
    """hashicorp/vault#28989: the same refused password was tried at each repetition."""
    world = World()
    tried: list[str] = []

    def policy(place: str) -> None:
        if place == "before prepare" and len(tried) == 0:
            tried.append(next(iter(world.rotations.texts.values()))["fresh"])
            raise RotationError("The password does not satisfy the policy.")

    world.reach(policy)
    await world.due()
    await world.run(1)
    first = tried[0]
    await world.run(120)
    assert world.issuer.works(world.value)
    assert first not in world.value


def away_at(stage: RotationStage) -> Callable[[str], None]:
    def reach(place: str) -> None:
        if place == f"before storing {stage}":
            raise StoreUnavailableError("away")

    return reach


async def test_store_that_is_away_after_the_password_was_set_loses_no_password() -> None:
    """hashicorp/vault#6042, #8782: the database had the new password, and nobody had it stored."""
    for stage in (RotationStage.PREPARED, RotationStage.PUBLISHED, RotationStage.DONE):
        world = World()
        await world.due()
        world.reach(away_at(stage))
        for _ in range(20):
            try:
                await world.run(1)
            except StoreUnavailableError:
                assert world.issuer.works(world.value)
        world.reach(lambda _: None)
        await world.run(60)
        assert world.issuer.works(world.value)
        assert not world.issuer.works(FIRST)


async def test_secret_that_could_not_be_ended_is_not_forgotten_when_the_rotation_moves_on() -> None:
    """Infisical#7483 (review): the state had advanced, and the old key lived on for ever."""
    world = World()
    failing = True

    def reach(place: str) -> None:
        if place == "before kill" and failing:
            raise RotationError("The issuer answered 500.")

    world.reach(reach)
    await world.due()
    await world.run(600, most=500)
    await world.due()  # another reason, for the new value, while the old one is not ended
    await world.run(600, most=500)
    failing = False
    await world.run(3_600, most=500)
    assert not world.issuer.works(FIRST)
    assert [role for role, password in world.issuer.passwords.items() if password] == [
        world.value.partition(":")[0]
    ]


async def test_what_cannot_be_published_leaves_the_old_secret_in_use_and_is_told() -> None:
    """Infisical#5461: the password was changed before it was found out that it could not be stored."""
    world = World()
    world.place.refuses = True
    await world.due()
    await world.run(1_000, most=500)
    assert world.value == FIRST
    assert world.issuer.works(FIRST)
    (rotation,) = await world.rotations.open()
    assert rotation.state.for_owners


async def test_failures_that_left_records_behind_bring_no_rotation_before_its_time() -> None:
    """vault-plugin-secrets-openldap#28: stale records of failed tries made passwords change early."""
    world = World()
    world.slots.full = True
    for _ in range(3):
        await world.due()
    await world.run(10)
    world.slots.full = False
    await world.run(4 * 3_600, most=500)
    value = world.value
    await world.run(30 * 24 * 3_600)
    assert world.value == value
