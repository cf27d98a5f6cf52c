"""File, decide, cancel, extend and list requests."""
