"""One verb a file. A service decides with `domain` and acts through the Protocols in `ports`."""
