"""`examples/ci` as the platforms run it: the shell steps of its YAML, in an environment like theirs."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.scenario.checkout import Checkout
from tests.scenario.ci import SECONDS

EXAMPLES = Path("examples", "ci")
SCRIPTS = {"deploy.sh": 'printf %s "$STRIPE_KEY" > "$OUT"', "replay.sh": 'printf %s "$DB_URL" > "$OUT"',
           "migrate.sh": 'printf %s "$DB_URL" > "$OUT"'}  # fmt: skip
"""What stands for what a project does there: it writes what it was given where the test finds it."""


@dataclass
class Job:
    """A job on a platform.

    Attributes:
        folder: what belongs to it.
        environment: what its steps find, without our own.
    """

    folder: Path
    checkout: Checkout
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.work = self.folder / "work"
        self.work.mkdir(parents=True)
        for name, script in SCRIPTS.items():
            (self.work / name).write_text(f"#!/bin/sh\nset -eu\n{script}\n")
            (self.work / name).chmod(0o755)
        self.environment = {
            "PATH": os.defpath, "HOME": str(self.folder), "OUT": str(self.folder / "out"),
            **self.checkout.environment, **self.environment,
        }  # fmt: skip
        (self.folder / "python").mkdir()
        (self.folder / "python" / "python3").symlink_to(_base_python())
        self.environment["PATH"] = f"{self.folder / 'python'}:{self.environment['PATH']}"

    @property
    def given(self) -> str:
        """What the command got."""
        return (self.folder / "out").read_text()

    def example(self, name: str) -> Any:
        """A file of the examples, as it is in the checkout."""
        return yaml.safe_load((self.checkout.folder / EXAMPLES / name).read_text())

    async def run(self, words: Sequence[str], more: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Run it; its exit code, and all that it wrote."""
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=self.work,
            env={**self.environment, **(more or {})},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        async with asyncio.timeout(SECONDS):
            said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def succeed(self, words: Sequence[str], more: Mapping[str, str] | None = None) -> str:
        """Run it; all that it wrote."""
        code, said = await self.run(words, more)
        assert code == 0, said
        return said


def _base_python() -> Path:
    """The interpreter that this environment was made from, for a new one to be made from it, too."""
    return Path(sys.base_prefix) / "bin" / "python3"


class GithubJob(Job):
    """Steps are files for bash, which set PATH and variables for the steps after them."""

    async def step(self, script: str, more: Mapping[str, str] | None = None) -> str:
        """Run a step: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#exit-codes-and-error-action-preference."""
        path = self.folder / "step.sh"
        path.write_text(script)
        files = {name: str(self.folder / name) for name in ("GITHUB_PATH", "GITHUB_ENV")}
        words = ("bash", "--noprofile", "--norc", "-eo", "pipefail", str(path))
        said = await self.succeed(words, {**files, **(more or {})})
        self._learn()
        return said

    async def use_action(self, **inputs: str) -> str:
        """Run the composite action with these inputs."""
        action = self.example("github/action.yml")
        given = {name: told.get("default", "") for name, told in action["inputs"].items()} | inputs
        said = ""
        for step in action["runs"]["steps"]:
            environment = {name: _filled(text, given) for name, text in step.get("env", {}).items()}
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "an input in a script is a script"
            said += await self.step(step["run"], environment)
        return said

    def _learn(self) -> None:
        for line in _lines(self.folder / "GITHUB_PATH"):
            self.environment["PATH"] = f"{line}:{self.environment['PATH']}"
        for line in _lines(self.folder / "GITHUB_ENV"):
            name, _, value = line.partition("=")
            self.environment[name] = value
        for name in ("GITHUB_PATH", "GITHUB_ENV"):
            (self.folder / name).unlink(missing_ok=True)


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _filled(text: str, inputs: Mapping[str, str]) -> str:
    for name, value in inputs.items():
        text = text.replace(f"${{{{ inputs.{name} }}}}", value)
    assert "${{" not in text
    return text


class GitlabJob(Job):
    """`before_script` and `script` are lines of one shell, in which each has to succeed."""

    async def run_script(self, template: Mapping[str, Any], script: Sequence[str]) -> str:
        """Run a job that extends this."""
        lines = [*template["before_script"], *script]
        return await self.succeed(("bash", "-eo", "pipefail", "-c", "\n".join(lines)), template["variables"])


class Pod(Job):
    """Containers with their volumes as folders."""

    async def run_container(self, container: Mapping[str, Any], token: Path | None = None) -> str:
        """Run a container's command, with what is mounted into it where this pod has it."""
        mounts = {mount["mountPath"]: self.folder / mount["name"] for mount in container["volumeMounts"]}
        for folder in mounts.values():
            folder.mkdir(exist_ok=True)
        environment = {each["name"]: self._placed(each["value"], mounts) for each in container["env"]}
        words = [self._placed(word, mounts) for word in container["command"]]
        if token is not None:
            words = [f"file:{token}" if word == "kubernetes" else word for word in words]
        return await self.succeed(words, {**environment, **self.environment})

    @staticmethod
    def _placed(word: str, mounts: Mapping[str, Path]) -> str:
        for place, folder in mounts.items():
            word = re.sub(rf"(?<![\w/.-]){re.escape(place)}(?=[/\s\"]|$)", str(folder), word)
        return word
