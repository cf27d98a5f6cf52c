"""What a file of sources could be made to do: fill the memory, hang, tell a secret, read another's secret."""

import json
import os
import socket
import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.domain.file_fault import FileFault
from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.sources.templates import fill_for
from envaccess.domain.variable import Variable, parse_variable
from envaccess.sources.credentials import LiveCredential, read_credential
from envaccess.sources_file.reading import read_sources
from envaccess.sources_file.scalars import Lookup, template
from envaccess.wiring.sources import load_sources
from envaccess.yaml_file.scalars import FieldError
from tests.fakes.sources import lookup

SECRET = "value-for-tests"
pytestmark = pytest.mark.usefixtures("kept_over_http")


def kept(address: str = "https://kv.internal", token: str = "env:TOKEN") -> str:
    return f"version: 1\nsources:\n  kv: {{kind: vault, address: '{address}', token: '{token}'}}\n"


def faults(text: str, found_in: Lookup | None = None) -> list[str]:
    found = read_sources(text, found_in or lookup(TOKEN=SECRET))
    assert isinstance(found, tuple), "it was taken"
    told = [f"{fault.line} {fault}" for fault in found]
    assert SECRET not in "".join(told)
    return told


def refused(text: str, words: str) -> None:
    told = faults(text)
    assert any(words in one for one in told), told


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a, *a, *a]\n" for n in range(9))
        + "c: &c [" + ", ".join("*b8" for _ in range(20_000)) + "]\n",
        "names: " + "[" * 5_000 + "]" * 5_000,
        "names: &x [*x]\n",
        "version: 1\n" + "# long\n" * 150_000,
        "sources: {" + ", ".join(f"s{n}: {{kind: sealed}}" for n in range(60)) + "}",
        "version: !!python/object/apply:os.system [id]",
        "version: 1\n---\nversion: 1",
        "\x00",
        "- a",
    ],
)  # fmt: skip
def test_no_file_takes_the_memory_or_the_day(text: str) -> None:
    assert faults(text)


def test_what_is_declared_twice_is_told() -> None:
    """The second one would win in silence, and a reviewer reads the first."""
    refused("version: 1\nsources:\n  kv: {kind: sealed}\n  kv: {kind: sealed}\n", "kv")
    refused("version: 1\nnames: [{match: A, match: B, read: {source: sealed}}]", "match")


@pytest.mark.parametrize(
    "token", [SECRET, f"env:{SECRET}", "env:", "file:", "file:relative", f"ENV:{SECRET}"]
)
def test_a_credential_that_stands_in_the_file_is_refused_and_not_repeated(token: str) -> None:
    refused(kept(token=token), "a credential never stands in this file")


@pytest.mark.parametrize(
    "name",
    ["ENVACCESS_MASTER_KEYS", "ENVACCESS_ANYTHING", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "REDIS_URL"],
)
def test_who_writes_the_file_sends_no_key_or_token_of_ours_to_an_address_of_theirs(name: str) -> None:
    told = faults(kept(token=f"env:{name}"), Lookup({name: SECRET}.get, read_credential))
    assert "goes to no source" in told[0]


@pytest.mark.parametrize("linked", ["", "symlink_to", "hardlink_to"])
def test_nor_the_generated_key_nor_a_setting_s_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, linked: str
) -> None:
    for name in ("master.key", "keys"):
        (tmp_path / name).write_text(SECRET)
    monkeypatch.setenv("ENVACCESS_MASTER_KEYS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("ENVACCESS_HOME", str(tmp_path))
    for name in ("master.key", "keys"):
        file = tmp_path / "sources.yml"
        meant = tmp_path / name
        if linked:
            meant = tmp_path / f"{name}-link"
            getattr(meant, linked)(tmp_path / name)
        file.write_text(kept(token=f"file:{meant}"))
        found = load_sources(file)
        assert isinstance(found, tuple)
        assert "goes to no source" in found[0].problem
        assert SECRET not in str(found)


def test_nor_the_environment_as_a_file(tmp_path: Path) -> None:
    file = tmp_path / "sources.yml"
    for path in ("/proc/self/environ", "/proc/1/environ", "/proc/thread-self/environ"):
        file.write_text(kept(token=f"file:{path}"))
        found = load_sources(file)
        assert isinstance(found, tuple)
        assert "goes to no source" in found[0].problem


def test_a_link_to_itself_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "sources.yml").write_text(kept(token=f"file:{tmp_path}/loop"))
    found = load_sources(tmp_path / "sources.yml")
    assert isinstance(found, tuple)
    assert "cannot be read" in found[0].problem


def test_a_credential_is_in_no_repr_and_no_fault() -> None:
    found = read_sources(kept(), lookup(TOKEN=SECRET))
    assert isinstance(found, SourcesFile)
    assert next(found.sources["kv"].credentials()).text == SECRET
    assert SECRET not in f"{found.sources!r}{found.rules!r}{vars(found)!r}"
    refused(kept(address="ftp://x"), "no address")


@pytest.mark.parametrize("text", [f"{SECRET}\nsecond line", f"{SECRET}\x00", f"{SECRET}é", "", " \n"])
def test_a_token_of_several_lines_smuggles_no_header(text: str) -> None:
    assert faults(kept(), lookup(TOKEN=text))


def test_a_credential_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe is waited for until somebody writes; a device never ends."""
    pipe, folder, huge = tmp_path / "pipe", tmp_path / "folder", tmp_path / "huge"
    os.mkfifo(pipe)
    folder.mkdir()
    huge.write_bytes(b"x" * 70_000)
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + SECRET.encode())
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(tmp_path / "socket"))
        for name in ("pipe", "folder", "huge", "binary", "socket", "nothing", "loop"):
            if name == "loop":
                (tmp_path / name).symlink_to(tmp_path / name)
            with pytest.raises((OSError, ValueError)) as raised:
                read_credential(str(tmp_path / name))
            assert SECRET not in "".join(traceback.format_exception(raised.value)).replace(repr(SECRET), "")
    for device in ("/dev/zero", "/dev/random"):
        with pytest.raises(OSError, match="no file"):
            read_credential(device)
    real = Lookup(lambda _: None, read_credential)
    for name in ("pipe", "huge", "binary"):
        assert "cannot be read" in faults(kept(token=f"file:{tmp_path}/{name}"), real)[0]


def test_a_credential_that_becomes_a_pipe_is_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("first-for-tests\n")
    seen: list[str] = []
    spec = read_sources(kept(token=f"file:{file}"), Lookup(lambda _: None, read_credential))
    assert isinstance(spec, SourcesFile)
    live = LiveCredential(next(spec.sources["kv"].credentials()), seen.append)
    file.write_text("second-for-tests\n")
    assert (live.now(), seen) == ("second-for-tests", ["second-for-tests"])
    file.unlink()
    assert live.now() == "second-for-tests"
    os.mkfifo(file)
    assert live.now() == "second-for-tests"


@pytest.mark.parametrize(
    "address",
    [
        "http://kv.internal",
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1@kv.example.com",
        "https://user:value-for-tests@kv.internal",
        "https://kv.internal?x=1",
        "https://kv.internal#x",
        "https://kv.internal/{name}",
        "https://{name}.internal",
        "https://kv.internal:0",
        "https://[::1",
        "https://",
        "kv.internal",
        "file:///etc/passwd",
        "http://localhost.example.com",
        "http://0x7f000001.example.com",
        "https://kv.internal\\\\@evil.example.com",
        "https://kv.internal/ x",
    ],
)
def test_an_address_is_https_or_this_machine_and_depends_on_no_variable(address: str) -> None:
    refused(kept(address=address), "no address")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("kv/{environment}{name}", "run together"),
        ("kv/{environment}_{name}", "run together"),
        ("kv/{name}x{environment}", "run together"),
        ("kv/{nmae}", "nothing is filled in"),
        ("kv/{}", "a brace"),
        ("kv/{name", "a brace"),
        ("kv/{{name}}", "a brace"),
        ("kv/{name!r}", "a brace"),
        ("kv/{name.__class__}", "a brace"),
        ("kv/one", "would be the same secret"),
        ("kv/{name}\u202e", "nobody sees"),
        ("x" * 1_001 + "{name}", "write at most 1000"),
    ],
)
def test_a_template_that_could_be_another_s_secret_is_refused(path: str, words: str) -> None:
    refused(f"{kept()}names:\n  - {{match: '*/*', read: {{source: kv, path: '{path}'}}}}\n", words)


@pytest.mark.parametrize(
    ("rotate", "words"),
    [
        ("with: webhook, secret: env:HOOK, url: 'https://{name}.internal/x'", "host depends"),
        ("with: webhook, secret: env:HOOK, url: 'https://x/{password}'", "never sent a value"),
        ("with: webhook, secret: env:HOOK, url: 'http://hook.internal/x'", "no address"),
        ("with: webhook, secret: env:TOKEN, url: 'https://hook.internal/x'", "whsec_"),
        ("with: command, run: ['{name}']", "no whole path"),
        ("with: command, run: ['/bin/{name}']", "no whole path"),
        ("with: command, run: [sh, -c, rotate]", "no whole path"),
        ("with: command, run: [/bin/true, '{password}']", "nothing is filled in"),
        ("with: postgres, source: kv, roles: [a, a], url: 'x'", "not two roles"),
        ("with: postgres, source: kv, roles: [a, b], url: 'postgresql://{user}@db'", "without `{password}`"),
        ("with: postgres, source: kv, roles: [a, b], url: '{user}:{password}'", "`kv` is of kind vault"),
        ("with: postgres, source: no, roles: [a, b], url: '{user}:{password}'", "no source `no`"),
        ("with: aws-iam, source: kv, user: app", "`kv` is of kind vault"),
        ("with: owner, when: {seen_by: 0}", "out of bounds"),
        ("with: owner, when: {age: forever}", "no length of time"),
        ("with: owner, grace: -1s", "no length of time"),
    ],
)
def test_a_rotation_calls_and_runs_only_what_is_written_out(rotate: str, words: str) -> None:
    text = f"{kept()}names: [{{match: A, rotate: {{{rotate}}}}}]\n"
    told = faults(text, lookup(TOKEN=SECRET, HOOK="whsec_dmFsdWUtZm9yLXRlc3Rz"))
    assert any(words in one for one in told), told


def test_a_leased_value_is_never_rotated() -> None:
    rule = "{match: A, lease: {source: kv, group: g}, rotate: {with: owner}}"
    refused(f"{kept()}names: [{rule}]", "a leased value is never rotated")


NAMES = st.builds(str.__add__, st.sampled_from("aX_"), st.text("aX_9", max_size=4))
ENVIRONMENTS = st.builds(str.__add__, st.sampled_from("aX9"), st.text("aX_9.-", max_size=4))
VARIABLES = st.builds(Variable, ENVIRONMENTS, NAMES)
GAPS = st.text("abX09_/-.: ", max_size=3)


@given(VARIABLES, VARIABLES, GAPS, GAPS, GAPS, st.booleans())
def test_two_variables_are_never_one_secret(
    one: Variable, other: Variable, before: str, between: str, after: str, turned: bool
) -> None:
    """Who may have `prod_X/Y` must not get what `prod/X_Y` is."""
    parts = ("{name}", "{environment}") if turned else ("{environment}", "{name}")
    text = f"x{before}{parts[0]}{between}{parts[1]}{after}"
    try:
        said = template()(text)
    except FieldError:
        return
    assert (fill_for(said, one) == fill_for(said, other)) == (one == other)


@given(VARIABLES)
def test_a_name_never_leaves_its_place_in_a_path(variable: Variable) -> None:
    assert parse_variable(str(variable)) == variable
    parts = fill_for("kv/{environment}/{name}", variable).split("/")
    assert len(parts) == 3
    assert not {"", ".", ".."} & set(parts)
    assert not set("?#%\\{}\r\n ") & set("".join(parts))


LEAVES = st.sampled_from(
    [
        "1",
        "kv",
        "sealed",
        "vault",
        "A",
        "*/*",
        "env:TOKEN",
        "env:NO",
        "https://kv.internal",
        "{name}",
        "x",
        "",
    ]
)
KEYS = st.sampled_from(
    [
        "version",
        "sources",
        "names",
        "kv",
        "kind",
        "address",
        "token",
        "match",
        "read",
        "lease",
        "rotate",
        "source",
        "path",
        "group",
        "url",
        "with",
        "when",
        "age",
        "roles",
        "run",
        "grace",
        "user",
        "secret",
    ]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TREES, max_size=4), TREES, TREES)
def test_whatever_stands_there_is_a_file_or_faults_with_mends(
    top: dict[str, object], sources: object, names: object
) -> None:
    text = json.dumps({"version": "1", **top, "sources": sources, "names": names})  # JSON is YAML
    found = read_sources(text, lookup(TOKEN=SECRET))
    if isinstance(found, SourcesFile):
        found.place_of(Variable("production", "A"))
        found.rotation_of(Variable("production", "A"))
        list(found.literal())
        return
    assert found
    assert all(isinstance(fault, FileFault) and fault.problem and fault.mend for fault in found)
    assert SECRET not in "".join(map(str, found))
