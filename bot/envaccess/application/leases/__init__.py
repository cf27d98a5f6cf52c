"""Values that sources make for one use of a grant, and destroy with it."""
