"""A checkout of this project, and the wheels of all that its lock names, for whoever installs it offline.

The wheels are packed from what is installed here, and the checkout's lock has their hashes: what is tested is
how it is installed, not which versions. The lock has only what a job loads and what builds the command, which
shows that a job needs no more of it; .ci/run installs the whole lock.
"""

import base64
import hashlib
import importlib.metadata
import re
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
_PARTS = ("bot", "pyproject.toml", "README.md", "LICENSE")
_LOADED = ("cffi", "click", "cryptography", "pycparser", "typing-extensions")
_BUILDING = ("hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
_LEFT_OUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")


@dataclass(frozen=True)
class Checkout:
    """A commit of this project, and where pip finds wheels.

    Attributes:
        folder: the repository.
        commit: its only one.
        wheels: a folder.
    """

    folder: Path
    commit: str
    wheels: Path

    @property
    def environment(self) -> dict[str, str]:
        """For pip: no index, these wheels, and nothing compiled."""
        return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "PIP_NO_COMPILE": "1",
                "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_CONFIG_FILE": "/dev/null"}  # fmt: skip


def missing_from_lock() -> list[str]:
    """What the lock names and is not installed here, though it may be for another system only."""
    return [name for name in _locked() if not _installed(name)]


def make_checkout(folder: Path) -> Checkout:
    """Make it in an empty folder."""
    source, wheels = folder / "source", folder / "wheels"
    wheels.mkdir()
    for part in _PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy2
        source.mkdir(exist_ok=True)
        copy(ROOT / part, source / part)
    needed = [name for name in _locked() if name in _LOADED + _BUILDING]
    lock = [_pack(found, wheels) for name in needed if (found := _installed(name))]
    (source / "requirements.txt").write_text("\n".join(lock) + "\n")
    shutil.copytree(ROOT / "examples", source / "examples")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "All of it")):
        _git(source, *words)
    return Checkout(source, _git(source, "rev-parse", "HEAD"), wheels)


def _locked() -> list[str]:
    return _PINNED.findall((ROOT / "requirements.txt").read_text())


def _installed(name: str) -> importlib.metadata.Distribution | None:
    try:
        return importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _pack(found: importlib.metadata.Distribution, wheels: Path) -> str:
    """Pack a distribution into a wheel; the line of it for a lock."""
    name = re.sub(r"[-.]+", "_", found.metadata["Name"])
    tags = re.findall(r"^Tag: (.+)-(.+)-(.+)$", found.read_text("WHEEL") or "", re.MULTILINE)
    tag = "-".join(".".join(dict.fromkeys(parts)) for parts in zip(*tags, strict=True))
    info = f"{name}-{found.version}.dist-info"
    wheel = wheels / f"{name}-{found.version}-{tag}.whl"
    records = []
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in found.files or ():
            inside = str(file)
            if inside.startswith("..") or "__pycache__" in inside or file.name in _LEFT_OUT:
                continue
            inside = re.sub(r"^[^/]+\.dist-info/", f"{info}/", inside)
            content = Path(str(file.locate())).read_bytes()
            archive.writestr(inside, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            records.append(f"{inside},sha256={digest},{len(content)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*records, f"{info}/RECORD,,"]) + "\n")
    whole = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{found.metadata['Name']}=={found.version} --hash=sha256:{whole}"


def _git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    found = subprocess.run(  # noqa: S603 - the test's own
        ["git", *who, *words],  # noqa: S607 - whichever is there
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return found.stdout.strip()
