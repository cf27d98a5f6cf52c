"""What lets an agent use a value without seeing it: a reverse proxy, and an MCP server that speaks to it."""
