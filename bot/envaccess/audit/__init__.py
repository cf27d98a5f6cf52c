"""The audit stream for others: how its events look in the formats of other people's systems. Pure."""
