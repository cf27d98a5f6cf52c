"""Pure rendering: an outcome in, a message of Slack's Block Kit out. No input or output, no clock."""
