"""`python -m bot` is `python -m envaccess` for one more release."""

import sys

from envaccess.cli import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
