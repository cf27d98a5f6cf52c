"""What each kind of source is declared with: a frozen dataclass a file."""
