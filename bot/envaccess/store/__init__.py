"""Redis adapters: the only room that imports redis. Every change of state is one Lua script."""
