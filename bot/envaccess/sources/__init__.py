"""Where values live. A source is the only thing that hands out a variable's value."""
