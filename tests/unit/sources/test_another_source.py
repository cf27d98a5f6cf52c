"""The example of docs/reference/sources.md, as it stands there."""

import types
from pathlib import Path
from typing import Any

import pytest

from envaccess.domain.sources.faults import SourceFault, SourceFaultError
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.places import ReadPlace
from envaccess.domain.sources.specs import SourceKind
from envaccess.domain.variable import Variable
from envaccess.sources import opening
from envaccess.sources.adapter import ReadingAdapter
from envaccess.sources_file import kinds
from envaccess.sources_file.reading import read_sources
from tests.fakes.sources import lookup, surroundings

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "sources.md"


def code() -> str:
    section = PAGE.read_text().partition("## Write another in fifty lines")[2]
    return section.partition("```python\n")[2].partition("\n```")[0]


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """The example, with the three lines that the page names."""
    member: Any = str.__new__(SourceKind, "folder")
    member._name_, member._value_ = "FOLDER", "folder"
    monkeypatch.setitem(SourceKind._value2member_map_, "folder", member)
    module = types.ModuleType("example")
    exec(compile(code(), str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    monkeypatch.setattr(kinds, "KINDS", {**kinds.KINDS, member: module.KIND})
    monkeypatch.setattr("envaccess.sources_file.reading.KINDS", kinds.KINDS, raising=False)
    monkeypatch.setattr("envaccess.sources_file.rules.KINDS", kinds.KINDS, raising=False)
    opened = {**opening.OPENINGS, member: lambda spec, _: module.FolderAdapter(spec)}
    monkeypatch.setattr(opening, "OPENINGS", opened)
    return module


async def test_the_page_shows_a_whole_source_in_fifty_lines(
    example: types.ModuleType, tmp_path: Path
) -> None:
    assert sum(bool(line) for line in code().splitlines()) <= 50
    (tmp_path / "STRIPE_KEY").write_text("value-for-tests-1")
    text = f"""
version: 1
sources:
  files: {{kind: folder, path: {tmp_path}}}
names:
  - {{match: 'production/*', read: {{source: files, file: '{{name}}'}}}}
"""
    file = read_sources(text, lookup())
    assert isinstance(file, SourcesFile)
    adapter = opening.open_adapter(file.sources["files"], surroundings())
    assert isinstance(adapter, ReadingAdapter)
    place = file.place_of(Variable("production", "STRIPE_KEY"))
    assert isinstance(place, ReadPlace)
    assert (await adapter.read(place)).text == "value-for-tests-1"
    assert [one.key for one in await adapter.names()] == ["STRIPE_KEY"]
    assert [one.ok for one in await adapter.check()] == [True]
    for name, fault in (("NONE", SourceFault.MISSING), ("BYTES", SourceFault.MALFORMED)):
        (tmp_path / "BYTES").write_bytes(b"\xff")
        with pytest.raises(SourceFaultError) as failed:
            await adapter.read(ReadPlace(Variable("production", name), "files", {"file": f"../../{name}"}))
        assert failed.value.fault is fault
    assert example.FolderSpec is type(file.sources["files"])
