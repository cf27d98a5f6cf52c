"""A child process that lives as long as its access: started, watched, and ended."""
