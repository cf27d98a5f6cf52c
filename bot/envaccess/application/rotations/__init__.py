"""Rotation: what makes it due, and how it goes on."""
