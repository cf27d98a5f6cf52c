"""envaccess: just-in-time access to environment variables, asked for and approved in Slack."""
