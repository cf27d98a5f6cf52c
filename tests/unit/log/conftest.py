import logging
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog

from envaccess.log import configure
from tests.unit.log.output import Log


@pytest.fixture(autouse=True)
def _restore_logging() -> Iterator[None]:
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Log:
    configure("json", "debug")
    return Log(capsys)
