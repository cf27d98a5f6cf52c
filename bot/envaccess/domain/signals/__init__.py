"""What is unusual, as facts that can be explained, and when they become an alert."""
