"""The example, the page and the schema say what the bot reads."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.places import LeasePlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources_file.kinds import KINDS
from envaccess.sources_file.reading import read_sources
from envaccess.sources_file.schema import sources_schema
from tests.fakes.sources import lookup

ROOT = Path(__file__).parents[3]
EXAMPLE = (ROOT / "examples" / "sources.yml").read_text()
PAGE = (ROOT / "docs" / "reference" / "sources.md").read_text()


def read(text: str) -> SourcesFile:
    found = read_sources(text, lookup(missing_ok=True))
    assert isinstance(found, SourcesFile), found
    return found


def as_editors_read(text: str) -> Any:
    return json.loads(json.dumps(yaml.safe_load(text)))


def test_the_example_checks_here_and_in_an_editor() -> None:
    file = read(EXAMPLE)
    jsonschema.Draft202012Validator(sources_schema()).validate(as_editors_read(EXAMPLE))
    place = file.place_of(Variable("production", "DB_URL"))
    assert isinstance(place, LeasePlace)
    assert place.options["url"] == "postgresql://{user}:{password}@db.internal/app"
    assert file.place_of(Variable("staging", "MAIL_KEY")).options == {
        "secret": "mail/staging",
        "field": "MAIL_KEY",
    }
    assert [str(one) for one in file.literal()] == ["production/DB_URL", "production/AWS_DEPLOY"]


def test_the_page_s_example_checks() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        read(block)


def test_the_page_has_a_row_for_every_kind_and_says_what_it_was_tried_with() -> None:
    """A kind that no real server was tried with is never taken for one that was."""
    rows = re.findall(r"^\| (`[a-z0-9-]+`(?:, `[a-z0-9-]+`)*) \| .+ \| .+ \|$", PAGE, re.MULTILINE)
    assert {kind for row in rows for kind in re.findall(r"[a-z0-9-]+", row)} >= set(map(str, SourceKind))
    assert set(KINDS) <= set(SourceKind)


def test_the_schema_is_one_and_explains_every_field_of_the_file() -> None:
    schema = sources_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for part in (schema, *(schema["$defs"][name] for name in ("NamePart", "RotatePart", "WhenPart"))):
        assert part["additionalProperties"] is False
        assert all(field.get("description") for field in part["properties"].values())


@pytest.mark.parametrize(
    "text",
    [
        "version: 2",
        "version: 1\nsources: {a: {kind: nothing}}",
        "version: 1\nsources: {a: {kind: sealed, x: 1}}",
        "version: 1\nnames: [{match: A, read: {source: sealed, nothing: x}}]",
        "version: 1\nnames: [{match: A, rotate: {with: nobody}}]",
        "version: 1\nnames: [{read: {source: sealed}}]",
        "version: 1\nother: 1",
    ],
)
def test_the_schema_refuses_what_the_bot_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(sources_schema()).validate(as_editors_read(text))
    assert not isinstance(read_sources(text, lookup()), SourcesFile)
