"""After a change, the old ciphertext: gone, or said where it is and what to do."""

from pathlib import Path

import pytest

from envaccess.domain.errors import StoreUnavailableError
from tests.unit.cli.cli_front import Ended, FakeFront, run, variable

LEFT = "run BGREWRITEAOF there"


def front(*names: str) -> FakeFront:
    made = FakeFront()
    for name in names:
        made.inside.values.kept[variable(name)] = "value-for-tests"
        made.inside.values.versions[variable(name)] = 1
    return made


def change(made: FakeFront, command: str, tmp_path: Path) -> Ended:
    if command == "set":
        return run(made, "secrets", "set", "A", stdin=b"value-for-tests")
    if command == "import":
        file = tmp_path / "file.env"
        file.write_text("A=value-for-tests\nB=another-for-tests\n")
        file.chmod(0o600)
        return run(made, "secrets", "import", str(file), "--replace", "--yes")
    return run(made, "secrets", *(["delete", "A", "--yes"] if command == "delete" else ["reseal"]))


def about_the_disk(ended: Ended) -> list[str]:
    """What was said, without what an import advises to do next."""
    return [line for line in ended.err.splitlines() if not line.endswith(("delete it.", "have seen."))]


@pytest.mark.parametrize("command", ["set", "import", "delete", "reseal"])
def test_every_change_takes_the_old_ciphertext_off_the_disk_once(tmp_path: Path, command: str) -> None:
    made = front("A", "B")
    ended = change(made, command, tmp_path)
    assert (ended.code, made.inside.erased) == (0, 1)
    assert len(about_the_disk(ended)) == 1, "nothing is left to say"


@pytest.mark.parametrize("command", ["set", "import"])
def test_what_is_new_leaves_nothing_old_behind(tmp_path: Path, command: str) -> None:
    made = front()
    assert change(made, command, tmp_path).code == 0
    assert made.inside.erased == 0


@pytest.mark.parametrize("command", ["set", "import", "delete", "reseal"])
def test_where_the_disk_is_not_ours_one_line_says_what_to_do(tmp_path: Path, command: str) -> None:
    made = front("A", "B")
    made.inside.left_over = LEFT
    ended = change(made, command, tmp_path)
    assert ended.code == 0
    assert ended.err.splitlines()[-1] == LEFT


@pytest.mark.parametrize("command", ["set", "import", "delete", "reseal"])
def test_a_failure_to_erase_is_said_after_the_change_and_fails(tmp_path: Path, command: str) -> None:
    """An operator who believes a leaked value gone would stop looking for it."""
    made = front("A", "B")
    made.inside.not_erased = StoreUnavailableError("Redis cannot be reached")
    ended = change(made, command, tmp_path)
    assert ended.code == 1
    first, second = about_the_disk(ended)
    assert first.split(" ")[0] in {"Changed", "2", "Deleted", "Resealed"}
    assert "still on the disk. Redis cannot be reached. `envaccess secrets reseal`" in second
