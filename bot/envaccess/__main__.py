"""`python -m envaccess` serves."""

from envaccess.cli import main

if __name__ == "__main__":
    main(["serve"])
