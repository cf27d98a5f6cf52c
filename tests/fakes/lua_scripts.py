"""What fakeredis lacks for our scripts: `redis.sha1hex`, which every server has, and compiling once."""

import hashlib
from typing import Any

import pytest
from fakeredis.commands_mixins.scripting_mixin import ScriptingCommandsMixin

_COLLECT = "collectgarbage()"
_CALLS_BETWEEN = 100


def _sha1hex(text: Any) -> bytes:
    """As the server: over the bytes, of a number over its digits."""
    octets = text if isinstance(text, bytes) else str(text).encode()
    return hashlib.sha1(octets, usedforsecurity=False).hexdigest().encode()


class _CompilingRuntime:
    """Compiles each script once. fakeredis compiles it, and collects all garbage, at each call."""

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime
        self._compiled: dict[bytes, Any] = {}
        self._calls = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    def execute(self, script: bytes | str) -> Any:
        """Run a script; what fakeredis asks for after each is done after some."""
        if script == _COLLECT:
            self._calls += 1
            return None if self._calls % _CALLS_BETWEEN else self._runtime.execute(script)
        assert isinstance(script, bytes)
        if script not in self._compiled:
            self._compiled[script] = self._runtime.compile(script)
        return self._compiled[script]()


def complete_scripts(patched: pytest.MonkeyPatch) -> None:
    """Have every fakeredis give its scripts this function, and compile them once."""
    mixin: Any = ScriptingCommandsMixin
    make = mixin._get_server_runtime

    def completed(socket: Any, server: Any) -> Any:
        new = not hasattr(server, "_lua_runtime")
        runtime = make(socket, server)
        if new:
            runtime.eval("function(sha1hex) redis.sha1hex = sha1hex end")(_sha1hex)
            server._lua_runtime = runtime = _CompilingRuntime(runtime)
        return runtime

    patched.setattr(mixin, "_get_server_runtime", completed)
