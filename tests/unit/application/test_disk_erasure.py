"""What a person replaced is erased once, and again where that failed; what an operator did is not."""

import pytest

from envaccess.domain.audit import Actor, ActorKind, Event, person
from envaccess.domain.errors import StoreUnavailableError
from envaccess.projections.disk_erasure import DiskErasure
from tests.unit.application.test_changes import FakeStream

OPERATOR = Actor(ActorKind.CLI, "root")


class Disk:
    """Counts how often it was erased; fails while told to."""

    erased = 0
    fails = False

    async def erase(self) -> None:
        if self.fails:
            raise StoreUnavailableError("x")
        self.erased += 1


def changed(stream: FakeStream, actor: Actor, event: str = "secret.changed") -> None:
    number = len(stream.events) + 1
    stream.events.append(Event(f"{number}-0", event, number, actor))


async def test_what_a_person_replaced_is_erased_once() -> None:
    stream, disk = FakeStream(), Disk()
    erasure = DiskErasure(stream, disk.erase)
    changed(stream, person("U0ALICE"))
    await erasure.step()
    assert disk.erased == 0, "what was before the start is not looked at"
    changed(stream, person("U0ALICE"))
    for _ in range(3):
        await erasure.step()
    assert disk.erased == 1


async def test_what_is_replaced_between_the_start_and_the_first_step_is_erased() -> None:
    stream, disk = FakeStream(), Disk()
    changed(stream, person("U0ALICE"))
    erasure = DiskErasure(stream, disk.erase, await stream.last())
    changed(stream, person("U0ALICE"))
    await erasure.step()
    assert disk.erased == 1


@pytest.mark.parametrize(
    ("actor", "event"), [(OPERATOR, "secret.changed"), (person("U0ALICE"), "secret.created")]
)
async def test_what_an_operator_replaced_or_what_is_new_is_nothing_to_erase(actor: Actor, event: str) -> None:
    stream, disk = FakeStream(), Disk()
    erasure = DiskErasure(stream, disk.erase)
    await erasure.step()
    changed(stream, actor, event)
    await erasure.step()
    assert disk.erased == 0


async def test_what_could_not_be_erased_is_tried_again() -> None:
    stream, disk = FakeStream(), Disk()
    erasure = DiskErasure(stream, disk.erase)
    await erasure.step()
    changed(stream, person("U0ALICE"))
    disk.fails = True
    with pytest.raises(StoreUnavailableError):
        await erasure.step()
    disk.fails = False
    await erasure.step()
    assert disk.erased == 1
