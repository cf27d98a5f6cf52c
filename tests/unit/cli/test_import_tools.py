"""`secrets import` of what other tools export: each value as that tool means it, and no name of its own."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envaccess.cli.importing.forms import FileForm, read_file
from tests.unit.cli.cli_front import Ended, FakeDesk, FakeFront, FakeValues, run, variable

EXPORTS = Path(__file__).parents[2] / "data" / "exports"
PEM = "-----BEGIN KEY-----\nvalue-for-tests\n-----END KEY-----\n"
BOMB = "a0: &a0 {X: 1}\n" + "".join(f"a{i}: &a{i} {{p: *a{i - 1}, q: *a{i - 1}}}\n" for i in range(1, 40))
CHAIN = "a0: &a0 {X: v}\n" + "".join(f"a{i}: &a{i}\n  <<: *a{i - 1}\n  Y: v\n" for i in range(1, 99))
"""What a few lines multiply to, and what is merged from one to the next."""
DOPPLER = {"PORT": "3000", "PRIVATE_KEY": PEM, "QUOTED": 'say "value" for $TESTS'}


@pytest.fixture
def front() -> FakeFront:
    return FakeFront()


def load(front: FakeFront, text: str, *options: str) -> Ended:
    ended = run(front, "secrets", "import", "-", *options, stdin=text.encode())
    assert "value-for-tests" not in ended.said
    return ended


def exported(front: FakeFront, name: str, *options: str) -> Ended:
    return load(front, (EXPORTS / name).read_text(encoding="utf-8"), *options)


def kept(front: FakeFront) -> dict[str, str]:
    return {name.label: value for name, value in front.inside.values.kept.items()}


def test_heroku_s_shell_format_is_read_as_heroku_quotes_it(front: FakeFront) -> None:
    assert exported(front, "heroku.txt", "--format", "heroku", "--yes").code == 0
    assert kept(front) == {
        "DATABASE_URL": "postgres://app:value-for-tests@db.example.com:5432/app",
        "GREETING": 'it\'s $5 for `tests`, "now"! C:\\dir\nsecond line',
        "LANG": "en_US.UTF-8",
        "RAILS_ENV": "production",
        "SPACED": " value for tests ",
        "WINDOWS": "C:\\dir\\name",
    }


def test_heroku_s_table_is_refused_with_the_command_whose_output_can_be_imported(
    front: FakeFront,
) -> None:
    ended = load(front, "=== shop Config Vars\nAPI_TOKEN: value-for-tests\n", "--yes")
    assert (ended.code, "`heroku config -s`" in ended.err, kept(front)) == (1, True, {})


def test_vercel_s_file_is_known_by_its_first_line_and_loses_nothing_to_its_quotes(front: FakeFront) -> None:
    ended = exported(front, "vercel.env", "--skip-empty", "--yes")
    assert ended.code == 0
    assert (
        "left out: NX_DAEMON, TURBO_CACHE, VERCEL, VERCEL_ENV, VERCEL_OIDC_TOKEN: set by Vercel" in ended.err
    )
    assert kept(front) == {
        "API_TOKEN": "value-for-tests-1",
        "GOOGLE_CREDENTIALS": f'{{"type":"service_account","key":"{PEM}"}}',
        "HASHED": "value # for tests",
    }


@pytest.mark.parametrize("name", ["doppler.json", "doppler.env", "doppler.yaml"])
@pytest.mark.parametrize("options", [[], ["--format", "doppler"]])
def test_doppler_s_formats_say_the_same(front: FakeFront, name: str, options: list[str]) -> None:
    ended = exported(front, name, "--yes", *options)
    assert ended.code == 0
    assert "left out: DOPPLER_CONFIG, DOPPLER_ENVIRONMENT, DOPPLER_PROJECT: said by Doppler" in ended.err
    assert kept(front) == DOPPLER


def test_a_compose_file_s_values_are_those_that_stand_in_it(front: FakeFront) -> None:
    ended = exported(front, "compose.yaml", "--yes")
    assert ended.code == 0
    assert kept(front) == {
        "LOG_LEVEL": "info",
        "DB_PASSWORD": "value-for-tests-1",
        "DOLLARS": "a$b${C}",
        "PORT": "8080",
        "DEBUG": "true",
        "QUEUE": '"jobs"',
    }
    for told in (
        "note: service web reads `web.env`, `./more.env`, too, by `env_file`: import it by itself.",
        "note: service worker extends another one, which is not followed.",
        "note: `secrets` of the file is not followed: import what it names by itself.",
        "note: QUEUE: in quotes that belong to the value",
        "left out: FROM_SHELL: without a value here",
        "left out: HOST, ADDRESS: with `$NAME` or `${NAME}`, which compose fills in",
    ):
        assert told in ended.err


def test_two_services_with_different_values_are_imported_one_by_one(front: FakeFront) -> None:
    one, other = "{X: value-for-tests-1}", "[X=value-for-tests-2]"
    text = f"services:\n  a:\n    environment: {one}\n  b:\n    environment: {other}\n"
    ended = load(front, text, "--yes")
    assert (ended.code, kept(front)) == (1, {})
    told = "line 5: X has another value on line 3, in another service: import one with --service"
    assert told in ended.err
    assert load(front, text, "--service", "b", "--yes").code == 0
    assert kept(front) == {"X": "value-for-tests-2"}
    assert load(front, text, "--service", "none", "--yes").code == 1


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_file_may_hold_environments_and_a_value_that_two_of_them_share_is_told(
    front: FakeFront, form: str
) -> None:
    yaml = (
        "development: {STRIPE_KEY: value-for-tests-1, PORT: 8080, DEBUG: true}\n"
        "production:\n  STRIPE_KEY: 'value-for-tests-1'\n  PORT: 8080\n"
    )
    ended = exported(front, "environments.json", "--yes") if form == "json" else load(front, yaml, "--yes")
    assert ended.code == 0
    assert kept(front) == {
        "development/STRIPE_KEY": "value-for-tests-1",
        "development/PORT": "8080",
        "development/DEBUG": "true",
        "production/STRIPE_KEY": "value-for-tests-1",
        "production/PORT": "8080",
    }
    assert "note: development/STRIPE_KEY, production/STRIPE_KEY: the same value, so that" in ended.err
    assert "PORT" not in ended.err


def test_two_names_of_one_value_are_told(front: FakeFront) -> None:
    ended = load(front, "A=value-for-tests-1\nB=value-for-tests-2\nC=value-for-tests-1\n", "--yes")
    assert "note: A, C: the same value, so that whoever is let see one knows the other." in ended.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"A": {"B": 1}, "C": "value-for-tests"}', "entry 1: "),
        ('{"A": [1], "C": "value-for-tests"}', "entry 1: the value is a list or has names of its own"),
        ('{"A": "1", "A": "value-for-tests"}', "entry 2: A stands on entry 1 already"),
        ('{"A": "value-for-tests", "B": null}', "entry 2: the value of B is empty"),
        ('{"A": "value-for-tests\\u0000"}', "entry 1: the value of A holds a NUL"),
        ('{"not a name": "value-for-tests"}', "entry 1: its name is none"),
        ('{"A": "value-for-tests",}', "begins like JSON and is none (line 1)"),
        ('{"A": NaN, "B": "value-for-tests"}', "begins like JSON and is none"),
        ("[" * 100_000, "begins like JSON and is none"),
        ('["value-for-tests"]', "no object of names with values"),
        ("A: 1\nA: value-for-tests\n", "Line 2 cannot be read as YAML"),
        ("A: value-for-tests\nB=2\n", "cannot be read as YAML"),
        ("A: !vault |\n  value-for-tests\n", "Line 1 cannot be read as YAML"),
        ("A: 010\nB: value-for-tests\n", "line 1: other tools read this number as another text"),
        ("A: 1.50\n", "line 1: other tools read this number"),
        ("A: 1e3\n", "line 1: other tools read this number"),
        ("A: 22:30\n", "line 1: other tools read this number"),
        (BOMB, "cannot be read as YAML"),
        (CHAIN, "`<<` merges too deep"),
        ("A: 0x1F\n", "line 1: other tools read this number"),
        ("A: ~\n", "line 1: the value of A is empty"),
        ("A:\n  - value-for-tests\n", "line 1: the value is a list"),
        ("A: value-for-tests\nnot a name: 1\n", "line 2: its name is none"),
        ("A: *b\n", "Line 1 cannot be read as YAML"),
        ("services: {a: {environment: {A: a$}}}\n", "line 1: compose refuses this `$`"),
        ("services: {a: {environment: [{A: 1}]}}\n", "line 1: an item of `environment` is NAME=value"),
        ("services: {a: {environment: text}}\n", "neither a mapping nor a list"),
        ("services: {}\n", "The file holds no values."),
    ],
)
def test_what_cannot_be_taken_stores_nothing_and_shows_nothing(
    front: FakeFront, text: str, told: str
) -> None:
    ended = load(front, text, "--yes")
    assert (ended.code, kept(front), front.opened) == (1, {}, 0)
    assert told in ended.err


@pytest.mark.parametrize("form", ["heroku", "vercel"])
@pytest.mark.parametrize(
    "line",
    ["A='value-for-tests", 'A="value-for-tests\\', "A", "A B=1", "a-b=value-for-tests", "=1", 'A=x"y"'],
)
def test_a_line_that_the_tool_never_writes_is_no_line_of_it(front: FakeFront, form: str, line: str) -> None:
    ended = load(front, f'B="1"\n{line}\n', "--format", form, "--yes")
    assert (ended.code, kept(front)) == (1, {})
    assert "line 2: " in ended.err


def _heroku_quoted(value: str) -> str:
    """As Heroku's CLI writes a value."""
    if not any(character in "\"# \t!$&'()*,:;<=>?@[\\]^`{|}\n\r\f\v" for character in value):
        return value
    if "'" in value or "\n" in value:
        escaped = "".join(f"\\{character}" if character in '"\\$`!' else character for character in value)
        return '"' + escaped.replace("\n", "\\n") + '"'
    return "'" + value.replace("\\", "\\\\") + "'"


@given(st.text(alphabet=st.characters(exclude_characters="\r\x00", exclude_categories=["Cs"]), min_size=1))
def test_whatever_heroku_quotes_is_read_back(value: str) -> None:
    (entry,) = read_file(f"A={_heroku_quoted(value)}\n", FileForm.HEROKU).entries
    assert (entry.fault, entry.value) == ("", value)


@given(st.text(alphabet=st.characters(exclude_characters="\x00\\", exclude_categories=["Cs"])))
def test_whatever_vercel_writes_is_read_back(value: str) -> None:
    written = value.replace("\n", "\\n").replace("\r", "\\r")
    (entry,) = read_file(f'# Created by Vercel CLI\nA="{written}"\n').entries
    assert (entry.fault, entry.value) == ("", value)


def test_powershell_s_encoding_is_named(front: FakeFront) -> None:
    ended = run(front, "secrets", "import", "-", "--yes", stdin="A=value-for-tests".encode("utf-16"))
    assert (ended.code, "UTF-16, as `>` of PowerShell writes it" in ended.err) == (1, True)


@pytest.mark.parametrize(
    "text",
    ["A: ENC[AES256_GCM,data:x]\nsops:\n  version: 3\n", '{"A": "ENC[AES256_GCM,data:x]",\n"sops": {}}'],
)
def test_a_file_of_sops_is_opened_by_sops(front: FakeFront, text: str) -> None:
    ended = load(front, text, "--yes")
    assert (ended.code, "`sops decrypt FILE | envaccess secrets import -`" in ended.err) == (1, True)


def test_stores_are_not_asked_where_nothing_is_left_to_store(front: FakeFront) -> None:
    ended = load(front, "A=op://vault/item/field\n", "--yes")
    assert (ended.code, front.opened) == (0, 0)
    assert "There is nothing to store." in ended.err


def test_a_dry_run_says_what_would_be_done_and_stores_nothing() -> None:
    front = FakeFront(FakeDesk(FakeValues({variable("B"): "old"})))
    for options in (["--dry-run"], ["--dry-run", "--yes"]):
        ended = load(front, "A=value-for-tests\nB=2\n", "--replace", *options)
        assert ended.code == 0
        assert "Would be created in Acme: A.\nWould be replaced in Acme: B.\n" in ended.err
        assert ended.err.endswith("Nothing was stored: this was a dry run.\n")
    ended = load(front, "A=value-for-tests\nB=2\n", "--replace")
    assert ended.code == 2
    assert "say --yes to store this, or --dry-run to look only" in ended.err
    assert kept(front) == {"B": "old"}


@pytest.mark.parametrize(("typed", "codes"), [("y\n", {0}), ("n\n", {1}), ("\n", {1}), ("", {1, 130})])
def test_a_terminal_is_asked_and_no_is_meant_unless_yes_is_typed(
    front: FakeFront, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, codes: set[int]
) -> None:
    """The runner of click 8.2 takes the end of what is typed for an empty line, later ones for a way out."""
    monkeypatch.setattr("envaccess.cli.secrets_import.is_terminal", lambda: True)
    path = tmp_path / ".env"
    path.write_text("A=value-for-tests\n", encoding="utf-8")
    path.chmod(0o600)
    ended = run(front, "secrets", "import", str(path), stdin=typed.encode())
    assert ended.code in codes
    assert "Would be created in Acme: A." in ended.err
    assert "Store 1 value? [y/N]" in ended.err
    assert ("The file still holds these values: delete it." in ended.err) is (typed == "y\n")
    assert kept(front) == ({"A": "value-for-tests"} if typed == "y\n" else {})


def test_a_value_that_another_environment_has_already_is_told() -> None:
    stored = {variable("development/A"): "value-for-tests", variable("B"): "short"}
    front = FakeFront(FakeDesk(FakeValues(stored)))
    ended = load(front, "A=value-for-tests\nB=short\n", "--environment", "production", "--dry-run")
    assert ended.code == 0
    assert "note: production/A, development/A: the same value, so that" in ended.err
    assert "/B: the same" not in ended.err


def test_a_file_with_environments_takes_none_beside_them(front: FakeFront) -> None:
    ended = exported(front, "environments.json", "--environment", "staging", "--yes")
    assert (ended.code, kept(front)) == (2, {})


def test_nothing_of_a_file_changes_the_terminal(front: FakeFront) -> None:
    """A name of a file or a service may hold what moves the cursor or hides text."""
    text = 'services: {"a\\e[2Jb": {env_file: "c\\e]0;d\\ae", environment: {A: value-for-tests}}}'
    ended = load(front, text, "--yes")
    assert ended.code == 0
    assert "\x1b" not in ended.err
    assert "\x07" not in ended.err


def test_nobody_knows_who_has_seen_what_was_imported(front: FakeFront) -> None:
    assert load(front, "A=value-for-tests\n", "--yes").code == 0
    page = asyncio.run(front.inside.ledger.seen(variable("A")))
    assert (page.count.unknown, page.count.people) == (True, 0)


def test_what_doppler_lists_is_refused_with_the_command_whose_output_can_be_imported(
    front: FakeFront,
) -> None:
    """`doppler secrets --json` is no `download`: its parts would be names of an environment."""
    text = '{"A": {"computed": "value-for-tests", "computedVisibility": "masked", "note": ""}}'
    ended = load(front, text, "--yes")
    assert (ended.code, "`doppler secrets download" in ended.err, kept(front)) == (1, True, {})


def test_an_item_of_compose_that_a_comment_cuts_is_told(front: FakeFront) -> None:
    text = "services:\n  a:\n    environment:\n      - A=value-for-tests #1\n"
    assert "cut at ` #`" in load(front, text, "--dry-run").said
