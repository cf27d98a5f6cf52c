"""A local Slack for trying and testing: Web API, Socket Mode, signed events, people who press buttons."""
