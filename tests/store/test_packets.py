"""What a filing asks of Redis before its ack. Each packet costs about as much as all that is done with it."""

from typing import Any

import pytest

from envaccess.application.requests.filing import open_request
from envaccess.domain.call import by_person
from envaccess.domain.command import Ask, parse_command
from envaccess.domain.outcome import Filed
from envaccess.store import auto_pipeline
from tests.fakes.context import FakeDirectory
from tests.store.harness import ALICE, BOB, CAROL, StoreHarness
from tests.store.verbs import context_on

pytestmark = pytest.mark.real


@pytest.fixture
def packets(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of every packet that was sent, by their names."""
    sent: list[list[str]] = []
    talk = auto_pipeline._talk

    async def note(connection: Any, commands: Any) -> Any:
        sent.append([str(command[0]) for command in commands])
        return await talk(connection, commands)

    monkeypatch.setattr(auto_pipeline, "_talk", note)
    return sent


async def test_a_filing_counts_reads_locks_catalogue_and_what_is_usual_at_once_and_files(
    real: StoreHarness, packets: list[list[str]], taken: list[object]
) -> None:
    """Three packets, however many variables: a fourth would be paid by everybody who waits for an ack."""
    await real.add("A", "B")
    directory = FakeDirectory()
    directory.join(ALICE, BOB, CAROL)
    directory.approvers = frozenset({BOB, CAROL})
    context = context_on(real, directory)
    sent: list[list[list[str]]] = []
    for names in ("A", "B", "A,B"):
        packets.clear()
        taken.clear()
        assert await context.throttle.allow(f"op-{names}", ALICE)
        ask = parse_command(f"{names} 1h debugging a failed refund")
        assert isinstance(ask, Ask)
        assert isinstance(await open_request(context, by_person(f"op-{names}", ALICE), ask), Filed)
        sent.append(list(packets))
    # The first tells the server the scripts.
    reads = [[*["HGETALL"] * records, "HMGET"] for records in (2, 3)]
    assert sent[1:] == [[["EVALSHA"], read, ["EVALSHA"]] for read in reads]
    assert taken == []
