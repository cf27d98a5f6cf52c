"""The policy file against Slack, and its reload."""
