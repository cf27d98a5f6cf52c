"""Files that operators write, in YAML: every fault with its line, its field and what to write instead."""
