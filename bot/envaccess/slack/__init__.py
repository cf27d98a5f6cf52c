"""The chat surface: listeners, pure rendering, and the adapters that call Slack's Web API."""
