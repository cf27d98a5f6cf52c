"""Each variable is read where the file says, and nowhere else."""

import asyncio

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.sources import opening
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.limits import FAULTS, SourceLimits
from envaccess.sources.router import SourceRouter
from envaccess.sources.sealed import SealedSource
from tests.fakes.sources import SourceStandIn, Ticks, surroundings

A = Variable("production", "A")
SPEC = SourceSpec("kv", SourceKind.VAULT)
FILE = SourcesFile(
    {"kv": SPEC}, [NameRule(("production/*",), "kv", options={"path": "kv/{environment}/{name}"})]
)


class _Sealed(SealedSource):
    def __init__(self) -> None:
        """It needs no store."""

    async def read(self, variable: Variable) -> Value:
        return Value(f"sealed {variable.name}", "1")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> SourceStandIn:
    found = SourceStandIn(SPEC, {"kv/production/A": "value-for-tests"})
    monkeypatch.setattr(opening, "OPENINGS", {SourceKind.VAULT: lambda _spec, _surroundings: found})
    return found


def router(clock: Ticks | None = None) -> SourceRouter:
    return SourceRouter(_Sealed(), surroundings(clock), FILE)


async def test_a_value_is_read_where_its_rule_says(stand_in: SourceStandIn) -> None:
    read = router().read
    assert (await read(A)).text == "value-for-tests"
    assert (await read(Variable("default", "A"))).text == "sealed A"
    assert len(stand_in.asked) == 1


async def test_a_source_that_fails_falls_through_to_no_other(stand_in: SourceStandIn) -> None:
    stand_in.faults = [SourceFaultError(SourceFault.DOWN, "kv")]
    with pytest.raises(SourceFaultError, match="kv"):
        await router().read(A)


async def test_only_a_call_without_a_connection_is_tried_again(stand_in: SourceStandIn) -> None:
    stand_in.faults = [NotConnectedError("kv")]
    assert (await router().read(A)).text == "value-for-tests"
    stand_in.asked.clear()
    stand_in.faults = [SourceFaultError(SourceFault.SLOW, "kv")]
    with pytest.raises(SourceFaultError):
        await router().read(A)
    assert len(stand_in.asked) == 1


async def test_a_source_that_fails_again_and_again_is_left_alone_for_a_while(stand_in: SourceStandIn) -> None:
    clock = Ticks()
    values = router(clock)
    stand_in.faults = [SourceFaultError(SourceFault.DOWN, "kv") for _ in range(FAULTS)]
    for _ in range(FAULTS + 3):
        with pytest.raises(SourceFaultError):
            await values.read(A)
    assert len(stand_in.asked) == FAULTS
    clock.now = 2.0
    assert (await values.read(A)).text == "value-for-tests"


async def test_one_that_hangs_is_given_up_and_takes_no_turn_of_another() -> None:
    limits = SourceLimits("kv", Ticks(), seconds=0.01, at_once=1)
    never = asyncio.get_running_loop().create_future
    with pytest.raises(SourceFaultError, match="did not answer") as raised:
        await limits.call(never)
    assert raised.value.fault is SourceFault.SLOW
