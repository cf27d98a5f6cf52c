"""Not one sentence is lost: a run of pytest inside a test, over a folder with a catalogue of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from pathlib import Path
from tests.sentences import plugin

HERE = Path(__file__).parent

def pytest_addoption(parser):
    plugin.add_option(parser)

def pytest_configure(config):
    plugin.watch(config, HERE / "folder", HERE / "told.txt")

@pytest.fixture
def tell(request):
    return plugin.watched(request.config, HERE / "folder").note
"""
TESTS = """
def test_one(tell): tell({"One."})
def test_two(tell): tell({"Two.", "Now and then."})
"""


class Inner:
    """A folder of two tests that show three sentences, one of them by chance."""

    def __init__(self, home: Path) -> None:
        self.home, self.catalogue = home, home / "told.txt"
        (home / "folder").mkdir()
        (home / "conftest.py").write_text(CONFTEST)
        self.tests = home / "folder" / "test_inner.py"
        self.tests.write_text(TESTS)
        (home / "told_by_chance.txt").write_text("Now and then.\n")
        self.catalogue.write_text("One.\nTwo.\n")

    def run(self, *arguments: str) -> tuple[int, str]:
        """Its exit status and all it says."""
        ended = subprocess.run(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-m", "pytest", "-p", "xdist.plugin", "-p", "no:cacheprovider", *arguments],
            cwd=self.home,
            env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.returncode, ended.stdout + ended.stderr


@pytest.fixture
def inner(tmp_path: Path) -> Inner:
    return Inner(tmp_path)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_lost_sentence_fails_the_whole_run_and_is_named(inner: Inner, workers: str) -> None:
    assert inner.run("-n", workers)[0] == 0
    inner.catalogue.write_text("Lost.\nOne.\nTwo.\n")
    status, said = inner.run("-n", workers)
    assert (status, "  Lost.\n" in said, "--write-sentences" in said) == (1, True, True)
    assert "  One.\n" not in said


@pytest.mark.parametrize(
    "part",
    [["-k", "one"], ["folder/test_inner.py::test_one"], ["--deselect", "folder/test_inner.py::test_two"]],
)
def test_a_run_of_a_part_loses_nothing(inner: Inner, part: list[str]) -> None:
    assert inner.run(*part)[0] == 0


@pytest.mark.parametrize("only", ["--setup-only", "--setup-plan", "--collect-only", "--fixtures"])
def test_a_run_that_calls_no_test_loses_nothing(inner: Inner, only: str) -> None:
    """pytest#2049: such a run has no report of a call."""
    status, said = inner.run(only)
    assert (status, "not compared" in said) == (0, False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_checkout_that_is_reached_by_a_link_is_compared_too(
    inner: Inner, tmp_path_factory: pytest.TempPathFactory, workers: str
) -> None:
    """pytest#12291: pytest keeps the path that it was given, and the comparison was off then."""
    link = tmp_path_factory.mktemp("elsewhere") / "link"
    link.symlink_to(inner.home)
    assert "all sentences were shown" in inner.run(str(link), "-n", workers)[1]
    inner.catalogue.write_text("Lost.\nOne.\nTwo.\n")
    status, said = inner.run(str(link), "-n", workers)
    assert (status, "  Lost.\n" in said) == (1, True)


def test_a_folder_of_which_one_file_is_left_out_loses_nothing(inner: Inner) -> None:
    (inner.home / "folder" / "test_more.py").write_text('def test_more(tell): tell({"More."})')
    inner.catalogue.write_text("More.\nOne.\nTwo.\n")
    assert inner.run("folder/test_inner.py")[0] == 0
    assert inner.run("--ignore", "folder/test_more.py")[0] == 0
    assert "all sentences were shown" in inner.run("folder")[1]


def test_a_test_whose_end_was_not_seen_is_said_and_fails_the_run(inner: Inner) -> None:
    """Or the comparison might be off for ever, and nobody would know."""
    unseen = "\ndef pytest_runtest_logreport(report): report.when = None\n"
    conftest = inner.home / "conftest.py"
    conftest.write_text(CONFTEST + unseen.replace("\ndef", "\n@pytest.hookimpl(tryfirst=True)\ndef"))
    status, said = inner.run()
    assert (status, "not compared, 0 of 2 tests ended" in said) == (1, True)


def test_what_a_failed_test_did_not_show_is_not_called_lost(inner: Inner) -> None:
    inner.tests.write_text(f"{TESTS}    assert False\n".replace('tell({"Two.", "Now and then."})\n', "\n"))
    status, said = inner.run()
    assert (status, "One." in said) == (1, False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_an_unknown_sentence_fails_the_test_that_shows_it_and_is_named(inner: Inner, workers: str) -> None:
    inner.catalogue.write_text("One.\n")
    status, said = inner.run("-n", workers)
    assert (status, "1 failed, 1 passed" in said, "  Two.\n" in said) == (1, True, True)
    assert "Now and then." not in said
    assert inner.run("-k", "two")[0] == 1


def test_where_nothing_is_collected_from_the_tests_everything_is_lost(inner: Inner) -> None:
    inner.tests.write_text("def test_one(): pass\ndef test_two(): pass\n")
    status, said = inner.run("-n", "2")
    assert (status, "  One.\n  Two.\n" in said) == (1, True)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_the_catalogue_is_written_by_one_option_and_a_part_only_adds_to_it(
    inner: Inner, workers: str
) -> None:
    inner.catalogue.write_text("Lost.\n")
    assert inner.run("-k", "one", "--write-sentences")[0] == 0
    assert inner.catalogue.read_text() == "Lost.\nOne.\n"
    assert inner.run("-n", workers, "--write-sentences")[0] == 0
    assert inner.catalogue.read_text() == "One.\nTwo.\n"
