"""Where values live, as `sources.yml` declares it: what a source hands out, and how it can fail."""
