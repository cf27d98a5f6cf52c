"""Events to other people's systems: each sink has its own loop and its own cursor, and waits for no other."""
