"""What follows from state and events: messages, audit lines, Home tabs."""
