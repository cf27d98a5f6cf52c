"""envaccess: just-in-time access to environment variables, asked for and approved in Slack."""

__version__ = "0.1.0"
