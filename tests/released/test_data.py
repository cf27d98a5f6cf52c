"""The dumps themselves: never written again, small, without anything that could be a real secret."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from envaccess.store.client import Client
from tests.released.conftest import NAMES, Released
from tests.released.restoring import STORES, SUMS, Dump, Key, dump, restore

VERSIONS = sorted(folder for folder in STORES.iterdir() if folder.is_dir())
WRITTEN = re.compile(r"\{now([+-]\d+)\}")


def name_of(folder: Path) -> str:
    return folder.name


@pytest.mark.parametrize("folder", VERSIONS, ids=name_of)
def test_what_was_released_is_never_written_again(folder: Path) -> None:
    """Neither by a newer version nor by a script that renames things: then it would prove nothing."""
    lines = [line.partition("  ") for line in (folder / SUMS).read_text().splitlines()]
    sums = {name: digest for digest, _, name in lines}
    files = {file for file in folder.iterdir() if file.name != SUMS}
    assert {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files} == sums


def test_they_are_small() -> None:
    assert NAMES
    assert sum(file.stat().st_size for file in STORES.rglob("*") if file.is_file()) < 400_000 * len(VERSIONS)


def test_no_value_or_key_could_be_a_real_one(released: Released) -> None:
    assert all(value.startswith("value-for-tests-") for value in released.told["values"].values())
    assert all(len(set(key)) == 1 for key in released.master_keys)


def age(key: Key, milliseconds: int) -> Key:
    """A key as it is dumped so much later."""

    def later(found: re.Match[str]) -> str:
        return f"{{now{int(found[1]) - milliseconds:+d}}}"

    aged: Key = json.loads(WRITTEN.sub(later, json.dumps(key)))
    return aged


def last_event(store: Dump) -> int:
    """When the newest event was, in milliseconds from the dump."""
    (audit,) = (key for name, key in store.items() if name.endswith(":audit"))
    found = WRITTEN.match(audit["holds"][-1][0])
    assert found
    return int(found[1])


async def test_a_restored_store_is_the_one_that_was_dumped_but_for_its_age(
    client: Client, released: Released
) -> None:
    await restore(client, released.store)
    again = await dump(client)
    passed = last_event(released.store) - last_event(again)
    assert set(again) <= set(released.store)
    assert {name: age(released.store[name], passed) for name in again} == again
    ended = [released.store[name]["ends"] for name in set(released.store) - set(again)]
    assert all(int(WRITTEN.sub(r"\1", ends)) <= passed for ends in ended)
