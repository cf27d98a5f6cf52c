"""The bot as the demo runs it: `python -m bot` that ends with the demo."""

from bot.cli import main
from bot.cli.demo.child import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    main(["serve"])
