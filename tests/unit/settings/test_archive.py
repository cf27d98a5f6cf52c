"""Where requests go that are over, and when: what the settings of the archive take."""

from pathlib import Path

import pytest

from envaccess.settings import Settings
from envaccess.wiring.archive import archive_address

DAY = 86_400


def test_nothing_is_archived_beside_a_server_of_others_unless_a_folder_is_named(tmp_path: Path) -> None:
    settings = Settings.explicit(home=tmp_path, redis_url="redis://localhost")
    assert archive_address(settings).is_off


def test_beside_the_embedded_server_it_lies_where_the_data_lie(tmp_path: Path) -> None:
    settings = Settings.explicit(home=tmp_path)
    assert archive_address(settings).folder == str(tmp_path / "archive")
    assert archive_address(Settings.explicit(home=tmp_path, archive="off")).is_off


@pytest.mark.parametrize(("days", "refused"), [(89, False), (90, True), (400, True)])
def test_what_is_over_leaves_before_it_is_deleted(tmp_path: Path, days: int, refused: bool) -> None:
    settings = Settings.explicit(home=tmp_path, hot_days=str(days), retention="90d")
    told = [fault for fault in settings.faults_for_serving() if "ENVACCESS_HOT_DAYS" in fault]
    assert bool(told) is refused
