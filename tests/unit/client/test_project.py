"""What a project's file may say, and what becomes of it."""

from pathlib import Path

import pytest

from envaccess.client.project import Project, load_project
from envaccess.client.project_rules import ProjectVariable
from envaccess.domain.errors import ProjectFileError
from envaccess.domain.variable import Variable
from tests.unit.client.project_files import FULL, MINIMAL, write_project


def load(tmp_path: Path, text: str) -> Project:
    write_project(tmp_path, text)
    found = load_project(tmp_path)
    assert found
    return found


def refused(tmp_path: Path, text: str) -> list[str]:
    """The sentences, without the file's path."""
    path = write_project(tmp_path, text)
    with pytest.raises(ProjectFileError) as error:
        load_project(tmp_path)
    lines = str(error.value).split("\n")
    assert all(line.startswith(f"{path}:") and line.isprintable() for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]


def test_a_file_says_names_environment_duration_and_reason(tmp_path: Path) -> None:
    project = load(tmp_path, FULL)
    assert (project.environment, project.duration, project.why) == ("production", "1h", "run the tests")
    assert project.variables == (
        ProjectVariable("STRIPE_KEY", Variable("production", "STRIPE_KEY"), bare=True),
        ProjectVariable("DB_URL", Variable("staging", "DB_URL")),
        ProjectVariable("SENTRY_DSN", Variable("production", "SENTRY_DSN"), optional=True, bare=True),
        ProjectVariable("PGPASSWORD", Variable("shared", "DB_PASSWORD")),
    )


def test_a_list_alone_is_what_is_required(tmp_path: Path) -> None:
    expected = ProjectVariable("STRIPE_KEY", Variable("default", "STRIPE_KEY"), bare=True)
    assert load(tmp_path, MINIMAL).variables == (expected,)


def test_a_listed_name_may_have_another_source(tmp_path: Path) -> None:
    text = 'duration = "once"\nwhy = "why not"\n[variables]\noptional = ["DSN"]\nDSN = "shared/SENTRY_DSN"\n'
    expected = ProjectVariable("DSN", Variable("shared", "SENTRY_DSN"), optional=True)
    assert load(tmp_path, text).variables == (expected,)


def test_another_environment_moves_only_names_without_one_of_their_own(tmp_path: Path) -> None:
    moved = load(tmp_path, FULL).in_environment("staging")
    assert [str(each.variable) for each in moved.variables] == [
        "staging/STRIPE_KEY", "staging/DB_URL", "staging/SENTRY_DSN", "shared/DB_PASSWORD",
    ]  # fmt: skip


def test_optional_variables_are_asked_for_where_they_are_known(tmp_path: Path) -> None:
    project = load(tmp_path, FULL)
    required = ["STRIPE_KEY", "DB_URL", "PGPASSWORD"]
    assert [each.name for each in project.chosen([])] == required
    known = [each.name for each in project.chosen([Variable("production", "SENTRY_DSN")])]
    assert known == ["STRIPE_KEY", "DB_URL", "SENTRY_DSN", "PGPASSWORD"]


def test_no_file_is_no_project(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert load_project(tmp_path) is None


FORM = "a name is NAME or environment/NAME, of letters, digits and `_`"
NO_VALUE = "this file never holds a value"
LIST = 'is a list of names, such as {} = ["STRIPE_KEY", "DATABASE_URL"]'
UNKNOWN = {
    'enviroment = "staging"': "there is no such key: did you mean `environment`?",
    "colour = true": "there is no such key: there are environment, variables, duration, why",
    'optional = ["DSN"]': "`optional` belongs under [variables]",
    "environment = 3": '`environment` is a text in double quotes, such as environment = "production"',
    'environment = "a/b"': "an environment's name is of letters, digits, `.`, `-` and `_`, 20 at most",
    'KEY = "anything"': NO_VALUE
    + ': names stand in `variables`, or under [variables] as NAME = "environment/NAME"',
    "KEY=anything": 'this is not TOML: text stands in double quotes, NAME = "environment/NAME"; and '
    + NO_VALUE,
}


@pytest.mark.parametrize("line", UNKNOWN)
def test_a_fault_names_file_line_and_mend(tmp_path: Path, line: str) -> None:
    assert refused(tmp_path, MINIMAL + line + "\n") == [f"4: {UNKNOWN[line]}"]


TABLES = {
    'required = ["A B"]': f"4: {FORM}",
    'required = ["A=hello"]': f"4: {FORM}; {NO_VALUE}",
    'required = ["@shop"]': "4: a set may change after you trusted this file: list the variables themselves",
    'required = ["A", "A"]': "4: `required` has a name twice: take one out",
    "required = []": f"4: `required` {LIST.format('required')}",
    "required = [1]": f"4: `required` {LIST.format('required')}",
    'KEY = "anything"': f'4: {NO_VALUE}: say which variable it has, as in NAME = "production/OTHER_NAME"',
    '"DB-URL" = "a/B"': "4: a name under [variables] is of letters, digits and `_`",
    'required = ["A"]\noptional = ["A"]': "4: A is both required and optional: take one out",
    'required = ["x/A", "y/A"]': ' two variables would be A: rename one, as in NAME = "production/A"',
    "": f"3: `variables` {LIST.format('variables')}",
}


@pytest.mark.parametrize("table", TABLES)
def test_a_fault_among_the_variables_names_its_line_and_mend(tmp_path: Path, table: str) -> None:
    text = f'duration = "1h"\nwhy = "run the tests"\n[variables]\n{table}\n'
    assert refused(tmp_path, text)[0] == TABLES[table]


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    assert refused(tmp_path, 'duration = "soon"\nvariables = 3\n') == [
        ' there is no `why`: add why = "run the tests"',
        "1: a duration is 45s, 30m, 1h, 1h30m, 2d or once",
        '2: `variables` is a list of names, such as variables = ["STRIPE_KEY", "DATABASE_URL"]',
    ]


def test_more_than_fifty_variables_are_refused(tmp_path: Path) -> None:
    names = [f'"NAME_{number}"' for number in range(26)]
    others = [f'"OTHER_{number}"' for number in range(25)]
    table = f"[variables]\nrequired = [{', '.join(names)}]\noptional = [{', '.join(others)}]\n"
    (told,) = refused(tmp_path, f'duration = "1h"\nwhy = "tests"\n{table}')
    assert told == "3: these are more than 50 variables"


@pytest.mark.parametrize(
    "why", ["", "  ", "ab", "x" * 501, "two\\nlines", "\\u001b[2Jgone", "\\u202egone", "a\\u200b" * 3]
)
def test_a_reason_is_one_line_that_is_seen(tmp_path: Path, why: str) -> None:
    text = MINIMAL.replace("run the tests", why)
    (told,) = refused(tmp_path, text)
    assert told.startswith("3: a reason is one line of 3 to 500 characters")


@pytest.mark.parametrize(
    "line",
    [
        "# STRIPE_KEY=" + "sk_live_" + "4242" * 6,
        "# the password is: " + "hunter2" + "!",
        "# " + "ghp_" + "a1B2" * 9,
    ],
)
def test_what_looks_like_a_value_is_refused_in_comments_too_and_never_repeated(
    tmp_path: Path, line: str
) -> None:
    (told,) = refused(tmp_path, MINIMAL + line + "\n")
    assert told.startswith("4: this looks like a value, and this file never holds one")


def test_a_pasted_key_among_the_names_is_refused(tmp_path: Path) -> None:
    pasted = "ghp_" + "a1B2" * 9
    (told,) = refused(tmp_path, MINIMAL.replace("STRIPE_KEY", pasted))
    assert pasted not in told
    assert told.startswith("1: this looks like a value")


def test_ordinary_names_and_reasons_are_no_values(tmp_path: Path) -> None:
    names = [
        "Serilog__WriteTo__0__Args__apiKey", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "NEXT_PUBLIC_SENTRY_DSN",
        "production/OAUTH2_CLIENT_SECRET", "GITHUB_TOKEN", "S3_BUCKET_EU_WEST_1", "k8s.prod-1/API_TOKEN_V2",
    ]  # fmt: skip
    listed = ", ".join(f'"{name}"' for name in names)
    text = '# DB_PASSWORD is only needed for `make e2e`\nduration = "1h"\nwhy = "don\'t panic: deploy #42"\n'
    project = load(tmp_path, f"{text}variables = [{listed}]\n")
    assert len(project.variables) == len(names)


def test_a_trusted_file_is_not_screened_again(tmp_path: Path) -> None:
    write_project(tmp_path, MINIMAL + "# password: " + "hunter2!\n")
    assert load_project(tmp_path, is_trusted=lambda _: True)
