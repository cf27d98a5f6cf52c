"""The simulated company's table: the laws first, then what a request costs, then where Slack is the limit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from benchmarks.machine import Cores
from benchmarks.scale import Scale
from benchmarks.simulated.auditor import Auditor, Findings
from benchmarks.simulated.company import CompanyRun, simulate
from benchmarks.simulated.history import Heard, Step
from benchmarks.simulated.laws import FILES
from benchmarks.table import Goal, Row, milliseconds, share

_TOLD_MOST = 20
_COMMON = 5
_NONE = Goal(0)


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:
    """Simulate, audit, and tell."""
    del cores
    outcome = await simulate(scale.company, folder)
    findings = Auditor(outcome.history).findings()
    for breach in findings.breaches[:_TOLD_MOST]:
        click.echo(f"BROKEN {breach.law}: {breach.team} {breach.about}: {breach.why}", err=True)
    for loss in findings.losses[:_TOLD_MOST]:
        click.echo(
            f"lost in a {loss.fault.what}: {loss.step.act} of {loss.step.request or loss.step.op}", err=True
        )
    return [
        *_laws(findings),
        *_faults(outcome, findings),
        *_people(outcome),
        *_costs(outcome),
        *_slack(outcome),
    ]


def _laws(findings: Findings) -> Iterator[Row]:
    broken = Counter(breach.law for breach in findings.breaches)
    for law in sorted(findings.checked, key=lambda law: int(law.split()[0])):
        measured = f"broken {broken[law]} times of {findings.checked[law]:,}"
        yield Row(f"law {law}", measured, goal=_NONE, number=broken[law])


def _faults(outcome: CompanyRun, findings: Findings) -> Iterator[Row]:
    lost = Counter(loss.fault.what for loss in findings.losses)
    faults = outcome.history.faults
    done = sum(step.heard is Heard.DONE for step in outcome.history.steps)
    for what in dict.fromkeys(fault.what for fault in faults if fault.failover):
        ours = [fault for fault in faults if fault.what == what]
        longest = max(fault.over - fault.at for fault in ours) / 1_000
        measured = f"{lost[what]} acknowledged and lost, of {done:,} in all"
        yield Row(f"{what}, {len(ours)} times", measured, f"well again after {longest:.0f} s at most")
    killed = sum(not fault.failover for fault in faults)
    yield Row("processes killed", str(killed))


def _people(outcome: CompanyRun) -> Iterator[Row]:
    steps = outcome.history.steps
    filed = [step for step in steps if step.act in FILES]
    for what, some in (("requests", filed), ("all commands and presses", steps)):
        heard = Counter(step.heard for step in some)
        told = ", ".join(f"{heard[one]:,} {one}" for one in Heard)
        yield Row(what, f"{len(some):,}: {told}", f"{len(some) / outcome.sizes['seconds']:.1f} a second")
    refused = Counter(_begin(step) for step in filed if step.heard is Heard.REFUSED)
    for words, count in refused.most_common(_COMMON):
        yield Row(f"  refused: {words}", f"{count:,}")
    took = [step.told_at - step.at for step in steps if step.words or step.heard is Heard.DONE]
    parts = ", ".join(f"p{part * 100:g} {milliseconds(share(took, part))}" for part in (0.5, 0.99, 0.999))
    yield Row("an ack", f"{parts}, worst {milliseconds(max(took))}")


def _begin(step: Step) -> str:
    return step.words.partition(".")[0][:80]


def _costs(outcome: CompanyRun) -> Iterator[Row]:
    sizes, made = outcome.sizes, _made(outcome)
    yield Row(
        "processor time of the product a request", milliseconds(sizes["processor seconds"] * 1_000 / made)
    )
    yield Row("bytes in Redis a request", f"{sizes['bytes in Redis'] / made:,.0f}")
    yield Row("memory of a process, the largest", f"{sizes['memory of a process'] / 1e6:.0f} MB")
    history = outcome.history
    events = sum(map(len, history.entries.values()))
    yield Row("events a request", f"{events / made:.1f}")
    lags = [at - int(id_.partition("-")[0]) for told in history.lines.values() for id_, at in told]
    yield Row(
        "from an event to its line in the audit channel", _times(lags), f"{len(lags):,} of {events:,} told"
    )
    created = {
        entry.request: entry.at for told in history.entries.values() for entry in told if entry.request
    }
    first = [at - created[request] for request, at in history.drawn.items() if request in created]
    yield Row(
        "from a request to its first message", _times([max(0, one) for one in first]), f"{len(first):,} drawn"
    )


def _times(lags: Sequence[int]) -> str:
    if not lags:
        return "none"
    parts = {"p50": share(lags, 0.5), "p99": share(lags, 0.99), "worst": max(lags)}
    return ", ".join(f"{part} {number / 1_000:.1f} s" for part, number in parts.items())


def _made(outcome: CompanyRun) -> int:
    return (
        sum(entry.tag == "request.created" for told in outcome.history.entries.values() for entry in told)
        or 1
    )


def _slack(outcome: CompanyRun) -> Iterator[Row]:
    made = _made(outcome)
    total = sum(count for name, count in outcome.calls.items() if name.endswith(" ok"))
    yield Row("calls of Slack a request", f"{total / made:.2f}")
    for method in sorted({name.rpartition(" ")[0] for name in outcome.calls}):
        taken, refused = outcome.calls[f"{method} ok"], outcome.calls[f"{method} 429"]
        yield Row(
            f"  {method}", f"{taken / made:.2f}", f"{refused:,} of {taken + refused:,} answered with 429"
        )
