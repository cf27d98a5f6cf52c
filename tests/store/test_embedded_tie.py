"""A child tied to its parent dies with it, on every platform; one that was let go lives on."""

from pathlib import Path

import pytest

from envaccess.embedded.parent_tie import KERNEL_TIES
from tests.store.embedded_processes import User, kill, lives, until

GUARDED = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from envaccess.embedded.parent_tie import Guard
child = os.fork()
if not child:
    time.sleep(600)
guard = Guard(child)
sys.stdin.readline()
print(child, flush=True)
sys.stdin.readline()
guard.dismiss()
print("dismissed", flush=True)
"""
TIED = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
from envaccess.embedded.parent_tie import die_with
parent = os.getpid()
child = os.fork()
if not child:
    die_with(parent)
    print(os.getpid(), flush=True)
    time.sleep(600)
time.sleep(600)
"""
ORPHAN = """
import os, sys
sys.path.insert(0, sys.argv[1])
from envaccess.embedded.parent_tie import die_with
die_with(os.getpid())
print("alive", flush=True)
"""


def test_a_guarded_child_dies_with_its_parent(tmp_path: Path) -> None:
    with User(tmp_path, GUARDED) as parent:
        child = int(parent.begin().url())
        assert lives(child)
        parent.kill()
        until(lambda: not lives(child))


def test_a_dismissed_guard_leaves_the_child_alone(tmp_path: Path) -> None:
    with User(tmp_path, GUARDED) as parent:
        child = int(parent.begin().url())
        parent.begin()
        assert parent.url() == "dismissed"
        parent.process.wait(30)
        assert lives(child)
        kill(child)


@pytest.mark.skipif(not KERNEL_TIES, reason="the kernel has no parent-death signal")
def test_a_tied_child_dies_with_its_parent(tmp_path: Path) -> None:
    with User(tmp_path, TIED) as parent:
        child = int(parent.url())
        assert lives(child)
        parent.kill()
        until(lambda: not lives(child))


@pytest.mark.skipif(not KERNEL_TIES, reason="the kernel has no parent-death signal")
def test_a_child_whose_parent_died_before_the_tie_does_not_start(tmp_path: Path) -> None:
    with User(tmp_path, ORPHAN) as orphan:
        assert orphan.url() == ""
        assert orphan.process.wait(30) == 1
