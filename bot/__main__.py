"""`python -m bot` serves for one more release: it is `envaccess serve` now."""

from envaccess.cli import main

if __name__ == "__main__":
    main(["serve"])
