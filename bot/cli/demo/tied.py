"""The bot as the demo runs it: `python -m bot` that ends with the demo."""

import os

from bot.cli import main
from bot.cli.demo.child import at_parents_end

if __name__ == "__main__":
    at_parents_end(lambda: os._exit(1))
    main(["serve"])
