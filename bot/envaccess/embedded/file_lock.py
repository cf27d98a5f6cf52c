"""File locks of the embedded server. Light on purpose: the watcher starts with these and little else.

The locks are `flock`s: each belongs to an open file, ends when its last holder closes it or dies
(`kill -9` included), and passes to a child that inherits the descriptor. Three files tell the story:

* `start`: held exclusively while somebody starts or joins, so that one server comes of many starts;
* `in-use`: held shared by every user, and exclusively by the watcher that found no user left;
* `server`: held by the watcher and by its server, so free only when both have gone.
"""

import fcntl
import os
import time

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
START = "start"
IN_USE = "in-use"
SERVER = "server"
DATA = "data"
"""The folder of the server's data."""
POLL = 0.003
"""Seconds between two looks at a condition that somebody is waiting for."""


def open_lock(path: str | os.PathLike[str]) -> int:
    """Open (make, if missing) a lock file, private to its owner, and return its descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Take the lock if that needs no waiting; `kind` is `SHARED` or `EXCLUSIVE`."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_by(descriptor: int, kind: int, deadline: float) -> bool:
    """Take the lock, waiting until `deadline` (on `time.monotonic`, seconds) at most."""
    while not try_lock(descriptor, kind):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL)
    return True


def is_free(path: str | os.PathLike[str]) -> bool:
    """Whether nobody holds the lock file exclusively at this moment."""
    descriptor = open_lock(path)
    try:
        return try_lock(descriptor, SHARED)
    finally:
        os.close(descriptor)
