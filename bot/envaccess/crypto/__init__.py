"""Seal and open values; one opaque error for every failure."""
