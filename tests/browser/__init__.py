"""A package, so that pytest closes what its tests share before those of another folder begin."""
