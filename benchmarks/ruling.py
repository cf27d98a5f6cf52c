"""How long a policy of 2,000 rules takes to load, and to rule on a name; beside one of ten rules."""

import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.machine import Cores, on_core
from benchmarks.scale import Scale
from benchmarks.table import Goal, Row, middle, milliseconds
from envaccess.domain.duration import Duration
from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.ruling import Asking, Ruling, rule_request
from envaccess.domain.variable import Variable
from envaccess.policy_file.reading import read_policy

RULES, FEW = 2_000, 10
_NAMES = 500
_HEAD = """version: 1
groups: {leads: [U0CARLA, U0DANA], team: [S0TEAM]}
defaults: {approvers: [leads], max: 8h, reason: {least: 10, pattern: '[A-Z]+-[0-9]+', hint: a ticket}}
rules:
"""
_GLOBS = ("production/SERVICE_{}_*", "production/KEY_{}", "*/TEAM_{}_*", "eu-*/*_SECRET_{}")
"""Looked up whole, by what they begin with, by what their name begins with, by what it ends with."""
_AT = 1_767_607_200_000


async def run(scale: Scale, cores: Cores, folder: Path) -> list[Row]:  # noqa: ARG001 - as every benchmark
    """Both policies by turns."""
    with on_core(cores.subject):
        big, few = _policy_text(RULES), _policy_text(FEW)
        policy, small = _load(big), _load(few)
        loads = [_spent(lambda: _load(big)) for _ in range(scale.rounds)]
        rounds = [(_rule_all(policy), _rule_all(small)) for _ in range(scale.rounds)]
    ours, limit = (middle(times) for times in zip(*rounds, strict=True))
    load = middle(loads)
    return [
        Row(
            f"a policy of {RULES:,} rules, loaded and checked",
            milliseconds(load),
            "",
            None,
            Goal(700, unit=" ms"),
            load,
        ),
        Row(
            f"a ruling under {RULES:,} rules",
            f"{ours:.1f} us",
            f"under {FEW} {limit:.1f} us",
            ours / limit,
            Goal(2),
        ),
    ]


def _policy_text(rules: int) -> str:
    """Rules of four shapes of globs, each with a chain of its own."""
    return _HEAD + "".join(
        f"  - match: ['{_GLOBS[place % len(_GLOBS)].format(place)}', 'staging/X_{place}']\n"
        f"    requesters: [team, U0P{place:05d}]\n"
        "    steps:\n"
        f"      - {{approvers: [team, leads], remind: 10m, timeout: {place % 50 + 20}m, then: escalate, "
        "escalate: [leads]}\n"
        for place in range(rules)
    )


def _load(text: str) -> Policy:
    policy = read_policy(text, "C0APPROVERS")
    assert isinstance(policy, Policy), policy[:3]
    return policy


def _rule_all(policy: Policy) -> float:
    """Microseconds for one ruling on a name that a rule matches, of rules all over the policy."""
    count = len(policy.rules)
    names = (
        _GLOBS[place % len(_GLOBS)]
        .format(place)
        .replace("*/", "eu-1/")
        .replace("eu-*", "eu-1")
        .replace("*", "X")
        for place in (number * count // _NAMES for number in range(_NAMES))
    )
    variables = [Variable(*name.split("/")) for name in names]
    asked = [Asking((variable,), Duration(3600), "PAY-123 refund fails", _AT) for variable in variables]

    def rule() -> None:
        for asking in asked:
            assert isinstance(rule_request(policy, asking, lambda _: True), Ruling)

    return _spent(rule) * 1000 / _NAMES


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
