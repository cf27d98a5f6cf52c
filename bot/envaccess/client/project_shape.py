"""What may stand in a project's file: keys, types and forms, as data.

The JSON Schema for editors is made from the same patterns (`project_schema`).
"""

import re
from typing import Final

ENVIRONMENT_FORM: Final = "[A-Za-z0-9][A-Za-z0-9_.-]{0,19}"
NAME_FORM: Final = "[A-Za-z_][A-Za-z0-9_]{0,127}"
LISTED_FORM: Final = f"(?:{ENVIRONMENT_FORM}/)?{NAME_FORM}"
"""A variable in a list: its environment is the file's, unless it has one."""
SOURCE_FORM: Final = f"{ENVIRONMENT_FORM}/{NAME_FORM}"
"""What stands behind NAME = ...: with an environment, so that no value is read as a name."""
DURATION_FORM: Final = (
    "once|(?=[0-9dhms]*[1-9])(?:[0-9]{1,7}d)?(?:[0-9]{1,7}h)?(?:[0-9]{1,7}m)?(?:[0-9]{1,7}s)?"
)
"""As `domain.duration.parse_duration` reads it, which takes long to import."""

_CONTROLS = "\x00-\x1f\x7f-\x9f\xad"
_FORMATS = (
    "\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e-\u200f\u202a-\u202e\u2060-\u206f"
)
_LINES = "\u2028\u2029\ufeff\ufff9-\ufffb"
_BLANKS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_ASTRAL = (
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f"
)
UNSEEN: Final = _CONTROLS + _FORMATS + _LINES + _BLANKS + _ASTRAL
"""For a character class: what a terminal obeys or nobody sees (Cc, Cf and blank letters of Unicode 16)."""
_SPACES = " \xa0\u1680\u2000-\u200a\u202f\u205f\u3000\u200c\u200d"
WHY_MIN: Final = 3
WHY_MAX: Final = 500
WHY_FORM: Final = f"[^{_SPACES}{UNSEEN}](?:[^{UNSEEN}]*[^{_SPACES}{UNSEEN}])?"

VARIABLES_MAX: Final = 50
LISTS: Final = ("required", "optional")
KEYS: Final = ("environment", "variables", "duration", "why")

_compiled: dict[str, re.Pattern[str]] = {}


def fits(form: str, text: str) -> bool:
    """Whether a whole text has a form."""
    if form not in _compiled:
        _compiled[form] = re.compile(form, re.ASCII)
    return _compiled[form].fullmatch(text) is not None
