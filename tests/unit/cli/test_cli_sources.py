"""`envaccess sources`: check, explain, test, schema; no value and no credential in what they print."""

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from envaccess.domain.variable import Variable
from envaccess.settings import Settings
from envaccess.sources_file.schema import sources_schema
from envaccess.wiring.source_tools import SourceChecks
from envaccess.wiring.sources_diagnosis import diagnose_sources
from tests.fakes.kept_over_http import kept_over_http
from tests.unit.cli.cli_front import Ended, FakeFront, run

__all__ = ["kept_over_http"]
VALUE, TOKEN = "value-for-tests", "token-for-tests"
pytestmark = pytest.mark.usefixtures("kept_over_http")


class _Answers(BaseHTTPRequestHandler):
    """`/health`, `/a` with a value, `/secret` denied, and nothing else."""

    def do_GET(self) -> None:
        status, body = {
            "/": (200, json.dumps(["x/production/B", "shop/new-key"])),
            "/health": (200, "{}"),
            "/a": (200, json.dumps({"value": VALUE})),
            "/secret": (403, VALUE),
        }.get(self.path, (404, VALUE))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            status = 401
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Not on a test's stderr."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    thread = threading.Thread(target=serving.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_port}"
    serving.shutdown()
    serving.server_close()
    thread.join()


@dataclass
class SourcesFront(FakeFront):
    """The real tools, on a file of a test."""

    path: Path | None = None
    settings: dict[str, object] = field(default_factory=dict)

    def sources(self) -> SourceChecks:
        return SourceChecks(Settings.explicit(home=Path("/nowhere"), sources_file=self.path))


@pytest.fixture
def file(tmp_path: Path, server: str) -> Path:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    path = tmp_path / "sources.yml"
    path.write_text(f"""version: 1
sources:
  kv: {{kind: vault, address: '{server}', token: 'file:{tmp_path}/token'}}
names:
  - {{match: production/A, read: {{source: kv, path: a}},
     rotate: {{with: owner, when: {{seen_by: 3, age: 90d}}}}}}
  - {{match: production/DENIED, read: {{source: kv, path: secret}}}}
  - {{match: production/*, read: {{source: kv, path: 'x/{{environment}}/{{name}}'}}}}
  - match: staging/DB
    lease: {{source: kv, group: app, url: 'postgresql://{{user}}:{{password}}@db/app'}}
""")
    return path


def sources(*args: str | Path, path: Path | None = None) -> Ended:
    ended = run(SourcesFront(path=path), "sources", *map(str, args))
    assert VALUE not in ended.said
    assert TOKEN not in ended.said
    return ended


def test_check_asks_each_source(file: Path) -> None:
    ended = sources("check", path=file)
    told = f"ok kv: it answers, and takes the token\n{file}: 1 source, 4 rules, all right\n"
    assert (ended.code, ended.out) == (0, told)


def test_check_says_which_source_cannot_be_used(file: Path) -> None:
    (file.parent / "token").write_text("another-for-tests")
    ended = sources("check", path=file)
    assert (ended.code, ended.out.partition(" ->")[0]) == (1, "FAULT kv: The source kv answered 401")


def test_check_offline_needs_no_credential_and_asks_nobody(file: Path) -> None:
    (file.parent / "token").unlink()
    assert sources("check", "--offline", path=file).code == 0
    ended = sources("check", path=file)
    assert ended.code == 1
    assert ended.out.startswith(f"{file}:3: sources.kv.token: that file cannot be read")


def test_check_tells_every_fault_with_its_line(file: Path) -> None:
    file.write_text("version: 1\nsources: {a: {}}\nnames:\n  - {match: A, read: {source: b}}\n")
    ended = sources("check", path=file)
    assert [line.partition(": ")[0] for line in ended.out.splitlines()] == [f"{file}:2", f"{file}:4"]
    assert ended.code == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("production/A", "production/A: kept in kv (vault), by {file}:5 (match production/A)"),
        ("production/B", "production/B: kept in kv (vault), by {file}:8 (match production/*)"),
        ("staging/DB", "staging/DB: made for each grant by kv (vault), by {file}:9 (match staging/DB)"),
        ("C", "C: no rule of {file} matches it, so it is kept in the sealed store"),
    ],
)
def test_explain_says_where_and_by_which_rule(file: Path, name: str, told: str) -> None:
    ended = sources("explain", name, path=file)
    assert (ended.code, ended.out.splitlines()[0]) == (0, told.format(file=file))


def test_explain_fills_in_what_the_name_gives_and_says_when_it_is_rotated(file: Path) -> None:
    assert "  path: x/production/B\n" in sources("explain", "production/B", path=file).out
    when = "when 3 people saw it, when it is 90d old; the old value lives 30m on"
    assert f"  rotated: by owner, {when}\n" in sources("explain", "production/A", path=file).out


def test_test_reads_and_shows_nothing(file: Path) -> None:
    assert sources("test", "production/A", path=file).out == "production/A: it could be read from kv\n"


@pytest.mark.parametrize(("name", "fault"), [("DENIED", "denied"), ("GONE", "missing")])
def test_test_says_why_it_could_not_be_read(file: Path, name: str, fault: str) -> None:
    ended = sources("test", f"production/{name}", path=file)
    assert ended.code == 1
    assert f"production/{name} could not be read ({fault}): The source kv answered 40" in ended.err


def test_test_reads_no_sealed_value_and_makes_no_lease(file: Path) -> None:
    assert "`envaccess secrets read` reads it, audited" in sources("test", "C", path=file).err
    assert "made by kv for each grant" in sources("test", "staging/DB", path=file).err


def test_schema_has_every_kind_with_its_fields() -> None:
    schema = json.loads(SourcesFront().sources().schema())
    assert schema == sources_schema()
    kinds = schema["properties"]["sources"]["additionalProperties"]["oneOf"]
    assert {"$ref": "#/$defs/KeptPart"} in kinds
    assert schema["$defs"]["KeptPart"]["properties"]["kind"]["enum"] == ["vault"]
    assert {"$ref": "#/$defs/KeptLease"} in schema["$defs"]["NamePart"]["properties"]["lease"]["anyOf"]


def test_the_doctor_asks_each_source_and_says_what_to_mend(file: Path) -> None:
    settings = Settings.explicit(home=Path("/nowhere"), sources_file=file)
    assert [(found.subject, found.ok) for found in asyncio.run(diagnose_sources(settings))] == [
        ("ENVACCESS_SOURCES_FILE", "4 rules; where none matches, the sealed store"),
        ("source kv", "it answers, and takes the token"),
    ]
    (file.parent / "token").write_text("another-for-tests")
    (_, found) = asyncio.run(diagnose_sources(settings))
    assert found.fault
    assert (found.fault.problem, found.fault.grave) == ("The source kv answered 401", True)
    file.write_text("version: 1\nsources: {a: {}}\nnames: [{match: A, read: {source: b}}]\n")
    (found,) = asyncio.run(diagnose_sources(settings))
    assert found.fault
    assert found.fault.problem.startswith("line 2: sources.a.kind: it is missing")
    assert found.fault.problem.endswith("(and 1 more)")
    assert asyncio.run(diagnose_sources(Settings.explicit(home=Path("/nowhere")))) == []


def test_without_a_file_it_asks_which() -> None:
    assert sources("check").code == 2


@pytest.mark.parametrize(
    "command", [["set", "A"], ["delete", "A", "--yes"], ["read", "A", "--why", "a drill"]]
)
def test_values_that_are_kept_elsewhere_are_changed_there(command: list[str]) -> None:
    front = FakeFront()
    front.inside.elsewhere[Variable("default", "A")] = "vault"
    ended = run(front, "secrets", *command, stdin=VALUE.encode())
    assert ended.code == 1
    assert "ENVACCESS_SOURCES_FILE keeps this in another source, where to change it: A (vault)." in ended.err
    assert not front.inside.values.kept


def test_a_rule_that_no_name_reaches_is_a_note(file: Path) -> None:
    file.write_text("version: 1\nnames:\n" + 2 * "  - {match: A, read: {source: sealed}}\n")
    ended = sources("check", str(file))
    assert ended.code == 0
    assert "note line 4: default/A is never read by this rule: line 3 matches it before\n" in ended.out


def test_adopt_asks_the_source_what_it_has(file: Path) -> None:
    ended = sources("adopt", "kv", "--environment", "staging", path=file)
    assert ended.code == 0
    assert "Found by the rules:\n  production/B\n" in ended.err
    assert "  - {match: staging/NEW_KEY, read: {source: kv, path: shop/new-key}}\n" in ended.out
