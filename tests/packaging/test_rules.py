"""Alerts and the dashboard: each alert fires on its bad day and on no good one, and what they name exists."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from envaccess.domain.metrics import MetricKind
from envaccess.wiring.metric_catalogue import METRICS
from tests.packaging.conftest import ROOT
from tests.packaging.rule_cases import CASES, HEALTHY

if TYPE_CHECKING:
    from pathlib import Path

RULES = ROOT / "deploy" / "prometheus" / "envaccess.rules.yml"
BOARD = ROOT / "deploy" / "grafana" / "envaccess.json"
PARTS = ("_bucket", "_count", "_sum")
KNOWN = {one.name: one for one in METRICS}


@cache
def alerts() -> dict[str, dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


def queries() -> list[str]:
    board = json.loads(BOARD.read_text("utf-8"))
    shown = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    return [*shown, *(rule["expr"] for rule in alerts().values())]


def promtool(*words: str) -> None:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("no promtool: Debian's package prometheus has it, which .ci/run installs")
    done = subprocess.run([found, *words], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_on_its_bad_day_and_on_no_good_one(tmp_path: Path) -> None:
    """One run of promtool for all: a start costs more than a case."""
    assert set(CASES) == set(alerts())
    quiet = [{"eval_time": "2h", "alertname": name, "exp_alerts": []} for name in alerts()]
    tests = [{"interval": "1m", "input_series": series(HEALTHY), "alert_rule_test": quiet}]
    for name, case in CASES.items():
        rule = alerts()[name]
        expected = {
            "exp_labels": {**rule["labels"], **case.labels},
            "exp_annotations": rule["annotations"],
        }
        fires = {"eval_time": f"{case.minutes}m", "alertname": name, "exp_alerts": [expected]}
        tests.append(
            {"interval": "1m", "input_series": series(HEALTHY | case.series), "alert_rule_test": [fires]}
        )
    path = tmp_path / "rules.test.yml"
    path.write_text(json.dumps({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    promtool("test", "rules", str(path))


def series(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": text} for name, text in values.items()]


def test_every_metric_and_label_of_rules_and_dashboard_exists() -> None:
    for query in queries():
        named = re.findall(r"\b(envaccess_\w+)(?:\{([^}]*)\})?", query)
        assert named, query
        for name, matchers in named:
            metric = KNOWN[name if name in KNOWN else re.sub(f"({'|'.join(PARTS)})$", "", name)]
            assert (metric.kind is MetricKind.HISTOGRAM) == (name not in KNOWN), query
            for label, words in re.findall(r'(\w+)[=!~]+"([^"]*)"', matchers):
                if label in {"job", "instance"}:
                    continue
                known = metric.labels[label]
                assert known.declared or set(words.split("|")) <= known.known, query


def test_every_metric_is_on_the_dashboard_or_in_a_rule() -> None:
    text = " ".join(queries())
    assert [name for name in KNOWN if name not in text] == []


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    for name, rule in alerts().items():
        assert rule["labels"]["severity"] in {"page", "ticket"}, name
        assert set(rule["annotations"]) == {"summary", "action"}, name
        assert rule["annotations"]["action"].endswith("."), name


def test_panels_of_the_dashboard_have_a_title_and_a_unit_and_lie_beside_each_other() -> None:
    board = json.loads(BOARD.read_text("utf-8"))
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        assert panel["title"]
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells
        if panel["type"] != "row":
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
