"""The bot as the demo runs it: `envaccess serve` that ends with the demo."""

from envaccess.cli import main
from envaccess_demo.child import end_with_parent

if __name__ == "__main__":
    end_with_parent()
    main(["serve"])
