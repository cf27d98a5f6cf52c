"""`python -m envaccess` serves; with arguments it is the command `envaccess`."""

import sys

from envaccess.cli import main

if __name__ == "__main__":
    main(sys.argv[1:] or ["serve"])
