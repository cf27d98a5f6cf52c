"""A changed file of sources holds only if it checks; else the old one stays, and that is told once."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from envaccess.application.file_watch import AGAIN_SECONDS
from envaccess.application.place_variables import Placed
from envaccess.application.reload_sources import SourcesReload, leases_object
from envaccess.domain.audit import Actor, Tag
from envaccess.domain.errors import SettingsError, StoreUnavailableError
from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.specs import SourceKind, SourceSpec
from envaccess.domain.variable import Variable
from envaccess.sources_file.reading import read_sources
from envaccess.yaml_file.file import digest_of
from tests.fakes.books import Books
from tests.fakes.context import FakeClock, FakeTrail
from tests.fakes.sources import lookup

OLD = "version: 1\n"
NEW = "version: 1\nnames: [{match: A, read: {source: sealed}}]\n"
BAD = "version: 1\nnames: [{match: A, read: {source: nowhere}}]\n"


class _Told(FakeTrail):
    """Keeps what it is told."""

    def __init__(self, books: Books) -> None:
        super().__init__(books)
        self.events: list[tuple[Tag, Mapping[str, str]]] = []

    async def append(self, op: str, tag: Tag, actor: Actor, detail: Mapping[str, str]) -> None:
        del op, actor
        self.events.append((tag, detail))


def read(text: str) -> SourcesFile:
    found = read_sources(text, lookup())
    assert isinstance(found, SourcesFile)
    return found


@dataclass
class _Scene:
    """The file, the router and the log of one process."""

    text: str = OLD
    file: SourcesFile = field(default_factory=lambda: read(OLD))
    placed: list[str] = field(default_factory=list)
    objection: str = ""
    unopened: str = ""
    away: int = 0
    logged: list[str] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    trail: _Told = field(default_factory=lambda: _Told(Books()))

    async def digest(self) -> str:
        return digest_of(self.text)

    async def read(self) -> tuple[str, SourcesFile | tuple[FileFault, ...]]:
        return digest_of(self.text), read_sources(self.text, lookup())

    async def change(self, file: SourcesFile) -> None:
        if self.unopened:
            raise SettingsError(self.unopened)
        self.file = file

    async def place(self, file: SourcesFile) -> Placed:
        if self.away:
            self.away -= 1
            raise StoreUnavailableError("Redis does not answer")
        self.placed.append(file.digest)
        return Placed(Counter(created=1), left=(Variable("default", "B"),))

    async def objects(self, _file: SourcesFile) -> str:
        return self.objection

    def fault(self, what: str, **_facts: str) -> None:
        self.logged.append(what)

    def crash(self, what: str, error: BaseException) -> None:
        raise AssertionError(what) from error

    def reload(self) -> SourcesReload:
        clock = FakeClock(self.books)
        return SourcesReload(self, self, self.place, self.objects, self.trail, self, clock)

    def events(self) -> list[Tag]:
        return [tag for tag, _ in self.trail.events]


async def looked(scene: _Scene, times: int = 3) -> SourcesReload:
    reload = scene.reload()
    for _ in range(times):
        await reload.step()
    return reload


async def test_what_holds_at_the_start_is_placed_and_told() -> None:
    scene = _Scene()
    await looked(scene)
    assert scene.placed == [digest_of(OLD)]
    assert scene.events() == [Tag.SOURCES_LOADED]
    assert scene.logged == ["sources.not_placed"]


async def test_a_change_that_checks_holds_once_it_has_settled() -> None:
    scene = _Scene()
    reload = await looked(scene, 1)
    scene.text = NEW
    await reload.step()
    assert scene.file.digest == digest_of(OLD)
    await reload.step()
    assert scene.file.digest == digest_of(NEW)
    assert scene.placed == [digest_of(OLD), digest_of(NEW)]


async def test_a_store_that_is_away_meanwhile_is_followed_up() -> None:
    """Else the catalogue would say for ever that a value is where it was, and nobody could have it."""
    scene = _Scene()
    reload = await looked(scene, 1)
    scene.text, scene.away = NEW, 2
    await reload.step()
    for _ in range(2):
        with pytest.raises(StoreUnavailableError):
            await reload.step()
    await reload.step()
    assert scene.placed == [digest_of(OLD), digest_of(NEW)]
    assert scene.events() == [Tag.SOURCES_LOADED] * 2


async def test_a_bad_file_keeps_the_old_one_and_is_told_once() -> None:
    scene = _Scene()
    reload = await looked(scene, 1)
    scene.text = BAD
    for _ in range(5):
        await reload.step()
    assert scene.file.digest == digest_of(OLD)
    assert scene.events() == [Tag.SOURCES_LOADED, Tag.SOURCES_REJECTED]
    _, detail = scene.trail.events[-1]
    assert (detail["line"], detail["faults"], detail["kept"]) == ("2", "1", digest_of(OLD)[:12])
    assert "there is no source `nowhere`" in detail["problem"]


async def test_a_file_that_something_live_speaks_against_is_looked_at_again() -> None:
    scene = _Scene(objection="the source pg has live leases")
    reload = await looked(scene, 1)
    scene.text = NEW
    for _ in range(3):
        await reload.step()
    assert scene.file.digest == digest_of(OLD)
    scene.objection = ""
    await reload.step()
    assert scene.file.digest == digest_of(OLD)
    scene.books.now += int(AGAIN_SECONDS * 1000)
    await reload.step()
    assert scene.file.digest == digest_of(NEW)


@pytest.mark.parametrize(
    ("after", "told"), [("kv", ""), ("", "what kv made is not all ended"), ("changed", "what kv made")]
)
async def test_no_source_is_dropped_that_has_still_to_end_what_it_made(after: str, told: str) -> None:
    """Law 15: nobody could end it any more."""

    class Leasing:
        async def sources(self) -> list[str]:
            return ["kv", "gone-before"]

    def file(kind: SourceKind) -> SourcesFile:
        return SourcesFile({"kv": SourceSpec("kv", kind)})

    files = {"kv": file(SourceKind.VAULT), "": SourcesFile({}), "changed": file(SourceKind.POSTGRES)}
    scene = _Scene(file=file(SourceKind.VAULT))
    assert (await leases_object(Leasing(), scene, files[after])).startswith(told)
    assert bool(told) == bool(await leases_object(Leasing(), scene, files[after]))


async def test_a_source_that_cannot_be_opened_leaves_everything_as_it_was() -> None:
    scene = _Scene(unopened="pip install 'envaccess[postgres]'")
    reload = await looked(scene, 1)
    scene.text = NEW
    for _ in range(3):
        await reload.step()
    assert scene.file.digest == digest_of(OLD)
    assert scene.events()[-1] == Tag.SOURCES_REJECTED
