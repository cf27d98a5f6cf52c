"""The examples check, their cases pass, and the schema that editors use is the one that the models make."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from envaccess.domain.policy.book import Policy
from envaccess.domain.policy.trial import Case, try_case
from envaccess.policy_file.cases import ExpectPart, read_cases
from envaccess.policy_file.models import FilePart, policy_schema
from envaccess.policy_file.reading import read_policy
from envaccess.yaml_file.file import read_file

EXAMPLES = Path(__file__).parents[3] / "examples"
SCHEMA = json.loads((EXAMPLES / "policy.schema.json").read_text())


def example(name: str) -> Policy:
    found = read_policy((EXAMPLES / name).read_text(), "C0APPROVERS")
    assert isinstance(found, Policy), found
    return found


def as_editors_read(text: str) -> Any:
    """YAML 1.2 as editors have it: `09:00` is text there, and so it is quoted in our examples."""
    return json.loads(json.dumps(yaml.safe_load(text)))


@pytest.mark.parametrize("name", ["policy.yml", "policy-full.yml"])
def test_an_example_checks_here_and_in_an_editor(name: str) -> None:
    assert example(name).rules
    jsonschema.Draft202012Validator(SCHEMA).validate(as_editors_read((EXAMPLES / name).read_text()))


def test_the_normal_policy_has_twenty_lines() -> None:
    lines = (EXAMPLES / "policy.yml").read_text().splitlines()
    assert len([line for line in lines if not line.startswith("#")]) <= 20


def test_the_cases_of_the_example_pass() -> None:
    policy, cases = example("policy.yml"), read_cases((EXAMPLES / "policy.test.yml").read_text())
    assert cases
    for case in cases:
        assert isinstance(case, Case), case
        assert try_case(policy, case) == ()


def test_the_full_example_names_every_field() -> None:
    """A field that it lacks is one that nobody finds."""
    text = (EXAMPLES / "policy-full.yml").read_text()
    used = {key for mapping in _mappings(yaml.safe_load(text)) for key in mapping}
    known = {name for part in SCHEMA["$defs"].values() for name in part["properties"]}
    assert known | set(FilePart.model_fields) <= used


def _mappings(found: Any) -> list[dict[str, Any]]:
    if isinstance(found, dict):
        return [found, *(inner for part in found.values() for inner in _mappings(part))]
    return [inner for part in found for inner in _mappings(part)] if isinstance(found, list) else []


def test_the_committed_schema_is_the_generated_one() -> None:
    """`envaccess policy schema > examples/policy.schema.json` mends it."""
    assert policy_schema() == SCHEMA


def test_the_schema_is_one_and_explains_every_field() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for part in [SCHEMA, *SCHEMA["$defs"].values()]:
        assert part["additionalProperties"] is False
        assert all(field.get("description") for field in part["properties"].values())


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\nrules: [{match: A, approvers: [approvers]}]",
        "version: 1\nrules: []",
        "version: 1\nrules: [{match: A, aprovers: [approvers]}]",
        "version: 1\nrules: [{match: A, steps: [{approvers: [approvers], approvals: 0}]}]",
        "version: 1\nrules: [{match: A, delivery: [mail]}]",
        "version: 1\nrules: [{match: A, max: soon}]",
        "version: 1\nrules: [{match: A, emergency: {for: [x]}}]",
    ],
)
def test_the_schema_refuses_what_the_bot_refuses(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(as_editors_read(text))
    assert not isinstance(read_policy(text, "C0APPROVERS"), Policy)


def test_a_file_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    assert not isinstance(read_file(tmp_path), str)
    assert not isinstance(read_file(tmp_path / "missing.yml"), str)
    (tmp_path / "latin.yml").write_bytes(b"version: 1\n# \xe4\n")
    found = read_file(tmp_path / "latin.yml")
    assert not isinstance(found, str)
    assert (found.line, found.problem) == (2, "this is not UTF-8")


def test_the_reference_names_every_field_and_every_expectation() -> None:
    text = (EXAMPLES.parent / "docs" / "reference" / "policy.md").read_text()
    fields = {name for part in [SCHEMA, *SCHEMA["$defs"].values()] for name in part["properties"]}
    expected = {field.alias or name for name, field in ExpectPart.model_fields.items()}
    hours = {"zone", "from", "to", "days"}
    assert {name for name in (fields | expected) - hours if f"`{name}`" not in text} == set()
    assert all(f"{name}:" in text for name in hours)
