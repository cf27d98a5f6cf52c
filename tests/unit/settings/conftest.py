import os

import pytest


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):  # noqa: TID251
        if name.startswith(("SLACK_", "ENVACCESS_", "XDG_")) or name in {"PORT", "REDIS_URL"}:
            monkeypatch.delenv(name)
