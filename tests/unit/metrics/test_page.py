"""`docs/reference/metrics.md` lists every metric, with its labels and its sentence."""

import re
from pathlib import Path

from envaccess.wiring.metric_catalogue import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "metrics.md"


def test_the_page_lists_every_metric_as_it_is_and_no_other() -> None:
    rows = re.findall(
        r"^\| `(envaccess_\w+)` \| (\w+) \| (.*?) ?\| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    labels = {one.name: ", ".join(f"`{label}`" for label in one.labels) for one in METRICS}
    assert rows == [(one.name, str(one.kind), labels[one.name], one.says) for one in METRICS]
