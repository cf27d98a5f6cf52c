"""Compares what a folder's tests show to people with a catalogue: in each test, and after a whole run."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.sentences.catalogue import Catalogue

WRITE = "--write-sentences"
"""The option that writes the catalogues anew instead of comparing with them."""

_HOW = f"if that is meant: run these tests with {WRITE}, and review the difference"


def add_option(parser: pytest.Parser) -> None:
    """Make the option known."""
    parser.addoption(
        WRITE, action="store_true", help="write the catalogues of sentences instead of comparing"
    )


def watch(config: pytest.Config, folder: Path, file: Path) -> None:
    """Compare what this folder's tests show with the catalogue in this file."""
    config.pluginmanager.register(Sentences(config, folder, Catalogue(file)), _name(folder))


def watched(config: pytest.Config, folder: Path) -> "Sentences":
    """Where this folder's tests note what they have shown."""
    found = config.pluginmanager.get_plugin(_name(folder))
    assert isinstance(found, Sentences)
    return found


def _name(folder: Path) -> str:
    return f"sentences of {folder}"


class Sentences:
    """A plugin for one folder of tests. With xdist each worker has one, and the controller one that adds up.

    What is shown and is not in the catalogue fails the test that showed it. What is in the catalogue and was
    not shown fails the run, if all of the folder's tests were run to their end.

    Attributes:
        shown: every sentence so far.
    """

    def __init__(self, config: pytest.Config, folder: Path, catalogue: Catalogue) -> None:
        self._config, self._folder, self._catalogue = config, folder, catalogue
        self._writing = bool(config.getoption(WRITE))
        self._all: int | None = None
        self._deselected = False
        self._ran: set[str] = set()
        self._summary: list[str] = []
        self.shown: set[str] = set()

    def note(self, sentences: AbstractSet[str]) -> None:
        """Take what a test has shown; a sentence that the catalogue does not have fails it."""
        self.shown |= sentences
        unknown = [] if self._writing else self._catalogue.unknown(sentences)
        if unknown:
            told = [f"shown, and not in {self._file} ({_HOW}):", *unknown]
            pytest.fail("\n  ".join(told), pytrace=False)

    @property
    def _file(self) -> str:
        return self._catalogue.file.name

    # -- what is run

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Note that a part of the folder is not run."""
        self._deselected |= any(self._is_ours(item.path) for item in items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the folder's tests, if all of them are to be run."""
        if not self._deselected and _all_of(self._folder, session.config):
            self._all = sum(self._is_ours(item.path) for item in session.items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that a test came to its end; one that fails afterwards, as it is put away, has shown all."""
        came_to_end = report.when == "call" and not report.failed
        if (came_to_end or report.skipped) and self._is_ours(self._config.rootpath / report.fspath):
            self._ran.add(report.nodeid)

    def _is_ours(self, path: Path) -> bool:
        return _real(self._folder) in _real(path).parents

    # -- what it came to

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send it to the controller; there, or without xdist, compare."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[self._file] = {"shown": sorted(self.shown), "all": self._all}
        elif self._writing and self._ran:
            self._catalogue.write(self.shown, whole=self._all == len(self._ran))
        elif self._all is not None and not self._writing and not self._compared(well=not session.exitstatus):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take what a worker has seen; one that died has failed its test, so that nothing is compared."""
        told = getattr(node, "workeroutput", {}).get(self._file)
        if told:
            self.shown |= set(told["shown"])
            self._all = told["all"]

    def _compared(self, *, well: bool) -> bool:
        """Compare a run of the whole folder; false where sentences are lost, or something is wrong with this.

        Args:
            well: every test passed, so that each must have come to its end.
        """
        if len(self._ran) != self._all:
            if well:
                self._summary = [f"{self._file}: not compared, {len(self._ran)} of {self._all} tests ended"]
            return not well
        lost = self._catalogue.lost(self.shown)
        told = f"not shown any more ({_HOW}):" if lost else "all sentences were shown"
        self._summary = [f"{self._file}: {told}", *lost]
        return not lost

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the lost sentences."""
        if self._summary:
            terminalreporter.line("\n  ".join(self._summary))


_LESS = ("ignore", "ignore_glob", "lf", "collectonly", "setuponly", "showfixtures", "show_fixtures_per_test")
"""Options with which some tests, or none, are called; `--setup-plan` sets `setuponly`."""


def _all_of(folder: Path, config: pytest.Config) -> bool:
    """Whether a run's arguments mean every test of a folder."""
    here, whole = config.invocation_params.dir, _real(folder)
    named = [_real(here / argument) for argument in config.args]
    less = any(config.getoption(option, default=None) for option in _LESS)
    return not less and any(path in (whole, *whole.parents) for path in named)


@cache
def _real(path: Path) -> Path:
    """Without symbolic links: a checkout may be reached by one."""
    return path.resolve()
