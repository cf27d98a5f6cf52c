"""The half of a command that speaks to the API: its session, its proofs, and what the API answers."""
