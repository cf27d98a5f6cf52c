"""What lets an agent use a value without seeing it: a reverse proxy, and an MCP server that speaks to it.

The broker runs beside the agent, holds a session of its own in memory, and passes on the calls that the
policy allows, with the value in one header. What a service answers is looked through before it leaves.
"""
