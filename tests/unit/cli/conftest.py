from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sentences.plugin import watched
from tests.sentences.printed import texts_printed
from tests.sentences.wording import all_sentences
from tests.unit.cli.cli_front import PRINTED


@pytest.fixture(autouse=True)
def compared_with_the_catalogue(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every sentence that a command prints is compared."""
    PRINTED.clear()
    yield
    shown = all_sentences(text for output in PRINTED for text in texts_printed(output))
    watched(request.config, Path(__file__).parent).note(shown)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Whoever runs the tests may be signed in somewhere; no test is."""
    folder = tmp_path / "state"
    monkeypatch.setenv("ENVACCESS_STATE_DIR", str(folder))
    monkeypatch.delenv("ENVACCESS_URL", raising=False)
    return folder
