"""What a release consists of: `python .ci/distribute.py build FOLDER [TAG]` or `... sbom FILE`.

`build` writes the wheels and sdists of the three distributions, each made twice and compared; with a TAG it
compares that with the versions and the changelog before. `sbom` writes the locked packages with their hashes
as CycloneDX. Whatever is wrong is said in a line, with exit code 1.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = {
    "envaccess": ROOT,
    "slack_emulator": ROOT / "bot" / "slack_emulator",
    "envaccess_demo": ROOT / "bot" / "envaccess_demo",
}


def version(package: str, root: Path = ROOT) -> str:
    """The version that a package says."""
    text = (root / "bot" / package / "__init__.py").read_text("utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    return found[1] if found else "none"


def disagreements(tag: str, root: Path = ROOT) -> list[str]:
    """What keeps this tag from being a release, a sentence each."""
    wanted = tag.removeprefix("v")
    wrong = [] if tag == f"v{wanted}" else [f"The tag {tag} does not begin with v."]
    said = {package: version(package, root) for package in FOLDERS}
    wrong += [
        f"bot/{name}/__init__.py says {one}: set it to {wanted}."
        for name, one in said.items()
        if one != wanted
    ]
    changelog = (root / "CHANGELOG.md").read_text("utf-8")
    if not re.search(rf"^## \[{re.escape(wanted)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE):
        wrong.append(f"CHANGELOG.md has no heading `## [{wanted}] - YYYY-MM-DD`: turn *Unreleased* into it.")
    project = (root / "pyproject.toml").read_text("utf-8")
    if f'demo = ["envaccess-demo=={wanted}"]' not in project:
        wrong.append(f"pyproject.toml: the extra `demo` does not name {wanted}.")
    demo = (root / "bot" / "envaccess_demo" / "pyproject.toml").read_text("utf-8")
    if f'"envaccess=={wanted}"' not in demo:
        wrong.append(f"bot/envaccess_demo/pyproject.toml does not need envaccess=={wanted}.")
    return wrong


def build(to: Path) -> None:
    """Write all distributions into a folder.

    Raises:
        SystemExit: one is not the same bytes when it is built again.
    """
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as again:
        for folder in FOLDERS.values():
            for target in (to, Path(again)):
                _hatchling(folder, target)
        for made in sorted(Path(again).iterdir()):
            if made.read_bytes() != (to / made.name).read_bytes():
                sys.exit(f"{made.name} is not the same bytes when it is built again.")


def _hatchling(folder: Path, to: Path) -> None:
    """Both kinds, with the hatchling of this Python, which is locked; it sees no module of the folder."""
    command = [sys.executable, "-P", "-m", "hatchling", "build", "-t", "wheel", "-t", "sdist", "-d", str(to)]
    _run(command, folder)


def _run(command: list[str], folder: Path = ROOT) -> None:
    """Say what a tool said only where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def sbom(to: Path) -> None:
    """Write the SBOM of what `requirements.txt` locks; the tool checks it by CycloneDX' schema."""
    tool = [sys.executable, "-m", "cyclonedx_py", "requirements", "--pyproject", str(ROOT / "pyproject.toml")]
    form = ["--sv", "1.6", "--output-reproducible", "--of", "JSON", "--validate", "-o", str(to)]
    command = [*tool, *form, str(ROOT / "requirements.txt")]
    _run(command)


def main(what: str, where: str, tag: str = "") -> None:
    """Do what the command line says."""
    if tag and (wrong := disagreements(tag)):
        sys.exit("\n".join(wrong))
    {"build": build, "sbom": sbom}[what](Path(where))


if __name__ == "__main__":
    main(*sys.argv[1:])
