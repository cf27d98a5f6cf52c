"""`redis.sha1hex` for scripts on fakeredis, which has not got it; every Redis and Valkey has."""

import hashlib
from typing import Any

import pytest
from fakeredis.commands_mixins.scripting_mixin import ScriptingCommandsMixin


def _sha1hex(text: Any) -> bytes:
    """As the server: over the bytes, of a number over its digits."""
    octets = text if isinstance(text, bytes) else str(text).encode()
    return hashlib.sha1(octets, usedforsecurity=False).hexdigest().encode()


def add_sha1hex(patched: pytest.MonkeyPatch) -> None:
    """Have every fakeredis give its scripts this function."""
    mixin: Any = ScriptingCommandsMixin
    make = mixin._get_server_runtime

    def with_sha1hex(socket: Any, server: Any) -> Any:
        runtime = make(socket, server)
        runtime.eval("function(sha1hex) redis.sha1hex = sha1hex end")(_sha1hex)
        return runtime

    patched.setattr(mixin, "_get_server_runtime", with_sha1hex)
