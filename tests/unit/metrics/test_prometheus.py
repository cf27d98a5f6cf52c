"""The registry: whoever attacks its labels makes no series, and gauges that are read no more are gone."""

import re
import secrets
import subprocess
import sys

import pytest

from envaccess.domain.metrics import DECLARED, DECLARED_MOST, Metric, MetricKind, Reading, words
from envaccess.metrics.prometheus import PrometheusMeter
from envaccess.wiring import metric_catalogue
from envaccess.wiring.metric_catalogue import METRICS

CALLS = Metric(
    "envaccess_calls_total",
    MetricKind.COUNTER,
    "Calls.",
    {"source": DECLARED, "fault": words("none", "down")},
)
LAG = Metric("envaccess_lag_seconds", MetricKind.GAUGE, "Lag.", {"sink": DECLARED})
TOOK = Metric(
    "envaccess_took_seconds", MetricKind.HISTOGRAM, "Took.", {"kind": words("a")}, buckets=(0.1, 1.0)
)
HOSTILE = ["U0ALICE\n", "{}", '"', "a b", "a" * 65, "", "é", "a=b", "production/STRIPE_KEY", "\\", "a\0"]


def series(text: bytes) -> list[str]:
    return [line for line in text.decode().splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_word_that_no_file_can_declare_is_other(word: str) -> None:
    meter = PrometheusMeter([CALLS])
    meter.count(CALLS, word, "none")
    assert series(meter.show(())) == ['envaccess_calls_total{fault="none",source="other"} 1.0']


def test_whoever_makes_up_words_makes_no_series() -> None:
    """client_python never forgets a series (litellm#12159, wippyai/runtime#426)."""
    meter = PrometheusMeter([CALLS, TOOK])
    for _ in range(5_000):
        meter.count(CALLS, "kv", secrets.token_hex(4))
        meter.took(TOOK, 0.2, secrets.token_hex(4))
    assert len(series(meter.show(()))) == 1 + 5


def test_names_of_a_file_make_so_many_series_at_most() -> None:
    meter = PrometheusMeter([CALLS])
    for number in range(10 * DECLARED_MOST):
        for fault in ("none", "down", "unheard-of"):
            meter.count(CALLS, f"kv-{number}", fault)
    found = series(meter.show(()))
    assert len(found) <= 3 * DECLARED_MOST + 3
    assert 'envaccess_calls_total{fault="none",source="other"} 900.0' in found


def test_a_gauge_that_is_not_read_any_more_is_not_shown() -> None:
    meter = PrometheusMeter([LAG])
    assert len(series(meter.show([Reading(LAG, 3, ("siem",)), Reading(LAG, 1, ("lake",))]))) == 2
    assert series(meter.show([Reading(LAG, 0, ("siem",))])) == ['envaccess_lag_seconds{sink="siem"} 0.0']
    assert series(meter.show(())) == []


def test_a_clock_that_was_set_back_makes_no_negative_time() -> None:
    meter = PrometheusMeter([TOOK])
    meter.took(TOOK, -5.0, "a")
    assert 'envaccess_took_seconds_sum{kind="a"} 0.0' in series(meter.show(()))


def test_every_metric_is_told_with_a_sentence_from_the_start_and_named_as_the_field_does() -> None:
    text = PrometheusMeter(METRICS).show(()).decode()
    assert len({one.name for one in METRICS}) == len(METRICS)
    for one in METRICS:
        assert re.fullmatch(r"envaccess_[a-z_]+", one.name)
        assert one.name.endswith("_total") == (one.kind is MetricKind.COUNTER)
        assert f"# TYPE {one.name} {one.kind}" in text
        assert one.says.endswith(".")
    assert "python_info" not in text
    assert "process_" not in text


def test_no_label_is_a_person_a_variable_or_a_reason() -> None:
    labels = {name for one in METRICS for name in one.labels}
    assert labels == {
        *("kind", "outcome", "method", "code", "event", "source", "fault", "sink", "workspace", "told_by"),
        *("state", "version"),
    }


def test_all_closed_words_together_are_a_bounded_number_of_series() -> None:
    for one in METRICS:
        known = [len(label.known) + 1 for label in one.labels.values() if not label.declared]
        count = 1
        for number in known:
            count *= number
        assert count <= 1_000, one.name


def test_nothing_of_prometheus_is_loaded_where_no_port_is_set() -> None:
    program = "import sys, envaccess.wiring; print('prometheus_client' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


def test_the_catalogue_has_every_metric_that_is_defined_there() -> None:
    defined = [one for one in vars(metric_catalogue).values() if isinstance(one, Metric)]
    assert set(defined) <= set(METRICS)
