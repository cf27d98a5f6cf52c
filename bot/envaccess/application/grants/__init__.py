"""Use, push and end grants."""
