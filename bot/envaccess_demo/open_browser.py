"""Opening the page in a browser, without telling its address to anybody else on the machine."""

import html
import webbrowser
from pathlib import Path

_PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={0}">
<title>envaccess demo</title>
<p><a href="{0}">Open the demo</a></p>
"""


def open_page(address: str, home: Path) -> None:
    """Open the page where there is a graphical browser; it may take a while, so call it in a thread.

    Every user can read the arguments of a browser's process. So it is given a private file that leads on.
    """
    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return
    if type(found) is webbrowser.GenericBrowser:  # one in the terminal, such as lynx
        return
    leading = home / "open.html"
    leading.touch(mode=0o600)
    leading.write_text(_PAGE.format(html.escape(address)))
    found.open(leading.as_uri())
