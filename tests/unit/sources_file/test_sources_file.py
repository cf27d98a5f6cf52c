"""What `sources.yml` may say, and the sentence of each fault."""

import pytest

from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.rotation_rule import RotatorKind
from envaccess.domain.variable import Variable
from envaccess.sources_file.reading import read_sources
from tests.fakes.sources import lookup

SIGNING = "whsec_dmFsdWUtZm9yLXRlc3Rz"


def read(text: str) -> SourcesFile:
    found = read_sources(text, lookup(SIGNING=SIGNING))
    assert isinstance(found, SourcesFile), found
    return found


def faults(text: str) -> list[str]:
    found = read_sources(text, lookup(SIGNING=SIGNING, EMPTY=""))
    assert isinstance(found, tuple), "it was taken"
    return [f"{fault.line} {fault}" for fault in found]


def test_no_rule_means_the_sealed_store() -> None:
    assert read("version: 1").place_of(Variable("production", "A")) == ReadPlace(
        Variable("production", "A"), "sealed"
    )


def test_the_first_rule_that_matches_counts() -> None:
    text = """
version: 1
names:
  - match: production/STRIPE_*
    read: {source: sealed}
    rotate:
      {with: webhook, url: 'https://r.internal/{name}', secret: env:SIGNING, grace: 30m,
       when: {grant_end: true, seen_by: 3, age: 90d}}
  - {match: '*/*', read: {source: sealed}, rotate: {with: owner}}
"""
    file = read(text)
    first = file.rotation_of(Variable("production", "STRIPE_KEY"))
    other = file.rotation_of(Variable("default", "A"))
    assert first
    assert (first.by, first.url, first.when.seen_by, first.when.age) == (
        RotatorKind.WEBHOOK,
        "https://r.internal/STRIPE_KEY",
        3,
        90 * 86_400,
    )
    assert other
    assert other.by is RotatorKind.OWNER


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("sources: {a: {kind: vaul}}", "2 sources.a.kind: there is no kind `vaul`"),
        ("sources: {a: {}}", "2 sources.a.kind: it is missing"),
        ("sources: {a: hello}", "2 sources.a: its fields are missing"),
        ("sources: {UP: {kind: sealed}}", "2 sources.UP: `UP` is no name of a source"),
        ("sources: {other: {kind: sealed}}", "2 sources.other: this name and this kind do not go together"),
        ("sources: {sealed: {kind: sealed, x: 1}}", "2 sources.sealed: there is no field `x`"),
        (
            "names: [{match: A, read: {source: nowhere}}]",
            "2 names[0].read.source: there is no source `nowhere`",
        ),
        ("names: [{match: A, read: {}}]", "2 names[0].read.source: it is missing"),
        ("names: [{match: A}]", "2 names[0]: it says nothing of what it matches"),
        ("names: [{match: A, read: {source: sealed}, lease: {source: sealed}}]", "2 names[0]: it has both"),
        (
            "names: [{match: A, lease: {source: sealed}}]",
            "2 names[0].lease: a source of kind sealed makes no",
        ),
        ("names: [{match: 'a b', read: {source: sealed}}]", "2 names[0].match"),
        ("names: [{match: A, rotate: {with: hook}}]", "2 names[0].rotate.with: `hook` is not known here"),
        ("names: [{match: A, rotate: {with: webhook}}]", "2 names[0].rotate: `with: webhook` needs `url`"),
        (
            "names: [{match: A, rotate: {with: owner, run: [/a]}}]",
            "2 names[0].rotate: `run` means nothing with",
        ),
        (
            "names: [{match: A, rotate: {with: command, run: [a]}}]",
            "2 names[0].rotate.run: the command is no",
        ),
        ("other: 1", "2 there is no field `other`"),
    ],
)
def test_each_fault_is_a_sentence_with_its_line(line: str, told: str) -> None:
    found = faults(f"version: 1\n{line}\n")
    assert any(fault.startswith(told) for fault in found), found


def test_every_fault_of_a_file_is_told_at_once_with_what_to_write() -> None:
    found = read_sources("version: 2\nsources: {a: {kind: x}}\nnames: [{}]", lookup())
    assert isinstance(found, tuple)
    assert [fault.line for fault in found] == [1, 2, 3]
    assert all(isinstance(fault, FileFault) and fault.mend for fault in found)
