"""The Lua scripts: each changes state and writes its event in one atomic step."""
