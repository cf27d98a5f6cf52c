"""Each variable is read where the file says, and nowhere else."""

import asyncio
import traceback
from dataclasses import replace

import pytest

from envaccess.domain.errors import EnvaccessError
from envaccess.domain.rotation import PublishConflictError
from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import NameRule, SourcesFile
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.sources.value import Value
from envaccess.domain.variable import Variable
from envaccess.sources import opening
from envaccess.sources.adapter import NotConnectedError
from envaccess.sources.limits import FAULTS, Breaker, SourceLimits
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


@pytest.mark.parametrize("text", ["", "a\0b", "x" * 200_000, "\ud800"])
async def test_what_could_never_be_stored_here_is_no_value_from_elsewhere_either(
    stand_in: SourceStandIn, text: str
) -> None:
    """A program would be started with a cut or an empty value, or not at all."""
    stand_in.values["kv/production/A"] = text
    with pytest.raises(SourceFaultError, match="What the source kv has of production/A") as raised:
        await router().read(A)
    assert raised.value.fault is SourceFault.MALFORMED


@pytest.mark.parametrize(
    "error",
    [
        KeyError("value-for-tests"),
        ValueError("value-for-tests"),
        UnicodeDecodeError("utf-8", b"value-for-tests", 0, 1, "value-for-tests"),
        TypeError("value-for-tests"),
    ],
)
async def test_an_answer_that_an_adapter_did_not_foresee_tells_nothing_of_itself(
    stand_in: SourceStandIn, error: Exception
) -> None:
    stand_in.faults = [error]
    with pytest.raises(SourceFaultError) as raised:
        await router().read(A)
    assert raised.value.fault is SourceFault.MALFORMED
    assert "value-for-tests" not in "".join(traceback.format_exception(raised.value))


async def test_a_source_that_is_declared_as_before_stays_open_and_another_is_closed(
    stand_in: SourceStandIn,
) -> None:
    values = router()
    limits = values.limits("kv")
    await values.change(SourcesFile({"kv": SPEC}, [NameRule(("other/*",), "kv", options={"path": "x"})]))
    assert (values.limits("kv"), stand_in.closed) == (limits, False)
    await values.change(SourcesFile({}))
    assert stand_in.closed
    assert (await values.read(A)).text == "sealed A"


async def test_the_rest_of_a_source_that_does_not_recover_grows_and_only_one_call_tries_it() -> None:
    clock = Ticks()
    breaker = Breaker(clock)
    rests = []
    for _ in range(FAULTS):
        assert not breaker.is_open()
        breaker.note(well=False)
    for _ in range(7):
        began = clock.now
        while breaker.is_open():
            clock.now += 0.5
        assert breaker.is_open(), "one tries it for all"
        rests.append(clock.now - began)
        breaker.note(well=False)
    assert rests == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    clock.now += 30
    assert not breaker.is_open()
    breaker.note(well=True)
    assert not breaker.is_open()
    assert not breaker.is_open()


async def test_one_that_hangs_is_given_up_and_takes_no_turn_of_another() -> None:
    limits = SourceLimits("kv", Ticks(), seconds=0.01, at_once=1)
    never = asyncio.get_running_loop().create_future
    with pytest.raises(SourceFaultError, match="did not answer") as raised:
        await limits.call(never)
    assert raised.value.fault is SourceFault.SLOW


async def test_every_call_is_told_by_source_and_fault_and_nothing_of_what_was_asked(
    stand_in: SourceStandIn,
) -> None:
    told: list[tuple[str, str]] = []
    around = replace(surroundings(), called=lambda source, fault: told.append((source, fault)))
    values = SourceRouter(_Sealed(), around, FILE)
    await values.read(A)
    await values.read(Variable("default", "A"))
    denied, conflict = SourceFaultError(SourceFault.DENIED, "kv"), PublishConflictError("value-for-tests")
    away = [NotConnectedError("kv"), NotConnectedError("kv")]
    stand_in.faults = [denied, KeyError("value-for-tests"), conflict, *away]
    for _ in range(4):
        with pytest.raises(EnvaccessError):
            await values.read(A)
    stand_in.values["kv/production/A"] = ""
    with pytest.raises(SourceFaultError):
        await values.read(A)
    faults = ("none", "denied", "malformed", "other", "down", "malformed")
    assert told == [("kv", fault) for fault in faults]
