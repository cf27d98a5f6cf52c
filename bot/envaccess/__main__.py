"""The front door of a host: `python -m bot` serves."""

from bot.cli import main

if __name__ == "__main__":
    main(["serve"])
