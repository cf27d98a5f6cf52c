"""Which package may import which (docs/architecture.md), and what only one may touch."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "bot").rglob("*.py"))
HEAVY = ("aiohttp", "cryptography", "fakeredis", "hiredis", "pydantic", "redis", "slack_bolt", "slack_sdk")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(path: Path) -> Iterator[str]:
    """Every absolute module name that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_bytes())):
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
    assert "8 kept, 0 broken" in linted.stdout


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_settings_reads_the_environment(path: Path) -> None:
    """A setting read elsewhere is one that nobody checks, lists or hides."""
    readers = {
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv", "expandvars"})
        or (isinstance(node, ast.Name) and node.id in {"environ", "getenv"})
    }
    allowed = path.parent == ROOT / "bot" / "envaccess" / "settings"
    assert allowed or not readers


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_store_imports_redis_and_only_crypto_the_ciphers(path: Path) -> None:
    owners = {"redis": "envaccess.store", "cryptography": "envaccess.crypto"}
    package = ".".join(path.relative_to(ROOT / "bot").parts[:2])
    for name in imports(path):
        assert owners.get(name.partition(".")[0], package) == package, f"{name_of(path)} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if {"domain", "application", "projections"} & set(path.parts)],
    ids=name_of,
)
def test_rules_and_services_import_nothing_that_is_installed(path: Path) -> None:
    """They know no library: what they need from outside is a Protocol in `ports/`."""
    for name in imports(path):
        assert name.partition(".")[0] in sys.stdlib_module_names | {"envaccess"}, (
            f"{name_of(path)} imports {name}"
        )


@pytest.mark.parametrize("path", [path for path in MODULES if "domain" in path.parts], ids=name_of)
def test_rules_know_no_clock_no_chance_and_no_system(path: Path) -> None:
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
    assert not impure & {name.partition(".")[0] for name in imports(path)}


def test_command_line_starts_without_heavy_libraries() -> None:
    """`envaccess --help` stays within six times of an empty Python (docs/benchmarks.md)."""
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
