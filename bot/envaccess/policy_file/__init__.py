"""The policy file: YAML becomes `domain.policy`, or everything that is wrong with it."""
