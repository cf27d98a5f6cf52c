"""The three distributions, built as for an index, and environments that hold only what is put there."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {
    "envaccess": ROOT,
    "slack_emulator": ROOT / "bot" / "slack_emulator",
    "envaccess_demo": ROOT / "bot" / "envaccess_demo",
}
SITE = Path(sysconfig.get_paths()["purelib"])


def build(folder: Path, kind: str, to: Path) -> Path:
    """Build a wheel or an sdist with the locked hatchling, which sees no module of the folder; the file."""
    subprocess.run(  # noqa: S603 - our own sources
        [sys.executable, "-P", "-m", "hatchling", "build", "-t", kind, "-d", str(to)],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    [made] = to.iterdir()
    return made


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each distribution's wheel, by package."""
    return {name: build(folder, "wheel", tmp_path_factory.mktemp(name)) for name, folder in FOLDERS.items()}


@dataclass(frozen=True)
class Environment:
    """A virtual environment without pip, in which a wheel is its unpacked files."""

    folder: Path

    @property
    def python(self) -> str:
        """Its interpreter."""
        return str(self.folder / "bin" / "python")

    @property
    def site(self) -> Path:
        """Where distributions lie in it."""
        return self.folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"

    def install(self, wheel: Path) -> None:
        """Unpack a wheel; its scripts are not made."""
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(self.site)

    def link(self, *names: str) -> None:
        """Bring modules and metadata of the tests' own environment, by their names there."""
        for name in names:
            (self.site / name).symlink_to(SITE / name)

    def see_everything_locked(self) -> None:
        """See all of the tests' environment but the checkout: in a path added by hand no `.pth` counts."""
        (self.site / "locked.pth").write_text(f"{SITE}\n")

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run its Python on these arguments, away from the checkout and with no other environment."""
        return subprocess.run(  # noqa: S603 - our own Python
            [self.python, *arguments],
            cwd=self.folder,
            env={"PATH": "/usr/bin:/bin", **environment},
            capture_output=True,
            text=True,
            check=False,
        )


def make_environment(folder: Path) -> Environment:
    """Make an environment with nothing in it."""
    subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, capture_output=True
    )
    return Environment(folder)


@pytest.fixture
def empty(tmp_path: Path) -> Environment:
    """An environment with nothing in it."""
    return make_environment(tmp_path / "environment")
