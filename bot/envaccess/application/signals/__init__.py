"""What somebody does about what is unusual."""
