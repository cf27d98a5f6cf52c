"""`docs/reference/traces.md` lists every kind of span, with its attributes."""

from pathlib import Path

from envaccess.domain.tracing import OUTCOME, SpanName
from envaccess.http.api import dispatch
from envaccess.projections import workers
from envaccess.slack import actions, commands, metrics, views
from envaccess.store import runner

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "traces.md"
PARTS = (dispatch, workers, actions, commands, metrics, views, runner)


def test_the_page_tells_every_span_and_no_other() -> None:
    known = {one for part in PARTS for one in vars(part).values() if isinstance(one, SpanName)}
    rows = [line.split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    told = {row[0].strip("| `"): (row[1], row[2]) for row in rows}
    assert told == {one.name: (one.kind.name.lower(), attributes(one)) for one in known}


def attributes(span: SpanName) -> str:
    names = [*span.attributes, *([OUTCOME] if span.outcomes.known else [])]
    return ", ".join(f"`{name}`" for name in names)
