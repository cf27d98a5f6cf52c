"""Keeps requests that are over outside of Redis: in a folder, or as objects that somebody else stores."""
