"""The command `envaccess`, for operators and developers."""
