"""Which package may import which (docs/explanation/architecture.md), and what only one may touch."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.architecture.sources import MODULES, ROOT, name_of, tree

HEAVY = (
    "aiohttp",
    "cryptography",
    "fakeredis",
    "hiredis",
    "prometheus_client",
    "pydantic",
    "redis",
    "slack_bolt",
    "slack_sdk",
)


def imports(path: Path) -> Iterator[str]:
    """Every absolute module name that a file imports, wherever in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)} imports relatively, which hides the direction"
            yield node.module or ""


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def test_import_linter_finds_every_contract_kept() -> None:
    linted = run(
        sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache"
    )
    assert linted.returncode == 0, linted.stdout
    assert "14 kept, 0 broken" in linted.stdout


def readers(path: Path) -> set[str]:
    """What in a file reads the environment."""
    return {
        ast.unparse(node)
        for node in ast.walk(tree(path))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "expandvars"})
        or (isinstance(node, ast.Name) and node.id in {"environ", "getenv"})
    }


def importers(paths: Iterable[Path], allowed: Callable[[Path, str], bool]) -> list[str]:
    """Who imports what is not allowed there, by the first part of its name."""
    return [
        f"{name_of(path)} imports {name}"
        for path in paths
        for name in imports(path)
        if not allowed(path, name.partition(".")[0])
    ]


def test_only_settings_reads_the_environment() -> None:
    """A setting read elsewhere is one that nobody checks, lists or hides."""
    settings = ROOT / "bot" / "envaccess" / "settings"
    assert {
        name_of(path): found for path in MODULES if (found := readers(path)) and path.parent != settings
    } == {}
    assert any(readers(path) for path in settings.glob("*.py"))


def test_only_the_store_imports_redis_and_only_crypto_the_ciphers() -> None:
    owners = {"redis": "store", "cryptography": "crypto"}

    def allowed(path: Path, name: str) -> bool:
        return name not in owners or path.relative_to(ROOT / "bot").parts[:2] == ("envaccess", owners[name])

    assert importers(MODULES, allowed) == []


def test_rules_and_services_import_nothing_that_is_installed() -> None:
    """They know no library: what they need from outside is a Protocol in `ports/`."""
    inner = [path for path in MODULES if {"domain", "application", "projections"} & set(path.parts)]
    known = sys.stdlib_module_names | {"envaccess"}
    assert inner
    assert importers(inner, lambda _, name: name in known) == []


def test_what_runs_a_command_imports_nothing_that_is_installed() -> None:
    """It stands between a child and a terminal, and starts in every `envaccess run`."""
    runs = [path for path in MODULES if path.relative_to(ROOT / "bot").parts[:2] == ("envaccess", "run")]
    known = sys.stdlib_module_names | {"envaccess"}
    assert runs
    assert importers(runs, lambda _, name: name in known) == []


def test_a_client_imports_only_the_standard_library_and_ours() -> None:
    client = [path for path in MODULES if path.relative_to(ROOT / "bot").parts[:2] == ("envaccess", "client")]
    known = sys.stdlib_module_names | {"envaccess"}
    assert client
    assert importers(client, lambda _, name: name in known) == []


def test_rules_know_no_clock_no_chance_and_no_system() -> None:
    impure = {
        "asyncio",
        "io",
        "logging",
        "os",
        "pathlib",
        "random",
        "secrets",
        "socket",
        "subprocess",
        "sys",
        "time",
    }
    rules = [path for path in MODULES if "domain" in path.parts]
    assert rules
    assert importers(rules, lambda _, name: name not in impure) == []


def test_command_line_starts_without_heavy_libraries() -> None:
    """`envaccess --help` stays within six times of an empty Python (docs/explanation/benchmarks.md)."""
    loaded = run(sys.executable, "-c", "import envaccess.cli, sys; print(*sys.modules)")
    assert loaded.returncode == 0, loaded.stderr
    assert not set(HEAVY) & set(loaded.stdout.split())


def test_help_prints_without_heavy_libraries() -> None:
    program = (
        "import sys\n"
        "from envaccess.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    helped = run(sys.executable, "-c", program)
    assert helped.returncode == 0, helped.stderr
    assert "Usage:" in helped.stdout
    assert not set(HEAVY) & set(helped.stderr.split())
