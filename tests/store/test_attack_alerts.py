"""Every single change to the record of an alert, by somebody with Redis' password and no key (law 13)."""

from typing import Any

import pytest

from envaccess.domain.errors import SealRefusedError
from envaccess.domain.signals.alerts import Alert, Disposition, Judgement
from envaccess.store.alerts import RedisAlerts, read_alert
from envaccess.store.seal_keys import RedisSealKeys
from tests.fakes.context import AUDIT
from tests.fakes.sealing import sealing_for
from tests.store.alerting import DANA, EVE, raise_alert
from tests.store.harness import BOB, CAROL, OPERATOR, StoreHarness

LOOK, EXPECTED, NOT_EXPECTED = Disposition.LOOK_INTO_IT, Disposition.EXPECTED, Disposition.NOT_EXPECTED


async def lived(harness: StoreHarness, alert: Alert, *judgements: tuple[str, Disposition, str]) -> list[Any]:
    """The record as it was after each judgement, from when it was raised."""
    alerts, key = RedisAlerts(harness.runner, harness.sealing, AUDIT), harness.runner.key("alert", alert.id)
    client: Any = harness.client
    records = [await client.hgetall(key)]
    for by, disposition, note in judgements:
        shown = await alerts.get(alert.id)
        assert shown
        assert isinstance(await alerts.judge(harness.op(), shown, by, disposition, note, ""), Alert)
        records.append(await client.hgetall(key))
    return records


def known(judgements: tuple[Judgement, ...]) -> list[tuple[str, Disposition]]:
    return [(said.by, said.disposition) for said in judgements]


async def test_no_single_change_judges_an_alert_or_gives_it_to_somebody_else(harness: StoreHarness) -> None:
    """A field deleted, emptied, or given any value that any field ever had, of this alert and of others.

    At most an earlier state comes back, or a note is gone.
    """
    first = await raise_alert(harness)
    mine = await lived(harness, first, (DANA, LOOK, ""), (BOB, NOT_EXPECTED, "a stolen laptop"))
    others = [
        *await lived(harness, await raise_alert(harness, BOB), (CAROL, EXPECTED, "")),
        *await lived(
            harness, await raise_alert(harness, DANA), (EVE, LOOK, ""), (EVE, EXPECTED, "my own release")
        ),
    ]
    words = {value for record in [*mine, *others] for value in record.values()} | {"", "1", EVE, "expected"}
    fields = {name for record in [*mine, *others] for name in record}
    tried = 0
    for record in mine:
        truth = known(read_alert(harness.sealing.seals, first.id, mine[-1]).judgements)
        for name in fields:
            for changed in [
                *({**record, name: word} for word in words),
                {k: v for k, v in record.items() if k != name},
            ]:
                tried += 1
                try:
                    read = read_alert(harness.sealing.seals, first.id, changed, AUDIT)
                except SealRefusedError:
                    continue
                assert (read.about, read.people, read.facts) == (EVE, (EVE,), first.facts)
                assert known(read.judgements) == truth[: len(read.judgements)]
                assert {said.note for said in read.judgements} <= {"", "a stolen laptop"}
    assert tried > 1_000


@pytest.mark.parametrize("swapped", [("judgement", "judged_by", "state"), ("seal", "about", "people")])
async def test_nor_does_a_whole_set_of_fields_of_another_alert(
    harness: StoreHarness, swapped: tuple[str, ...]
) -> None:
    first = await raise_alert(harness)
    (mine,) = await lived(harness, first)
    theirs = (await lived(harness, await raise_alert(harness, BOB), (CAROL, EXPECTED, "")))[-1]
    with pytest.raises(SealRefusedError):
        read_alert(harness.sealing.seals, first.id, {**mine, **{name: theirs[name] for name in swapped}})


async def test_after_a_leaked_key_no_alert_of_before_is_relied_on_or_told_of_each_hour(
    harness: StoreHarness,
) -> None:
    await raise_alert(harness)
    await harness.outbox.resign()
    assert await RedisSealKeys(harness.runner).drop(harness.op(), OPERATOR)
    alerts = RedisAlerts(harness.runner, sealing_for("T0OTHER"), AUDIT)
    assert not await alerts.open(10)
    assert not (await alerts.due(10))[0]
    assert not [event for event in await harness.events() if event.event.startswith("seal.b")]
