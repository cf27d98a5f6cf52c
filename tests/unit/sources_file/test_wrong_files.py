"""Files as somebody writes them in a hurry: each fault with its line, its field and what to write."""

import pytest

from envaccess.domain.sources.file import SourcesFile
from envaccess.domain.variable import Variable
from envaccess.sources_file.reading import read_sources
from tests.fakes.sources import lookup

HEAD = """version: 1
sources:
  vault: {kind: vault, address: https://vault.internal, auth: {token: 'env:TOKEN'}}
  aws: {kind: aws-secrets-manager, region: eu-central-1}
  pg: {kind: postgres, dsn: 'env:DSN'}
names:
"""
FOUND = lookup(
    {"/run/empty": " \n", "/run/two": "a\nb\n"},
    TOKEN="value-for-tests\n",
    DSN="value-for-tests",
    AWS_ACCESS_KEY_ID="value-for-tests",
    AWS_SECRET_ACCESS_KEY="value-for-tests",
    EMPTY=" ",
)


def told(text: str) -> list[str]:
    found = read_sources(text, FOUND)
    assert isinstance(found, tuple), "it was taken"
    return [f"{fault.line} {fault}" for fault in found]


def kept(fields: str) -> str:
    return f"version: 1\nsources:\n  a: {{{fields}}}\n"


def token(said: str) -> str:
    return kept(f"kind: vault, address: https://a, auth: {{token: {said}}}")


def test_a_source_that_is_not_declared_is_told_with_every_fault_of_shape() -> None:
    """What a rule names is looked at even where the rule, or another one, has another fault."""
    found = told(
        f"{HEAD}  - {{match: A, read: {{source: vautl, path: a}}}}\n"
        "  - {match: 'no glob', read: {source: nowhere}}\n"
        "  - {match: B, read: {source: vault}, lease: {source: pg, url: x}}\n"
        "  - {match: C, rotate: {with: postgres, source: gone, when: {seen_by: x}}}\n"
    )
    for words in (
        "7 names[0].read.source: there is no source `vautl` -> did you mean `vault`?",
        "8 names[1].match: `no glob` could match no name",
        "8 names[1].read.source: there is no source `nowhere`",
        "9 names[2]: it has both `read` and `lease`",
        "9 names[2].read.path: it is missing",
        "9 names[2].lease.group: it is missing",
        "9 names[2].lease.url: without `{user}` and `{password}` in it nobody could log in",
        "10 names[3].rotate.source: there is no source `gone`",
        "10 names[3].rotate.when.seen_by: `x` is no number",
    ):
        assert any(one.startswith(words) for one in found), (words, found)


@pytest.mark.parametrize(
    ("text", "words", "mend"),
    [
        (
            "version: 1\nsources:\n  - {kind: vault}\n",
            "2 sources: this has the wrong shape: a list",
            "by its name",
        ),
        (
            HEAD + "  A: {path: x}\n",
            "6 names: this has the wrong shape: a mapping",
            "begin each rule with `- `",
        ),
        (HEAD + "  - A\n", "7 names[0]: this has the wrong shape: a text stands here", "`{match: "),
        (
            HEAD + "  - {match: A, read: vault}\n",
            "7 names[0].read: this has the wrong shape: a text",
            "`read: {",
        ),
        (HEAD + "  - {match: A, read: }\n", "7 names[0].read: this has the wrong shape: nothing", "`read: {"),
        (HEAD + "  - {match: A, rotate: owner}\n", "7 names[0].rotate: this has the wrong shape", "{with: "),
        (
            kept("kind: vault, address: https://a, auth: token"),
            "3 sources.a.auth: this has the wrong shape",
            "auth: {",
        ),
        (kept("kind: vault, address: https://a"), "3 sources.a.auth: it is missing", "`auth: {token: "),
        (kept("kind: hashicorp-vault"), "3 sources.a.kind: there is no kind", "did you mean `vault`?"),
        (kept("kind: aws"), "3 sources.a.kind: there is no kind", "`aws-secrets-manager`, `aws-ssm`"),
        (kept("kind: azure"), "3 sources.a.kind: there is no kind", "there are vault, kubernetes"),
        (
            "version: 1\nsources:\n  a: &a {kind: x}\n  b: {<<: *a}\n",
            "4 sources.b: `<<` is not followed",
            "out",
        ),
        (
            HEAD + "  - {match: 'p/*', read: {source: vault, path: kv/{name}}}\n",
            "7 this is no YAML",
            "`'kv/{name}'`",
        ),
        (
            HEAD + "  - match: p/*\n    read: {source: vault, path: {name}}\n",
            "a mapping stands here",
            "`'{name}'`",
        ),
        (
            HEAD + "  - {match: A, read: {source: vault, path: 'a\0b'}}\n",
            "7 a character stands here",
            "delete it",
        ),
        (HEAD + '  - {match: A, read: {source: vault, path: "a\\0b"}}\n', "nobody sees", "without it"),
        (
            HEAD + "  - {match: A, read: {source: vault, path: kv/../sys/raw}}\n",
            "no path of a secret",
            "`..`",
        ),
        (HEAD + "  - {match: 'p/A, p/B', read: {source: sealed}}\n", "could match no name", "`[p/A, p/B]`"),
        (HEAD + "  - {match: 'p/[AB]', read: {source: sealed}}\n", "could match no name", "only `*` and `?`"),
        (HEAD + "  - {match: a/b/C, read: {source: sealed}}\n", "could match no name", "has no `/` in it"),
        (
            HEAD + "  - {match: p/db-url, read: {source: sealed}}\n",
            "could match no name",
            "letters, digits and `_`",
        ),
        (
            HEAD + "  - {match: A, rotate: {with: postgres}}\n",
            "needs `source` and `roles` and `url`",
            "`source: ...`",
        ),
        (
            HEAD + "  - {match: A, rotate: {with: owner, user: a, run: [/a]}}\n",
            "`run` and `user` mean nothing",
            "leave",
        ),
        (token("'env:NONE'"), "3 sources.a.auth.token: the environment has no NONE", "where the bot runs"),
        (token("'env:EMPTY'"), "3 sources.a.auth.token: EMPTY is empty", "put into it"),
        (token("'env:MY-TOKEN'"), "this is no name of a variable", "letters, digits and `_`"),
        (token("'file:/run/empty'"), "that file is empty", "put into it"),
        (token("'file:/run/none'"), "that file cannot be read (No such file", "check the path"),
        (token("'file:/run/two'"), "not one line of ASCII", "alone in it"),
        (token("'file:token'"), "this is no path from / on", "the whole path"),
        (token("hvs.value-for-tests"), "a credential never stands in this file", "`env:NAME`"),
        (token("$TOKEN"), "a credential never stands in this file", "`env:NAME`"),
        (
            kept("kind: kubernetes, token: 'env:TOKEN', namespace: ../kube-system"),
            "is no namespace",
            "small letters",
        ),
        (kept("kind: gcp, project: 'p/../q', auth: {key: 'env:TOKEN'}"), "is no project", "its id"),
        ("version: 1\nsources: " + "[" * 50 + "]" * 50, "2 this is nested more than 20 deep", "no field"),
        pytest.param("# " + "x" * 5_000_000, "over 1,000,000 characters", "fewer rules", id="5 MB"),
    ],
)
def test_each_says_what_is_wrong_and_what_to_write(text: str, words: str, mend: str) -> None:
    found = told(text)
    assert any(words in one.partition(" -> ")[0] and mend in one.partition(" -> ")[2] for one in found), found
    assert not any("value-for-tests" in one for one in found)


@pytest.mark.parametrize("text", ["version: 1\nsources:\nnames:\n", "version: '1'\n", "\ufeffversion: 1\r\n"])
def test_what_is_empty_quoted_or_written_on_windows_holds(text: str) -> None:
    assert isinstance(read_sources(text, FOUND), SourcesFile)


@pytest.mark.parametrize(
    "word", ["NO", "yes", "010", "1e3", "2024-01-01", "0x1F", "null", "~", "22:00", ".5"]
)
def test_no_word_is_taken_for_another_type(word: str) -> None:
    """YAML's own readers make false, true, 8, 1000.0, a date, 31, nothing and 1320 of these."""
    found = read_sources(
        f"{HEAD}  - {{match: A, read: {{source: vault, path: kv/a, field: {word}}}}}\n", FOUND
    )
    assert isinstance(found, SourcesFile), found
    assert found.place_of(Variable("default", "A")).options["field"] == word


def test_a_rule_that_another_one_stands_before_is_known() -> None:
    found = read_sources(
        f"{HEAD}  - {{match: [p/A, 'p/B*'], read: {{source: sealed}}}}\n"
        "  - {match: [p/A, p/B1, p/C], read: {source: sealed}}\n"
        "  - {match: '*/*', read: {source: sealed}}\n  - {match: 'p/*', read: {source: sealed}}\n",
        FOUND,
    )
    assert isinstance(found, SourcesFile)
    assert [(rule.line, glob, first.line) for rule, glob, first in found.unreached()] == [
        (8, "p/A", 7), (8, "p/B1", 7), (10, "p/*", 9),
    ]  # fmt: skip
