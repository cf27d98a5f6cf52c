"""Who is asked to rotate: somebody's own webhook or command. What came of it only the source says."""
