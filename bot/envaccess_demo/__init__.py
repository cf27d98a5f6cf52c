"""The demo: its scenes, its page, and whatever moves a clock."""

__version__ = "0.1.0"
