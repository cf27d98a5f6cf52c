"""`sources.yml`: where values live, how they are rotated; every fault with line, field and mend."""
