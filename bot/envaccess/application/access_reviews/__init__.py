"""Access reviews: start one, judge its items, close it."""
