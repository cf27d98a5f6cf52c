"""The demo: its scenes, its page, and whatever moves a clock."""
