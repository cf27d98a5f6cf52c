"""Installing the app by its own page, and what becomes of an installation: its token, its end."""
