"""Agents: their sessions, what they ask for, and what they call."""
