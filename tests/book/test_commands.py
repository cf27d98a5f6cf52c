"""Every command in the book and in README: run by a test, read by our parser, or named here with a reason."""

import re
from pathlib import PurePosixPath

import click
import pytest

from envaccess.cli import root
from envaccess.cli.exit_codes import EndedError
from tests.book.shell import ROOT, Block, blocks, is_shell, pages, simple_commands, typed

RUN_BY = {
    "README.md": "tests/scenario/test_readme.py",
    "docs/tutorial/demo.md": "tests/scenario/test_readme.py",
    "docs/tutorial/first-grant.md": "tests/scenario/test_readme.py",
    "docs/how-to/backup.md": "tests/scenario/test_book_pages.py",
    "docs/how-to/choose-a-store.md": "tests/scenario/test_book_pages.py",
    "docs/how-to/install.md": "tests/scenario/test_book_pages.py",
    "docs/how-to/upgrade.md": "tests/scenario/test_book_pages.py",
    "docs/how-to/runbook-slack-away.md": "tests/scenario/test_slack_away.py",
    "docs/how-to/runbook-clock.md": "tests/store/test_clock_guard.py",
}
"""Pages of which a test takes commands as they stand there, and runs them."""
NOT_RUN = {
    "bao": "tests/vault set a server up in this way; it is OpenBao's own command",
    "curl": "the broker's address is made anew at each start; tests/unit/broker make the same calls",
    "docker": "no daemon and no registry here; hadolint reads the Dockerfile (tests/packaging)",
    "doppler": "a vendor's command; its output is among tests/data/exports",
    "gcloud": "Google Cloud is not to be reached from here",
    "gh": "GitHub is not to be reached from here, and no release was made yet",
    "git": "it makes and pushes a tag",
    "helm": "no cluster here; tests/packaging render the chart with the same values",
    "heroku": "a vendor's command; its output is among tests/data/exports",
    "install": "it writes to /etc; tests/packaging read the unit",
    "journalctl": "systemd is not running here",
    "kubectl": "no cluster here; tests/packaging compare the names of the secret with the chart's",
    "make": "stands for the reader's own command",
    "pip": ".ci/run installs as README says",
    "python3": ".ci/run makes the environment as README says",
    "pytest": "README's test command is what runs this test",
    "redis-cli": "Redis' own command; tests/store/test_clock_guard.py sends the page's script",
    "sha256sum": "the files of a release; tests/packaging/test_release.py compares hashes",
    "systemctl": "systemd is not running here",
    "systemd-analyze": "tests/packaging run it on the unit, with a limit",
    "timedatectl": "systemd is not running here",
    "useradd": "it would change this machine's accounts",
    "uv": ".ci/run compares the locks with what uv makes (.ci/versions)",
}
"""Programs of others that no test runs as a page shows them, each with its reason."""
PYTHON = {
    "benchmarks": "minutes of work; run by hand",
    ".ci/distribute.py": "tests/packaging/test_release.py runs it",
    "tree_verifier.py": "tests/independent runs it",
    "venv": ".ci/run makes the environment as README says",
}
"""What Python is told to run, each with its reason."""
_EVERYWHERE = {"cd", "cp", "date", "echo", "env", "exec", "export", "grep", "sh", "test", "true"}
"""What a shell or any Unix has."""
_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_SHELL = [pytest.param(block, id=f"{block.page}:{block.line}") for block in blocks() if is_shell(block)]


def program_of(words: list[str]) -> tuple[str, list[str]]:
    """The program's name and its arguments, after assignments and `sudo`."""
    while words and (_ASSIGNED.match(words[0]) or words[0] == "sudo"):
        sudo = words.pop(0) == "sudo"
        while sudo and words and words[0].startswith("-"):
            words = words[2:] if words[0] == "-u" else words[1:]
    return (PurePosixPath(words[0]).name, words[1:]) if words else ("", [])


def parse(command: click.Command, arguments: list[str]) -> None:
    """Let click read a command line as far as it does before the command runs; files are the reader's.

    Raises:
        click.UsageError: no such command or option, an argument too many, too few or of another kind.
    """
    context = click.Context(command)
    if isinstance(command, click.Group):
        _, left, _ = command.make_parser(context).parse_args(list(arguments))
        if left:
            _, found, rest = command.resolve_command(context, left)
            assert found
            parse(found, rest)
        return
    for param in command.get_params(context):
        if isinstance(param.type, click.Path):
            param.type.exists = False
    command.make_context(command.name, list(arguments))


def unexplained(words: list[str]) -> str:
    """What keeps a command of a page from being tried or explained, or nothing."""
    program, arguments = program_of(words)
    if program == "envaccess":
        try:
            parse(root, arguments)
        except (click.UsageError, EndedError) as error:
            return f"{' '.join(words)}: {error}"
        return ""
    if program == "python":
        return "" if any(word in PYTHON for word in arguments) else f"{' '.join(words)}: name it in PYTHON"
    if not program or program in _EVERYWHERE or program in NOT_RUN or words[0].startswith("./"):
        return ""
    return f"{program}: name it in NOT_RUN, with the reason"


@pytest.mark.parametrize("block", _SHELL)
def test_every_command_is_one_that_exists(block: Block) -> None:
    """A wrong option in a how-to is found here, not at night."""
    wrong = [said for words in simple_commands(typed(block)) if (said := unexplained(words))]
    assert wrong == []


def test_every_block_says_what_it_is() -> None:
    """An unnamed block would be a command that nobody tries."""
    assert [f"{block.page}:{block.line}" for block in blocks() if not block.language] == []


def test_no_command_is_hidden_in_an_indented_block() -> None:
    indented = re.compile(r"^ {4,}(?:\$ )?(?:\.venv/bin/)?envaccess ", re.MULTILINE)
    fence = re.compile(r"^( *)```.*?^ *```$", re.MULTILINE | re.DOTALL)
    assert [
        page for page in pages() if indented.search(fence.sub("", (ROOT / page).read_text("utf-8")))
    ] == []


@pytest.mark.parametrize("page", sorted(RUN_BY))
def test_a_page_that_is_run_is_named_by_its_test(page: str) -> None:
    test = (ROOT / RUN_BY[page]).read_text("utf-8")
    assert PurePosixPath(page).stem in test or "readme" in RUN_BY[page]


def test_no_reason_is_left_over() -> None:
    """A table of exceptions that only grows says nothing."""
    used = [
        program_of(words) for block in blocks() if is_shell(block) for words in simple_commands(typed(block))
    ]
    assert NOT_RUN.keys() - {program for program, _ in used} == set()
    assert PYTHON.keys() - {word for program, words in used for word in words} == set()


@pytest.mark.parametrize(
    "line",
    [
        "envaccess frobnicate",
        "envaccess doctor --no-such-option",
        "envaccess secrets set",
        "envaccess backup",
        "envaccess status --workspace",
        "X=1 sudo -u nobody -H envaccess lock",
        "true | envaccess keys make",
        'echo "$(envaccess secrets reed STRIPE_KEY)"',
        "frobnicate --now",
    ],
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert [said for words in simple_commands(line) if (said := unexplained(words))]


@pytest.mark.parametrize(
    ("text", "commands"),
    [
        ("envaccess a b # envaccess c\n", [["envaccess", "a", "b"]]),
        ("envaccess a | grep b > file && c", [["envaccess", "a"], ["grep", "b"], ["c"]]),
        ("envaccess a \\\n  --why 'it is > that'", [["envaccess", "a", "--why", "it is > that"]]),
        ('KEY="$(envaccess a)" make b', [["envaccess", "a"], ["KEY=WITHIN", "make", "b"]]),
        ("bao write - <<EOF\nenvaccess no\nEOF\nenvaccess a", [["bao", "write", "-"], ["envaccess", "a"]]),
        ("(cd x; envaccess a) 2>>log &", [["cd", "x"], ["envaccess", "a"]]),
    ],
)
def test_a_block_is_cut_as_a_shell_cuts_it(text: str, commands: list[list[str]]) -> None:
    assert list(simple_commands(text)) == commands


def test_of_a_console_what_is_typed_is_what_follows_the_prompt() -> None:
    assert (
        typed(Block("page", 1, "console", "$ envaccess a\nenvaccess says this\n$ b\n")) == "envaccess a\nb\n"
    )


NOT_A_COMMAND = {"envaccess job key 1"}
"""In the shape of one: a label of a key."""


def misnamed(command: click.Command, words: list[str]) -> list[str]:
    """The names of commands and long options in a shortened command line that do not exist."""
    context = click.Context(command)
    if isinstance(command, click.Group):
        names = words[0].split("|") if words and words[0][:1] not in {"", "-", "[", "."} else []
        found = {name: command.get_command(context, name) for name in names}
        wrong = [name for name, one in found.items() if one is None]
        return wrong + [one for sub in found.values() if sub for one in misnamed(sub, words[1:])]
    own = {option for param in command.get_params(context) for option in (*param.opts, *param.secondary_opts)}
    before = words[: words.index("--")] if "--" in words else words
    named = {option for word in before for option in re.findall(r"^\[?(--[a-z][a-z-]*)", word)}
    return sorted(named - own)


def test_every_command_within_a_sentence_has_the_names_that_exist() -> None:
    fence = re.compile(r"^( *)```.*?^ *```$", re.MULTILINE | re.DOTALL)
    wrong, seen = [], 0
    for page in [*pages(), "SECURITY.md", "CONTRIBUTING.md"]:
        text = fence.sub("", (ROOT / page).read_text("utf-8"))
        for span in set(re.findall(r"`(envaccess [^`]+)`", text)) - NOT_A_COMMAND:
            seen += 1
            wrong += [f"{page}: {span}: {name}" for name in misnamed(root, span.split()[1:])]
    assert wrong == []
    assert seen > 100


@pytest.mark.parametrize(
    "span", ["secrets reed", "secrets set|reed", "doctor --fast", "review start [--till 1d]"]
)
def test_a_wrong_name_within_a_sentence_is_found(span: str) -> None:
    assert misnamed(root, span.split())
